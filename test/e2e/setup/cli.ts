import { fileURLToPath } from 'node:url';
import { type Ran, type RunOptions, run } from './run.ts';

/** The bundle that users run. */
const cliBundle = fileURLToPath(new URL('../../../dist/cli/index.cjs', import.meta.url));

/** Runs the command line tool as a process of its own with exactly this environment. */
export function runCli(args: readonly string[], options: RunOptions & { readonly node?: string }): Promise<Ran> {
  return run(options.node ?? process.execPath, [cliBundle, ...args], options);
}
