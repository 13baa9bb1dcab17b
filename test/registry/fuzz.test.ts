import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FailureError } from '../../core/failure.ts';
import { type Digest, digestOf } from '../../core/oci/digest.ts';
import { type Descriptor, mediaTypes } from '../../core/oci/manifest.ts';
import { withDigest } from '../../core/oci/reference.ts';
import type { Http, HttpResponse, World } from '../../core/ports.ts';
import { createRegistry } from '../../core/registry/client.ts';
import type { Registry } from '../../core/registry/registry.ts';
import { createWorld } from '../../core/world.ts';
import { createApi } from '../support/registry/api.ts';
import type { Reply } from '../support/registry/exchange.ts';
import { settingsOf } from '../support/registry/settings.ts';
import { createStore } from '../support/registry/store.ts';

const registryHost = '127.0.0.1:5000';
const app = { registry: registryHost, repository: 'app' };
const tagged = { ...app, tag: 'v1' };

/** What is done to one answer of a registry. */
type Mutation =
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'header'; readonly name: string; readonly value: string }
  | { readonly kind: 'drop'; readonly name: string }
  | { readonly kind: 'cut'; readonly length: number }
  | { readonly kind: 'flip'; readonly position: number; readonly bits: number }
  | { readonly kind: 'body'; readonly body: string }
  | { readonly kind: 'break'; readonly length: number };

const names = [
  'docker-content-digest',
  'content-type',
  'content-length',
  'www-authenticate',
  'location',
  'link',
  'retry-after',
  'ratelimit-remaining',
  'ratelimit-limit',
  'etag',
  'content-range',
  'oci-subject',
];

const values = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.constantFrom(
    `sha256:${'d'.repeat(64)}`,
    'sha256:short',
    mediaTypes.ociIndex,
    'text/html',
    'Bearer realm="https://evil.example/token",service="s"',
    'Bearer realm="http://169.254.169.254/"',
    'Basic realm="x"',
    '/v2/app/manifests/v1',
    'http://evil.example/',
    'https://evil.example/',
    '</v2/app/tags/list?last=v1>; rel="next"',
    '<https://evil.example/>; rel="next"',
    '99999999999',
    '-1',
    '0',
    '488µs',
    'bytes 5-9/10',
  ),
);

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({
    kind: fc.constant('status' as const),
    status: fc.constantFrom(200, 201, 202, 204, 206, 301, 307, 400, 401, 403, 404, 405, 408, 416, 429, 500, 503, 599),
  }),
  fc.record({ kind: fc.constant('header' as const), name: fc.constantFrom(...names), value: values }),
  fc.record({ kind: fc.constant('drop' as const), name: fc.constantFrom(...names) }),
  fc.record({ kind: fc.constant('cut' as const), length: fc.nat(600) }),
  fc.record({ kind: fc.constant('flip' as const), position: fc.nat(600), bits: fc.integer({ min: 1, max: 255 }) }),
  fc.record({ kind: fc.constant('body' as const), body: fc.oneof(fc.json(), fc.string()) }),
  fc.record({ kind: fc.constant('break' as const), length: fc.nat(600) }),
);

function mutate(answer: Reply, change: Mutation): Reply {
  const { status, headers, body } = answer;
  switch (change.kind) {
    case 'status':
      return { ...answer, status: change.status };
    case 'header':
      return { ...answer, headers: { ...headers, [change.name]: change.value } };
    case 'drop':
      return {
        ...answer,
        headers: Object.fromEntries(Object.entries(headers).filter(([name]) => name !== change.name)),
      };
    case 'cut':
      return { ...answer, body: body.subarray(0, change.length) };
    case 'flip': {
      const copy = Buffer.from(body);
      const position = change.position % Math.max(copy.length, 1);
      copy[position] = (copy[position] ?? 0) ^ change.bits;
      return { status, headers, body: copy };
    }
    case 'body':
      return { ...answer, body: Buffer.from(change.body) };
    case 'break':
      return answer;
  }
}

function responseOf({ status, headers, body }: Reply, isHead: boolean, breaks: number | undefined): HttpResponse {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    if (isHead) return;
    yield body.subarray(0, breaks ?? body.length);
    if (breaks !== undefined && breaks < body.length) throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
  }
  return { status, headers, body: Object.assign(chunks(), { cancel: async () => {} }) };
}

const store = createStore();
const config = store.putBlob(
  'app',
  JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } }),
  mediaTypes.ociConfig,
);
const layer = store.putBlob('app', 'a layer', 'application/vnd.oci.image.layer.v1.tar');
const image = store.putManifest(
  'app',
  { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [layer] },
  { tag: 'v1' },
);
const access = { '*': { anonymous: ['pull', 'push', 'delete'] } } as const;
const api = createApi(store, settingsOf({ authentication: { kind: 'token', access }, deletes: false }));
const real = createWorld();

/** A world whose only registry gives mutated answers: the first mutation to the first answer, and so on, then over again. */
function mutatedWorld(mutations: readonly (Mutation | null)[]): World {
  let [count, slept] = [0, 0];
  const http: Http = async ({ method, url, headers, body }) => {
    const { host, pathname, search } = new URL(url);
    let sent = Buffer.alloc(0);
    if (typeof body === 'string' || body instanceof Uint8Array) sent = Buffer.from(body);
    else for await (const chunk of body ?? []) sent = Buffer.concat([sent, chunk]);
    const change = mutations[count++ % mutations.length] ?? null;
    const origin = `http://${host}`;
    const answer = api({
      method,
      path: decodeURIComponent(pathname),
      query: new URLSearchParams(search),
      origin,
      headers,
      body: sent,
    });
    const told = { ...answer, headers: { 'content-length': String(answer.body.length), ...answer.headers } };
    const breaks = change?.kind === 'break' ? change.length : undefined;
    return responseOf(change === null ? told : mutate(told, change), method === 'HEAD', breaks);
  };
  return {
    ...real,
    http,
    env: {},
    now: () => new Date(1_700_000_000_000 + slept),
    sleep: async (milliseconds) => {
      slept += milliseconds;
    },
    random: () => 0.5,
  };
}

const content = new Map<Digest, Descriptor>([config, layer].map((blob) => [blob.digest, blob]));

/** What each method must be true to, whatever the registry answers. */
const methods: readonly ((registry: Registry) => Promise<void>)[] = [
  async (registry) => {
    const { digest } = await registry.head(withDigest(tagged, image.digest));
    expect(digest).toBe(image.digest);
  },
  async (registry) => {
    const { digest, mediaType } = await registry.head(tagged);
    expect(digest).toMatch(/^sha(256|512):[0-9a-f]+$/);
    expect(Object.values(mediaTypes)).toContain(mediaType);
  },
  async (registry) => {
    const manifest = await registry.manifest(tagged);
    expect(digestOf(manifest.bytes)).toBe(manifest.descriptor.digest);
  },
  async (registry) => {
    await registry.head(tagged);
    const manifest = await registry.manifest(tagged);
    expect(digestOf(manifest.bytes)).toBe(manifest.descriptor.digest);
    expect((await registry.head(tagged)).digest).toBe(manifest.descriptor.digest);
  },
  async (registry) => {
    const manifest = await registry.manifest(withDigest(tagged, image.digest));
    expect(manifest.descriptor).toEqual(image);
    expect((await registry.config(app, manifest)).os).toBe('linux');
  },
  async (registry) => {
    for (const blob of content.values()) expect(digestOf(await registry.blob(app, blob))).toBe(blob.digest);
  },
  async (registry) => {
    for (const tag of await registry.tags(app)) expect(tag).toMatch(/^\w[\w.-]{0,127}$/);
  },
  async (registry) => {
    for (const { digest } of await registry.referrers(app, image.digest)) expect(digest).toMatch(/^sha/);
  },
  async (registry) => {
    const bytes = store.manifest('app', image.digest)?.bytes ?? Buffer.alloc(0);
    await registry.putManifest({ ...app, tag: 'v1' }, { bytes, descriptor: image });
    expect(store.digestOf('app', 'v1')).toBe(image.digest);
  },
  async (registry) => {
    expect(['present', 'mounted', 'copied']).toContain(
      await registry.mountBlob(app, { ...app, repository: 'copy' }, layer),
    );
  },
  async (registry) => {
    const { digest } = await registry.putBlob(app, Buffer.from('a layer'), layer.mediaType);
    expect(digest).toBe(layer.digest);
  },
  async (registry) => registry.deleteManifest(withDigest(app, image.digest)),
];

const settings = { credentials: {}, mirrors: {}, insecureHosts: [], concurrency: 4, deadline: 3_600_000 };

test('10,000 runs of mutated answers: typed failures or true content, never a crash, never a hang', async () => {
  const scenario = fc.record({
    method: fc.constantFrom(...methods),
    mutations: fc.array(fc.option(mutation, { freq: 3 }), { minLength: 1, maxLength: 6 }),
  });
  const codes = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(scenario, async ({ method, mutations }) => {
      const registry = createRegistry(mutatedWorld(mutations), settings);
      try {
        await method(registry);
        codes.set('done', (codes.get('done') ?? 0) + 1);
      } catch (thrown) {
        if (!(thrown instanceof FailureError)) throw thrown;
        expect(thrown.failure.code).not.toBe('internal');
        expect(thrown.message).not.toMatch(/[\p{Cc}]/u);
        codes.set(thrown.failure.code, (codes.get(thrown.failure.code) ?? 0) + 1);
      }
      const { head, get, token, write } = registry.requests();
      expect(head + get + token + write).toBeLessThan(200);
    }),
    { numRuns: 10_000, endOnFailure: true },
  );
  // Both ends are reached often: the fuzz neither breaks everything nor nothing.
  expect(codes.get('done')).toBeGreaterThan(500);
  for (const code of ['malformed', 'digest-mismatch', 'unauthorised', 'refused', 'unreachable']) {
    expect(codes.get(code) ?? 0).toBeGreaterThan(5);
  }
}, 120_000);
