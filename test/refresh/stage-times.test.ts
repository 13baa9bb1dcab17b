import { expect, test } from 'vitest';
import type { Host, World } from '../../core/ports.ts';
import { inStage, type StageTimes } from '../../core/refresh/stage-times.ts';

/** A run whose clock stands where a test puts it. */
function timed() {
  const stageTimes: StageTimes = new Map();
  let now = 0;
  const world = { now: () => new Date(now) } as World;
  const after = (milliseconds: number) => async () => {
    now = Math.max(now, milliseconds);
  };
  return { run: { host: {} as Host, world, stageTimes }, after, took: () => stageTimes.get('web') };
}

test('what goes on side by side counts once, and what comes later is added', async () => {
  const { run, after, took } = timed();
  let end = () => {};
  const long = inStage(run, 'web', 'scan', () => new Promise<void>((resolve) => (end = resolve)));
  await inStage(run, 'web', 'scan', after(40));
  await inStage(run, 'web', 'test', after(60));
  await after(100)();
  end();
  await long;
  await inStage(run, 'web', 'scan', after(107));
  expect([...(took() ?? [])].map(([stage, { milliseconds }]) => [stage, milliseconds])).toEqual([
    ['scan', 107],
    ['test', 20],
  ]);
});

test('a stage that fails took its time too', async () => {
  const { run, after, took } = timed();
  const failing = inStage(run, 'web', 'build', async () => {
    await after(9_000)();
    throw new Error('broken');
  });
  await expect(failing).rejects.toThrow('broken');
  expect(took()?.get('build')?.milliseconds).toBe(9_000);
});
