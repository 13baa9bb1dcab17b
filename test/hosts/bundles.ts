import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProcess } from './run.ts';

const root = join(import.meta.dirname, '../..');

/** The bundles of all hosts, built from the sources as they are now into a folder of their own. */
export interface Bundles {
  readonly folder: string;
  readonly cli: string;
  readonly action: string;
  readonly task: string;
}

let building: Promise<Bundles> | undefined;

/** Built once for a test file; removed when its process ends. */
export function buildBundles(): Promise<Bundles> {
  building ??= build();
  return building;
}

async function build(): Promise<Bundles> {
  const folder = mkdtempSync(join(tmpdir(), 'bir-bundles-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const env = { PATH: process.env.PATH ?? '' };
  const { code, stderr } = await runProcess(process.execPath, ['scripts/build.mjs', folder], { env, cwd: root });
  if (code !== 0) throw new Error(`the build failed: ${stderr}`);
  return {
    folder,
    cli: join(folder, 'dist/cli/index.cjs'),
    action: join(folder, 'action/dist/index.cjs'),
    task: join(folder, 'ado-task/dist/index.cjs'),
  };
}
