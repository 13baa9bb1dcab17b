import { afterEach, describe, expect, test } from 'vitest';
import { digestOf } from '../../core/oci/digest.ts';
import type { TestRegistry } from '../../testing/registry.ts';
import { at, closeAll, createHarness, failureOf, start } from './harness.ts';

afterEach(closeAll);

const chunk = 8 * 1024 * 1024;
const large = Buffer.alloc(2 * chunk + 1_000_000, 'a large layer ');
const digest = digestOf(large);

/** A registry, and another one that holds a large blob to be copied from. */
async function pair() {
  const [source, target] = [await start(), await start()];
  const blob = source.store.putBlob('base', large);
  const copy = () => createHarness().registry.mountBlob(at(source, 'base'), at(target, 'app'), blob);
  return { source, target, copy };
}

const ranges = (server: TestRegistry) =>
  server.requests.filter(({ method }) => method === 'PATCH').map(({ headers }) => headers['content-range']);

function isWhole(server: TestRegistry): boolean {
  return server.store.blob('app', digest)?.equals(large) === true;
}

const boundedTo = (bytes: number) => (asked: { readonly body: Buffer }) => asked.body.length > bytes;

describe('a large blob', () => {
  test('goes in one piece where nothing is against it', async () => {
    const { target, copy } = await pair();
    expect(await copy()).toBe('copied');
    expect(target.writes().map(({ method }) => method)).toEqual(['POST', 'PUT']);
  });

  test('that breaks off goes on in chunks', async () => {
    const { target, copy } = await pair();
    target.inject({ method: 'PUT', times: 1, effect: { kind: 'reset' } });
    expect(await copy()).toBe('copied');
    expect(isWhole(target)).toBe(true);
    expect(ranges(target)).toEqual([`0-${chunk - 1}`, `${chunk}-${2 * chunk - 1}`, `${2 * chunk}-${large.length - 1}`]);
  });

  test.each([
    ['before it arrived', { kind: 'reset' }, 4],
    ['after it arrived', { kind: 'reset', done: true }, 3],
    ['with 503', { kind: 'status', status: 503 }, 4],
    ['with 429', { kind: 'rate-limited', retryAfter: '1' }, 4],
  ] as const)(
    'whose chunk fails %s goes on from what the registry has, its source read once',
    async (_name, effect, sent) => {
      const { source, target, copy } = await pair();
      target.inject({ method: 'PUT', times: 1, effect: { kind: 'status', status: 413 } });
      target.inject({ method: 'PATCH', after: 1, times: 1, effect });
      expect(await copy()).toBe('copied');
      expect(isWhole(target)).toBe(true);
      expect(ranges(target)).toHaveLength(sent);
      // Once for the piece that was too large, once for the chunks.
      expect(
        source.requests.filter(({ path }) => path.includes('/blobs/')).map(({ headers }) => headers.range),
      ).toEqual([undefined, undefined]);
    },
  );

  test('too large for a proxy is cut until it fits', async () => {
    const { target, copy } = await pair();
    target.inject({ when: boundedTo(1_100_000), effect: { kind: 'status', status: 413, body: '<html>too large' } });
    expect(await copy()).toBe('copied');
    expect(isWhole(target)).toBe(true);
    const sizes = target.requests.filter(({ method, status }) => method === 'PATCH' && status === 202);
    expect(Math.max(...sizes.map(({ bytes }) => bytes))).toBe(1024 * 1024);
  });

  test('is sent in no smaller chunks than the registry takes', async () => {
    const { target, copy } = await pair();
    const headers = { 'oci-chunk-min-length': '16000000' };
    target.inject({ method: 'POST', effect: { kind: 'headers', headers } });
    target.inject({ method: 'PUT', times: 1, effect: { kind: 'reset' } });
    await copy();
    expect(ranges(target)).toEqual(['0-15999999', `16000000-${large.length - 1}`]);
    expect(isWhole(target)).toBe(true);
  });

  test('goes in one piece again where the registry knows no chunks', async () => {
    const { target, copy } = await pair();
    target.inject({ method: 'PUT', times: 1, effect: { kind: 'reset' } });
    target.inject({ method: 'PATCH', effect: { kind: 'status', status: 405 } });
    expect(await copy()).toBe('copied');
    expect(isWhole(target)).toBe(true);
  });

  test('of a source that lies is stored in no way', async () => {
    const { source, target, copy } = await pair();
    target.inject({ method: 'PUT', times: 1, effect: { kind: 'status', status: 413 } });
    const wrong = Buffer.from(large).fill('x', 100, 200);
    source.inject({ method: 'GET', path: /blobs/, effect: { kind: 'body', body: wrong } });
    expect((await failureOf(copy())).code).toBe('digest-mismatch');
    expect(target.store.blob('app', digest)).toBeUndefined();
  });
});

describe('what cannot be uploaded', () => {
  test.each([
    [
      'is too large for every size',
      { when: boundedTo(10), effect: { kind: 'status', status: 413 } },
      'refused',
      /answered 413/,
    ],
    [
      'is lost again and again',
      { method: 'PATCH', effect: { kind: 'status', status: 500 } },
      'unreachable',
      /answered 500/,
    ],
    ['may not be written', { method: 'PATCH', effect: { kind: 'status', status: 403 } }, 'forbidden', /answered 403/],
  ] as const)('because it %s says so', async (_name, fault, code, words) => {
    const { target, copy } = await pair();
    target.inject({ method: 'PUT', effect: { kind: 'status', status: 413 } });
    target.inject(fault);
    const failure = await failureOf(copy());
    expect([failure.code, failure.message]).toEqual([code, expect.stringMatching(words)]);
    expect(target.store.blob('app', digest)).toBeUndefined();
  });

  test('because the registry forgets what it was sent is told after some attempts, not never', async () => {
    const { target, copy } = await pair();
    target.inject({ method: 'PUT', times: 1, effect: { kind: 'status', status: 413 } });
    target.inject({ method: 'PATCH', effect: { kind: 'headers', headers: { range: '0-0' } } });
    const failure = await failureOf(copy());
    expect(failure.code).toBe('unreachable');
    expect(failure.message).toMatch(/: registry lost what was uploaded; run again\.$/);
  });
});

test('a small blob too large for a proxy is cut as well', async () => {
  const server = await start();
  server.inject({ when: boundedTo(100_000), effect: { kind: 'status', status: 413 } });
  const content = Buffer.alloc(300_000, 'small ');
  const { registry } = createHarness();
  const { digest: stored } = await registry.putBlob(at(server, 'app'), content, 'application/x');
  expect(server.store.blob('app', stored)?.equals(content)).toBe(true);
});
