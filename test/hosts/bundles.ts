import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { runProcess } from './run.ts';

const root = join(import.meta.dirname, '../..');

/** The bundles of all hosts, built from the sources as they are now into a folder of their own. */
export interface Bundles {
  readonly folder: string;
  readonly cli: string;
  readonly action: string;
  readonly task: string;
}

/** The bundles for the tests beside the call: built before the first of them, removed after the last. */
export function useBundles(): () => Bundles {
  let bundles: Bundles | undefined;
  // Processes are slow on a machine that does much else.
  beforeAll(async () => {
    bundles = await build();
  }, 60_000);
  afterAll(() => bundles && rmSync(bundles.folder, { recursive: true, force: true }));
  return () => {
    if (bundles === undefined) throw new Error('the bundles are there while tests and hooks run');
    return bundles;
  };
}

async function build(): Promise<Bundles> {
  const folder = mkdtempSync(join(tmpdir(), 'bir-bundles-'));
  const env = { PATH: process.env.PATH ?? '' };
  const { code, stderr } = await runProcess(process.execPath, ['scripts/build.mjs', folder], { env, cwd: root });
  if (code !== 0) {
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`the build failed: ${stderr}`);
  }
  return {
    folder,
    cli: join(folder, 'dist/cli/index.cjs'),
    action: join(folder, 'action/dist/index.cjs'),
    task: join(folder, 'ado-task/dist/index.cjs'),
  };
}
