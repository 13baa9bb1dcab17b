import { afterEach, describe, expect, test } from 'vitest';
import { decodeManifest } from '../../core/oci/decode.ts';
import type { Digest } from '../../core/oci/digest.ts';
import type { Descriptor, StoredManifest } from '../../core/oci/manifest.ts';
import { withDigest } from '../../core/oci/reference.ts';
import type { Registry } from '../../core/registry/registry.ts';
import type { FaultEffect, TestRegistry } from '../../testing/registry.ts';
import { at, closeAll, createHarness, failureOf, putImage, start } from './harness.ts';

afterEach(closeAll);

interface Scene {
  readonly server: TestRegistry;
  readonly registry: Registry;
  readonly image: Descriptor;
  readonly stored: StoredManifest;
  readonly layer: Descriptor;
}

type Method = (scene: Scene) => Promise<unknown>;

async function drain(stream: AsyncIterable<Uint8Array>): Promise<number> {
  let size = 0;
  for await (const chunk of stream) size += chunk.length;
  return size;
}

const app = (scene: Scene) => at(scene.server, 'app', 'v1');

/** Every method of the client that asks the registry something. */
const methods: Readonly<Record<string, Method>> = {
  head: (scene) => scene.registry.head(app(scene)),
  'manifest by tag': (scene) => scene.registry.manifest(app(scene)),
  'manifest by digest': (scene) => scene.registry.manifest(withDigest(app(scene), scene.image.digest)),
  config: (scene) => scene.registry.config(app(scene), scene.stored),
  blob: (scene) => scene.registry.blob(app(scene), scene.layer),
  blobStream: (scene) => drain(scene.registry.blobStream(app(scene), scene.layer)),
  tags: (scene) => scene.registry.tags(app(scene)),
  referrers: (scene) => scene.registry.referrers(app(scene), scene.image.digest),
  putManifest: (scene) => scene.registry.putManifest(at(scene.server, 'app', 'v2'), scene.stored),
  putBlob: (scene) => scene.registry.putBlob(app(scene), Buffer.from('new'), 'application/octet-stream'),
  mountBlob: (scene) => scene.registry.mountBlob(app(scene), at(scene.server, 'copy'), scene.layer),
  deleteManifest: (scene) => scene.registry.deleteManifest(app(scene)),
};

const names = Object.keys(methods);

async function scene(deadline = 7_200_000): Promise<Scene> {
  const server = await start();
  const image = putImage(server, 'app', 'v1');
  const { bytes } = server.store.manifest('app', 'v1') ?? { bytes: Buffer.alloc(0) };
  const stored = { descriptor: image, bytes, document: decodeManifest(bytes, 'app') };
  if (stored.document.kind !== 'manifest') throw new Error('an index');
  const [layer] = stored.document.layers;
  if (layer === undefined) throw new Error('no layer');
  return { server, registry: createHarness({ deadline }).registry, image, stored, layer };
}

/** What a fault does to a method: a failure code, or `done` where the client gets over it. */
type Outcome = 'done' | string;

interface Row {
  readonly fault: string;
  readonly effect: FaultEffect;
  readonly times?: number;
  readonly outcome: Outcome;
  readonly except?: Readonly<Record<string, Outcome>>;
}

const page = { 'content-type': 'text/html' };

const rows: readonly Row[] = [
  { fault: '500 once', effect: { kind: 'status', status: 500 }, times: 1, outcome: 'done' },
  { fault: '503 four times', effect: { kind: 'status', status: 503 }, times: 4, outcome: 'done' },
  { fault: '408 once', effect: { kind: 'status', status: 408 }, times: 1, outcome: 'done' },
  { fault: '429 twice', effect: { kind: 'rate-limited', retryAfter: '1' }, times: 2, outcome: 'done' },
  { fault: '429 with garbage', effect: { kind: 'rate-limited', retryAfter: '488us' }, times: 1, outcome: 'done' },
  { fault: 'reset twice', effect: { kind: 'reset' }, times: 2, outcome: 'done' },
  { fault: 'reset after the work', effect: { kind: 'reset', done: true }, times: 1, outcome: 'done' },
  { fault: 'slow', effect: { kind: 'delay', milliseconds: 20 }, outcome: 'done' },
  { fault: '500 always', effect: { kind: 'status', status: 500 }, outcome: 'unreachable' },
  { fault: '503 always', effect: { kind: 'status', status: 503 }, outcome: 'unreachable' },
  { fault: '429 always', effect: { kind: 'rate-limited' }, outcome: 'rate-limited' },
  { fault: '429 for an hour', effect: { kind: 'rate-limited', retryAfter: '3600' }, outcome: 'rate-limited' },
  { fault: 'reset always', effect: { kind: 'reset' }, outcome: 'unreachable' },
  { fault: '401 always', effect: { kind: 'status', status: 401 }, outcome: 'unauthorised' },
  { fault: '403 always', effect: { kind: 'status', status: 403 }, outcome: 'forbidden' },
  {
    fault: '404 always',
    effect: { kind: 'status', status: 404 },
    outcome: 'not-found',
    except: {
      referrers: 'done',
      deleteManifest: 'done',
      putManifest: 'refused',
      putBlob: 'refused',
      mountBlob: 'refused',
    },
  },
  {
    fault: '400 always',
    effect: { kind: 'status', status: 400 },
    outcome: 'refused',
    except: {},
  },
  {
    fault: '405 always',
    effect: { kind: 'status', status: 405 },
    outcome: 'refused',
    except: { deleteManifest: 'unsupported' },
  },
  { fault: '413 always', effect: { kind: 'status', status: 413 }, outcome: 'refused' },
  {
    fault: 'a web page always',
    effect: { kind: 'status', status: 200, headers: page, body: '<html>' },
    outcome: 'malformed',
    except: {
      blob: 'digest-mismatch',
      blobStream: 'digest-mismatch',
      config: 'digest-mismatch',
      'manifest by digest': 'digest-mismatch',
      putManifest: 'malformed',
      mountBlob: 'done',
      deleteManifest: 'done',
    },
  },
  {
    fault: 'a redirect to nowhere',
    effect: { kind: 'status', status: 302, headers: { location: 'gopher://example' } },
    outcome: 'malformed',
  },
  {
    fault: 'a redirect to itself',
    effect: { kind: 'status', status: 307, headers: { location: '' } },
    outcome: 'malformed',
  },
  { fault: 'a truncated body once', effect: { kind: 'truncate', bytes: 3 }, times: 1, outcome: 'done' },
];

async function outcomeOf(work: Promise<unknown>): Promise<Outcome> {
  return work.then(
    () => 'done',
    async () => (await failureOf(work)).code,
  );
}

describe.each(rows)('$fault', ({ effect, times, outcome, except = {} }) => {
  test.each(names)('%s', async (name) => {
    const prepared = await scene();
    prepared.server.inject({ path: /^\/v2\/.+/, ...(times === undefined ? {} : { times }), effect });
    const method = methods[name];
    if (method === undefined) throw new Error('no such method');
    expect(await outcomeOf(method(prepared))).toBe(except[name] ?? outcome);
  });
});

describe('a registry that never answers', () => {
  test.each(names)('%s ends at the deadline', async (name) => {
    const prepared = await scene(150);
    prepared.server.inject({ path: /^\/v2\/.+/, effect: { kind: 'hang' } });
    const method = methods[name];
    if (method === undefined) throw new Error('no such method');
    const failure = await failureOf(method(prepared));
    expect(failure.code).toBe('deadline');
    expect(failure.message).toMatch(
      /the run reached its deadline: the registry .+; raise --deadline or check what is slow\.$/,
    );
  });
});

describe('writes under faults', () => {
  test('a manifest is put once in effect, and its tag names it, when the answer was lost', async () => {
    const prepared = await scene();
    prepared.server.inject({ method: 'PUT', times: 1, effect: { kind: 'reset', done: true } });
    await prepared.registry.putManifest(at(prepared.server, 'app', 'v2'), prepared.stored);
    expect(prepared.server.store.digestOf('app', 'v2')).toBe(prepared.image.digest);
  });

  test('a registry that stored something else is found out', async () => {
    const { server, registry, stored } = await scene();
    const other = `sha256:${'c'.repeat(64)}` as Digest;
    server.inject({ method: 'PUT', effect: { kind: 'headers', headers: { 'docker-content-digest': other } } });
    expect((await failureOf(registry.putManifest(at(server, 'app', 'v2'), stored))).message).toBe(
      `${server.host}/app:v2: registry stored ${other} where ${stored.descriptor.digest} was put; check what stands between here and the registry, such as a proxy or a mirror.`,
    );
  });

  test('a registry that does not say what it stored is asked', async () => {
    const { server, registry, stored } = await scene();
    server.inject({ method: 'PUT', effect: { kind: 'headers', headers: { 'docker-content-digest': null } } });
    await registry.putManifest(at(server, 'app', 'v2'), stored);
    expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /v2/',
      'PUT /v2/app/manifests/v2',
      'HEAD /v2/app/manifests/v2',
    ]);
  });

  test('a blob whose upload broke off is uploaded anew, unless it arrived', async () => {
    const { server, registry } = await scene();
    server.inject({ method: 'PUT', times: 1, effect: { kind: 'reset' } });
    await registry.putBlob(at(server, 'app'), Buffer.from('new'), 'application/octet-stream');
    expect(server.requests.map(({ method }) => method)).toEqual(['GET', 'POST', 'PUT', 'HEAD', 'POST', 'PUT']);
    server.forgetRequests();
    server.inject({ method: 'PUT', times: 1, effect: { kind: 'reset', done: true } });
    await registry.putBlob(at(server, 'app'), Buffer.from('newer'), 'application/octet-stream');
    expect(server.requests.map(({ method }) => method)).toEqual(['POST', 'PUT', 'HEAD']);
  });
});

describe('a host in trouble', () => {
  test('that asked for an hour is asked no more', async () => {
    const { server, registry } = await scene();
    server.inject({ path: /^\/v2\/.+/, effect: { kind: 'rate-limited', retryAfter: '3600' } });
    expect((await failureOf(registry.head(at(server, 'app', 'v1')))).message).toBe(
      `${server.host}/app:v1: registry answered 429; add credentials for ${server.host} or try again in 60 minutes.`,
    );
    const before = server.requests.length;
    const { code, message } = await failureOf(registry.head(at(server, 'other', 'v1')));
    expect([code, message]).toEqual([
      'rate-limited',
      `${server.host}/other:v1: ${server.host} asked for no further request; try again in 60 minutes.`,
    ]);
    expect(server.requests).toHaveLength(before);
  });

  test('that is not there is given up after some, each with its own name', async () => {
    const server = await start();
    const { host } = server;
    await server.close();
    const harness = createHarness({ concurrency: 1 });
    const messages: string[] = [];
    for (const repository of ['a', 'b', 'c', 'd', 'e']) {
      const reference = { registry: host, repository, tag: 'v1' };
      messages.push((await failureOf(harness.registry.head(reference))).message);
    }
    const why = `${host} did not answer in 5 attempts (connection refused); check the host name, the network and the proxy settings.`;
    expect(messages).toEqual(['a', 'b', 'c', 'd', 'e'].map((repository) => `${host}/${repository}:v1: ${why}`));
    expect(harness.sent).toHaveLength(15);
  });

  test('that tells of its limit is slowed for, and the limit is told', async () => {
    const { server } = await scene();
    const headers = { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '0;w=21600' };
    server.inject({ effect: { kind: 'headers', headers } });
    const { registry, sleeps } = createHarness();
    await registry.head(at(server, 'app', 'v1'));
    expect(sleeps).toEqual([]);
    await registry.manifest(at(server, 'app', 'v1'));
    expect(sleeps).toEqual([2000]);
    expect(registry.rateLimits()).toEqual([
      { host: server.host, limit: 100, remaining: 0, window: 21_600, slowedMs: 2000 },
    ]);
  });

  test('gets no more requests at once than allowed', async () => {
    const server = await start();
    let [now, most] = [0, 0];
    const harness = createHarness({ concurrency: 3 }, {});
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
    const references = Array.from({ length: 12 }, (_, i) => at(server, `app-${i}`, 'v1'));
    for (const { repository } of references) putImage(server, repository, 'v1');
    await Promise.all(references.map((reference) => harness.registry.head(reference)));
    expect(most).toBe(3);
  });
});
