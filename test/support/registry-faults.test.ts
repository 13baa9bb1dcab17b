import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeImage } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';

let registry: TestRegistry;
const image = makeImage({});
const path = '/v2/team/app/manifests/1';

beforeEach(async () => {
  registry = await startRegistry();
  await pushImage(registry.store, 'team/app', image, '1');
});
afterEach(() => registry.close());

const ask = (method = 'GET', at = path, init: RequestInit = {}) => fetch(`${registry.url}${at}`, { method, ...init });

describe('a fault strikes', () => {
  test('only requests that it is for, and so many times', async () => {
    const fault = registry.inject({
      method: 'GET',
      path: /manifests/,
      after: 1,
      times: 2,
      effect: { kind: 'status', status: 503 },
    });
    const statuses: number[] = [];
    for (const method of ['GET', 'HEAD', 'GET', 'GET', 'GET']) statuses.push((await ask(method)).status);
    expect(statuses).toEqual([200, 200, 503, 503, 200]);
    expect(fault.hits()).toBe(2);
  });

  test('until it is taken away', async () => {
    const fault = registry.inject({ path, effect: { kind: 'status', status: 500, body: 'broken' } });
    expect(await (await ask()).text()).toBe('broken');
    fault.remove();
    expect((await ask()).status).toBe(200);
  });

  test('where a predicate says so', async () => {
    const when = ({ headers }: { headers: Readonly<Record<string, string>> }) => headers['x-unlucky'] === 'yes';
    registry.inject({ when, effect: { kind: 'status', status: 418 } });
    expect((await ask()).status).toBe(200);
    expect((await ask('GET', path, { headers: { 'x-unlucky': 'yes' } })).status).toBe(418);
  });
});

describe('what goes wrong', () => {
  test('too many requests', async () => {
    registry.inject({ times: 1, effect: { kind: 'rate-limited', retryAfter: '488µs' } });
    const limited = await ask();
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '488µs']);
    expect(await limited.json()).toMatchObject({ errors: [{ code: 'TOOMANYREQUESTS' }] });
  });

  test('a delay', async () => {
    registry.inject({ effect: { kind: 'delay', milliseconds: 60 } });
    const started = performance.now();
    expect((await ask()).status).toBe(200);
    expect(performance.now() - started).toBeGreaterThan(55);
  });

  test('a connection that is reset, before or after the work was done', async () => {
    registry.inject({ method: 'DELETE', times: 1, effect: { kind: 'reset' } });
    await expect(ask('DELETE')).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
    expect(registry.store.digestOf('team/app', '1')).toBe(image.descriptor.digest);
    registry.inject({ method: 'DELETE', times: 1, effect: { kind: 'reset', done: true } });
    await expect(ask('DELETE')).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
    expect(registry.store.digestOf('team/app', '1')).toBeUndefined();
  });

  test('no answer at all', async () => {
    registry.inject({ effect: { kind: 'hang' } });
    await expect(ask('GET', path, { signal: AbortSignal.timeout(80) })).rejects.toThrow('timeout');
    expect(registry.requests.at(-1)?.status).toBe(0);
  });

  test('a body that breaks off', async () => {
    registry.inject({ effect: { kind: 'truncate', bytes: 10 } });
    const answer = await ask();
    expect(answer.headers.get('content-length')).toBe(String(image.bytes.length));
    await expect(answer.text()).rejects.toThrow('terminated');
  });

  test('another body', async () => {
    registry.inject({ effect: { kind: 'body', body: '{"wrong":true}' } });
    const answer = await ask();
    expect(answer.headers.get('docker-content-digest')).toBe(image.descriptor.digest);
    expect(await answer.text()).toBe('{"wrong":true}');
  });

  test.each([
    ['missing', null, null],
    ['wrong', `sha256:${'0'.repeat(64)}`, `sha256:${'0'.repeat(64)}`],
  ])('a %s digest', async (_, value, seen) => {
    registry.inject({ effect: { kind: 'headers', headers: { 'Docker-Content-Digest': value } } });
    const answer = await ask('HEAD');
    expect([answer.status, answer.headers.get('docker-content-digest')]).toEqual([200, seen]);
  });

  test('a body without an end', async () => {
    registry.inject({ effect: { kind: 'endless' } });
    const answer = await ask();
    let read = 0;
    for await (const chunk of answer.body ?? []) {
      read += chunk.length;
      if (read > 3_000_000) break;
    }
    expect(read).toBeGreaterThan(3_000_000);
  });
});
