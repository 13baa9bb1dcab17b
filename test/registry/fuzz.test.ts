import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FailureError } from '../../core/failure.ts';
import { type Digest, digestOf } from '../../core/oci/digest.ts';
import { type Descriptor, mediaTypes } from '../../core/oci/manifest.ts';
import { withDigest } from '../../core/oci/reference.ts';
import type { World } from '../../core/ports.ts';
import { createRegistry } from '../../core/registry/client.ts';
import type { Registry } from '../../core/registry/registry.ts';
import { createWorld } from '../../core/world.ts';
import { createApi } from '../../testing/registry/api.ts';
import { registryBehaviour } from '../../testing/registry/settings.ts';
import { createStore } from '../../testing/registry/store.ts';
import { type Mutation, mutatedHttp, mutation } from './mutations.ts';

const registryHost = '127.0.0.1:5000';
const app = { registry: registryHost, repository: 'app' };
const tagged = { ...app, tag: 'v1' };

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
const api = createApi(store, registryBehaviour({ authentication: { kind: 'token', access }, deletes: false }));
const real = createWorld();

function mutatedWorld(mutations: readonly (Mutation | null)[]): World {
  let slept = 0;
  return {
    ...real,
    http: mutatedHttp(api, mutations),
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

test('2,000 runs of mutated answers: typed failures or true content, never a crash, never a hang', async () => {
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
    { numRuns: 2_000, endOnFailure: true },
  );
  // Both ends are reached often: the fuzz neither breaks everything nor nothing.
  expect(codes.get('done')).toBeGreaterThan(100);
  for (const code of ['malformed', 'digest-mismatch', 'unauthorised', 'refused', 'unreachable']) {
    expect(codes.get(code) ?? 0).toBeGreaterThan(5);
  }
}, 120_000);
