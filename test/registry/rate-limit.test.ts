import { afterEach, expect, test } from 'vitest';
import { mergedLimits, rateLimitWords } from '../../core/report/rate-limits.ts';
import { closeAll, start } from './harness.ts';
import { openSite } from './site.ts';

afterEach(closeAll);

test('a registry that is nearly used up is asked more slowly, and the report says so', async () => {
  const server = await start();
  const site = await openSite(server);
  await site.moveBase();
  const headers = { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '5;w=21600' };
  server.inject({ effect: { kind: 'headers', headers } });
  const sleeps: number[] = [];
  const { report, printed } = await site.check({}, { sleep: async (time) => void sleeps.push(time) });
  await site.remove();
  const slowedMs = sleeps.filter((time) => time > 0).reduce((sum, time) => sum + time, 0);
  expect(sleeps).toContain(1000);
  expect(report.requests.rateLimits).toEqual([
    { host: server.host, limit: 100, remaining: 5, window: 21_600, slowedMs },
  ]);
  const seconds = `${(slowedMs / 1000).toFixed(1)} s`;
  expect(printed.replace(/\s+/g, ' ')).toContain(
    `${server.host} has 5 of 100 requests per 6 h left; requests were held back for ${seconds} in all.`,
  );
});

test('a registry that tells of no limit is not mentioned', async () => {
  const server = await start();
  const site = await openSite(server);
  const { report, printed } = await site.check();
  await site.remove();
  expect(report.requests).not.toHaveProperty('rateLimits');
  expect(printed).not.toContain('left');
});

test('reports that are merged keep the last word of each host and add up what was waited', () => {
  const hub = { host: 'registry-1.docker.io', limit: 100, remaining: 40, window: 21_600, slowedMs: 10 };
  const merged = mergedLimits(
    [hub],
    [
      { ...hub, remaining: 30, slowedMs: 5 },
      { host: 'a.example', remaining: 1, slowedMs: 0 },
    ],
  );
  expect(merged.rateLimits).toEqual([
    { ...hub, remaining: 30, slowedMs: 15 },
    { host: 'a.example', remaining: 1, slowedMs: 0 },
  ]);
  expect(mergedLimits(undefined, undefined)).toEqual({});
  const words = rateLimitWords({ head: 0, get: 0, token: 0, write: 0, uploadedBytes: 0, ...merged });
  expect(words[1]).toBe('a.example has 1 request left.');
});
