import { describe, expect, test } from 'vitest';
import type { Registry } from '../../core/registry/registry.ts';
import { createRequestWindow } from '../../core/registry/transport/request-window.ts';
import type { TestRegistry } from '../../testing/registry.ts';
import { at, closeAll, createHarness, putImage, start } from './harness.ts';

describe('the requests under way to one host', () => {
  const answers = (window: ReturnType<typeof createRequestWindow>, count: number, milliseconds: number) => {
    for (let answer = 0; answer < count; answer++) window.answered(milliseconds, true);
    return window.size();
  };

  test('are 16 at first and 64 at last while it answers well', () => {
    const window = createRequestWindow(64);
    expect(window.size()).toBe(16);
    expect(answers(window, 192, 50)).toBe(64);
    expect(answers(window, 500, 50)).toBe(64);
  });

  test('are no more than wanted', () => {
    const window = createRequestWindow(64);
    for (let answer = 0; answer < 500; answer++) window.answered(50, false);
    expect(window.size()).toBe(16);
    expect(createRequestWindow(3).size()).toBe(3);
    expect(answers(createRequestWindow(3), 100, 50)).toBe(3);
  });

  test('are half as many after a refusal, once for all that were sent before it', () => {
    const window = createRequestWindow(64);
    answers(window, 192, 50);
    for (let refusal = 0; refusal < 20; refusal++) window.refused();
    expect(window.size()).toBe(32);
    expect(answers(window, 32, 50)).toBeLessThan(34);
    window.refused();
    expect(window.size()).toBe(16);
    for (let step = 0; step < 20; step++) {
      answers(window, 16, 50);
      window.refused();
    }
    expect(window.size()).toBeGreaterThanOrEqual(4);
    expect(window.size()).toBeLessThan(10);
  });

  test('are half as many when its answers take three times as long, and not for what is a moment', () => {
    const window = createRequestWindow(64);
    answers(window, 192, 100);
    answers(window, 1, 2000);
    expect(window.size()).toBe(64);
    answers(window, 20, 600);
    expect(window.size()).toBeLessThan(40);
    expect(answers(window, 20, 600)).toBeLessThan(20);
    const quick = createRequestWindow(64);
    answers(quick, 192, 2);
    expect(answers(quick, 100, 60)).toBe(64);
  });
});

describe('a registry that is slower from now on, whatever is asked of it', () => {
  test.each([400, 1000, 5000])('has as many requests under way as before, in the end: %i ms', (milliseconds) => {
    const window = createRequestWindow(64);
    const least = (count: number, each: number) => {
      const sizes = Array.from({ length: count }, () => {
        window.answered(each, true);
        return window.size();
      });
      return [Math.min(...sizes), sizes.at(-1)];
    };
    expect(least(400, 100)).toEqual([16, 64]);
    const [lowest = 0] = least(300, milliseconds);
    expect(lowest).toBeLessThan(33);
    expect(least(5000, milliseconds)[1]).toBe(64);
    // And is found slow again when it is three times as slow as that.
    expect(least(200, milliseconds * 5)[0]).toBeLessThan(33);
  });
});

/** How many of so many requests are under way at most. */
async function mostAtOnce(server: TestRegistry, registry: Registry, count: number): Promise<number> {
  let [now, most] = [0, 0];
  server.inject({
    when: () => {
      now += 1;
      most = Math.max(most, now);
      setTimeout(() => {
        now -= 1;
      }, 10);
      return true;
    },
    effect: { kind: 'delay', milliseconds: 10 },
  });
  const references = Array.from({ length: count }, (_, i) => at(server, `app-${i}`, 'v1'));
  for (const { repository } of references) putImage(server, repository, 'v1');
  await Promise.all(references.map((reference) => registry.head(reference)));
  return most;
}

test('a registry that answers well gets more at once, and fewer after 429', async () => {
  const server = await start();
  const { registry } = createHarness({ concurrency: 64 });
  expect(await mostAtOnce(server, registry, 400)).toBeGreaterThan(24);
  await closeAll();
});

test('what takes long to be sent is no reason to send less at once', async () => {
  const server = await start();
  const { registry } = createHarness({ concurrency: 64 });
  putImage(server, 'app', 'v1');
  const manifest = await registry.manifest(at(server, 'app', 'v1'));
  const slow = server.inject({ method: 'PUT', effect: { kind: 'delay', milliseconds: 400 } });
  const tags = Array.from({ length: 60 }, (_, i) => at(server, 'app', `t${i}`));
  await Promise.all(tags.map((tag) => registry.putManifest(tag, manifest)));
  slow.remove();
  expect(await mostAtOnce(server, registry, 100)).toBeGreaterThan(20);
  await closeAll();
});
