import type { Conclusion, Host, World } from '../core/ports.ts';
import { run } from '../core/run.ts';
import { withProgress } from '../core/text/progress.ts';
import { interruptible } from '../core/world/interrupt.ts';
import { ticker } from '../core/world/ticker.ts';
import { createWorld } from '../core/world.ts';
import type { Request } from './args.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { createCliHost, wantsColour } from './host.ts';
import { withSecrets } from './secrets.ts';

/** Runs one command in this process and returns its exit code; never throws. */
export async function start(request: Extract<Request, { readonly kind: 'run' }>): Promise<number> {
  const world = createWorld();
  try {
    const inputs = await withSecrets(request, process.env, () => process.stdin);
    const { env, stdout, stderr } = process;
    const host = withProgress(createCliHost(inputs, { env, stdout, stderr, now: world.now }), ticker);
    const guarded = interruptible(world, (line) => host.log('error', line));
    return exitCodes[request.command.name === 'demo' ? await playDemo(host, guarded) : await run(host, guarded)];
  } catch (thrown) {
    return exitCodeOf(thrown, process.stderr);
  } finally {
    await world.close();
  }
}

async function playDemo(host: Host, world: World): Promise<Conclusion> {
  const { demo } = await import('./demo/demo.ts');
  return demo(host, world, {
    colour: wantsColour(process.env, process.stdout),
    write: (text) => process.stdout.write(text),
  });
}
