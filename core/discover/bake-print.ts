import { posix } from 'node:path';
import { mappingOf, parsed } from '../json.ts';
import type { Exit, World } from '../ports.ts';
import { exitFact, exitWords } from '../text/exit-words.ts';
import { plainLines } from '../untrusted.ts';
import { targetBuilds } from './bake.ts';
import type { Statements } from './stated.ts';

const longest = 30_000;
const largest = 8 * 1024 * 1024;

/**
 * The targets of bake files in HCL, as `docker buildx bake --print` evaluates them: it prints and builds nothing. Where
 * there is no buildx, or it cannot read the files, that is said and nothing stated.
 */
export async function printBake(
  world: Pick<World, 'exec' | 'env'>,
  root: string,
  paths: readonly string[],
): Promise<Statements> {
  const cwd = posix.join(root, posix.dirname(paths[0] ?? '.'));
  const named = paths.flatMap((path) => ['--file', posix.basename(path)]);
  // By itself bake reads Compose files too, into targets of the same names; a broken one of them is no reason to fail.
  // Older releases know no patterns: they print the targets of the default group.
  const attempts = [['*'], [...named, '*'], named];
  let exit: Exit = { kind: 'not-found' };
  for (const args of attempts) {
    exit = await world.exec({
      file: 'docker',
      args: ['buildx', 'bake', '--print', ...args],
      env: environmentFor(world),
      cwd,
      timeout: longest,
      maxOutput: largest,
    });
    if (exit.kind !== 'exited') break;
    const targets = exit.code === 0 ? mappingOf(mappingOf(parsed(exit.stdout))?.target) : undefined;
    if (targets === undefined) continue;
    const known = Object.entries(targets).map(([name, target]) => [name, mappingOf(target) ?? {}] as const);
    const builds = targetBuilds(paths, new Map(known));
    return { builds, notices: [], failures: [] };
  }
  return { builds: [], notices: [unread(paths, exit)], failures: [] };
}

// Variables of a bake file can be set from the environment: what the run holds, secrets too, is not for it to read.
function environmentFor({ env }: Pick<World, 'env'>): Readonly<Record<string, string>> {
  const names = ['PATH', 'HOME', 'USERPROFILE', 'APPDATA', 'ProgramFiles', 'PATHEXT', 'SystemRoot', 'DOCKER_CONFIG'];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = env[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

function unread(paths: readonly string[], exit: Exit) {
  return {
    subject: paths.join(' and '),
    detail: `is read with docker buildx bake --print, and ${reason(exit)}: what it says of images is not known`,
    remedy: 'install docker with buildx, or name the images in .base-image-refresh.yml',
  };
}

function reason(exit: Exit): string {
  if (exit.kind !== 'exited') return `docker ${exitWords(exit)}`;
  const lines = plainLines(exit.stderr).filter((line) => line.trim() !== '');
  // A client without buildx says so first, and then how it is used.
  const line = lines.findLast((one) => one.startsWith('ERROR')) ?? lines[0] ?? 'no message';
  return `docker ${exitFact(exit)} (${line.slice(0, 300)})`;
}
