import { run } from '../core/run.ts';
import { withProgress } from '../core/text/progress.ts';
import { interruptible } from '../core/world/interrupt.ts';
import { ticker } from '../core/world/ticker.ts';
import { createWorld } from '../core/world.ts';
import { createGithubHost } from './host.ts';

async function main(): Promise<void> {
  const host = withProgress(createGithubHost(process.env), ticker);
  const world = createWorld();
  await run(
    host,
    interruptible(world, (line) => {
      host.progress?.unfold();
      host.log('error', line);
    }),
  );
  await world.close();
}

void main();
