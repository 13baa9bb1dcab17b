import { dirname, join } from 'node:path';
import { attempt, type Outcome } from '../../failure.ts';
import type { World } from '../../ports.ts';
import { type DoctorFinding, ok, problem, warning } from '../check.ts';
import { askProgram } from './programs.ts';

/** Whether results can be saved, and how much room there is for them. */
export interface DiskFacts {
  readonly folder: string;
  readonly written: Outcome<void>;
  /** Bytes; undefined where nothing tells. */
  readonly free?: number;
}

const gibibyte = 1024 ** 3;
const least = 2 * gibibyte;

/** Writes a file to the output folder, or to the folder in which that would be made, and takes it away again. */
export async function diskAtHand(world: World, outputDirectory: string): Promise<DiskFacts> {
  const parent = await standing(world, outputDirectory);
  const trial = join(parent, `.base-image-refresh-${world.randomHex(4)}`);
  const written = await attempt(parent, async () => {
    await world.files.write(trial, '');
    await world.files.remove(trial);
  });
  const free = await freeAt(world, parent);
  return { folder: outputDirectory, written, ...(free === undefined ? {} : { free }) };
}

async function standing(world: World, folder: string): Promise<string> {
  for (let at = folder; ; at = dirname(at)) {
    if (dirname(at) === at || (await world.files.stat(at)).kind !== 'absent') return at;
  }
}

// POSIX, df -P -k: one line for each file system, the fourth field its free blocks of 1024 bytes.
async function freeAt(world: World, folder: string): Promise<number | undefined> {
  if (world.platform.os === 'win32') return undefined;
  const answer = await askProgram(world, 'df', ['-P', '-k', folder]);
  const blocks = answer.kind === 'version' ? answer.text.split('\n').at(-1)?.split(/\s+/)[3] : undefined;
  return blocks !== undefined && /^\d+$/.test(blocks) ? Number(blocks) * 1024 : undefined;
}

/** Whether the output folder can be written and has room. */
export function diskFindings({ folder, written, free }: DiskFacts): readonly DoctorFinding[] {
  if (written.kind === 'failed') {
    return [
      problem(
        'output folder',
        `${folder} cannot be written (${written.failure.detail})`,
        'name another with output-dir',
      ),
    ];
  }
  if (free === undefined) return [ok('output folder', `${folder} is writable`)];
  const room = `${(free / gibibyte).toFixed(1)} GiB free`;
  if (free >= least) return [ok('output folder', `${folder} is writable, with ${room}`)];
  return [warning('output folder', `${folder} has only ${room}`, 'free some space')];
}
