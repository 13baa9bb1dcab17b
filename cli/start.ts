import { run } from '../core/run.ts';
import { interruptible } from '../core/world/interrupt.ts';
import { createWorld } from '../core/world.ts';
import type { Request } from './args.ts';
import { createCliHost, exitCodes } from './host.ts';
import { withSecrets } from './secrets.ts';

/** Runs one command in this process and returns its exit code. */
export async function start(request: Extract<Request, { readonly kind: 'run' }>): Promise<number> {
  const inputs = await withSecrets(request, process.env, process.stdin);
  const terminal = { env: process.env, stdout: process.stdout, stderr: process.stderr };
  const host = createCliHost(inputs, terminal);
  const world = createWorld();
  const guarded = interruptible(world, (line) => host.log('error', line));
  try {
    return exitCodes[await run(host, guarded)];
  } finally {
    await world.close();
  }
}
