import { run } from '../core/run.ts';
import { interruptible } from '../core/world/interrupt.ts';
import { createWorld } from '../core/world.ts';
import { createGithubHost } from './host.ts';

async function main(): Promise<void> {
  const host = createGithubHost(process.env);
  const world = createWorld();
  await run(
    host,
    interruptible(world, (line) => host.log('error', line)),
  );
  await world.close();
}

void main();
