import { run } from '../core/run.ts';
import { interruptible } from '../core/world/interrupt.ts';
import { createWorld } from '../core/world.ts';
import { takeSecrets } from './secrets.ts';

async function main(): Promise<void> {
  const secrets = takeSecrets(process.env);
  // task-lib reads and logs its environment when it is loaded, so it is loaded after the secrets are out of it.
  const { createAzureHost } = await import('./host.ts');
  const host = createAzureHost(secrets);
  const world = createWorld();
  await run(
    host,
    interruptible(world, (line) => host.log('error', line)),
  );
  await world.close();
}

void main();
