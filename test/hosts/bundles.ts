import { join } from 'node:path';
import { beforeAll } from 'vitest';
import { shared } from '../setup/shared.ts';
import { runProcess } from './run.ts';

const root = join(import.meta.dirname, '../..');

/** The bundles of all hosts, built from the sources as they are now into a folder of their own. */
export interface Bundles {
  readonly folder: string;
  readonly cli: string;
  readonly action: string;
  readonly task: string;
}

/** The bundles for the tests beside the call, built once in a run of the tests. */
export function useBundles(): () => Bundles {
  let bundles: Bundles | undefined;
  // Processes are slow on a machine that does much else.
  beforeAll(async () => {
    bundles = bundlesIn(await shared('bundles', build));
  }, 60_000);
  return () => {
    if (bundles === undefined) throw new Error('the bundles are there while tests and hooks run');
    return bundles;
  };
}

async function build(folder: string): Promise<void> {
  const env = { PATH: process.env.PATH ?? '' };
  const { code, stderr } = await runProcess(process.execPath, ['scripts/build.mjs', folder], { env, cwd: root });
  if (code !== 0) throw new Error(`the build failed: ${stderr}`);
}

function bundlesIn(folder: string): Bundles {
  return {
    folder,
    cli: join(folder, 'dist/cli/index.cjs'),
    action: join(folder, 'action/dist/index.cjs'),
    task: join(folder, 'ado-task/dist/index.cjs'),
  };
}
