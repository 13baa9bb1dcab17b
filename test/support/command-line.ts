import { parseArguments } from '../../cli/args.ts';
import { exitCodeOf, exitCodes } from '../../cli/exit-codes.ts';
import { createCliHost } from '../../cli/host.ts';
import { withSecrets } from '../../cli/secrets.ts';
import { run } from '../../core/run.ts';
import { createWorld } from '../../core/world.ts';
import type { Ran } from '../e2e/setup/run.ts';

/** Runs the command line in this process, for tests in which a process of its own is not the point. */
export async function runHere(
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<Ran> {
  let [stdout, stderr] = ['', ''];
  const streams = {
    stdout: { write: (text: string) => (stdout += text) },
    stderr: { write: (text: string) => (stderr += text) },
  };
  const real = createWorld({ cwd });
  const ended = async (): Promise<number> => {
    const request = parseArguments(args);
    if (request.kind !== 'run') throw new Error(`${args.join(' ')} runs no command`);
    const own: Record<string, string | undefined> = { ...env };
    const inputs = await withSecrets(request, own, () => process.stdin);
    const host = createCliHost(inputs, { env: own, ...streams, now: real.now });
    return exitCodes[await run(host, { ...real, env: own })];
  };
  try {
    return { code: await ended().catch((thrown: unknown) => exitCodeOf(thrown, streams.stderr)), stdout, stderr };
  } finally {
    await real.close();
  }
}
