import { afterEach, beforeEach, expect, test } from 'vitest';
import { readProvenance } from '../../core/baseline/provenance.ts';
import { choosablePlatforms, chosenFor, platformManifests, platformsOf } from '../../core/baseline/published.ts';
import type { Descriptor } from '../../core/oci/manifest.ts';
import { formatPlatform } from '../../core/oci/platform.ts';
import { createRegistry } from '../../core/registry/client.ts';
import { createWorld } from '../../core/world.ts';
import { attest } from '../../testing/attestation.ts';
import { type Image, makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';

const world = createWorld();
const unknown = { os: 'unknown', architecture: 'unknown' };
const arm64 = { os: 'linux', architecture: 'arm64' };
const riscv = { os: 'linux', architecture: 'riscv64' };

let server: TestRegistry;
let image: Image;
let other: Image;
beforeEach(async () => {
  server = await startRegistry();
  image = makeImage({ layers: [await makeLayer({ app: 'one' })], platform: arm64 });
  other = makeImage({ layers: [await makeLayer({ app: 'other' })], platform: riscv });
  for (const one of [image, other]) await pushImage(server.store, 'team/web', one);
});
afterEach(() => server.close());

async function published(others: readonly Descriptor[]) {
  const { digest } = await pushImage(server.store, 'team/web', makeIndex([image], { others }));
  const credentials = { credentials: {}, mirrors: {}, insecureHosts: [], concurrency: 4, deadline: 60_000 };
  const registry = createRegistry(world, credentials);
  const reference = { registry: server.host, repository: 'team/web', digest };
  return { registry, image: { reference, manifest: await registry.manifest(reference) } };
}

const claim = () => ({
  'vnd.docker.reference.type': 'attestation-manifest',
  'vnd.docker.reference.digest': image.descriptor.digest,
});
const digestOfSubject = ({ descriptor }: Image) => ({ sha256: descriptor.digest.slice('sha256:'.length) });
const bare = ({ descriptor: { platform: _, ...rest } }: Image): Descriptor => rest;
const statement = (digest: string) => ({
  predicateType: 'https://slsa.dev/provenance/v1',
  predicate: {
    buildDefinition: {
      resolvedDependencies: [{ uri: 'pkg:docker/debian@12', digest: { sha256: digest.replace('sha256:', '') } }],
    },
  },
});

test.each<[string, () => Descriptor, readonly string[], readonly string[]]>([
  ['states its platform', () => other.descriptor, ['linux/riscv64'], ['linux/riscv64']],
  ['states none', () => bare(other), ['linux/riscv64'], ['linux/riscv64']],
  [
    'calls itself an attestation',
    () => ({ ...bare(other), annotations: claim() }),
    ['linux/riscv64'],
    ['linux/riscv64'],
  ],
  ['is for no platform', () => ({ ...bare(other), platform: unknown, annotations: claim() }), ['linux/riscv64'], []],
  ['has the platform of another', () => ({ ...bare(other), platform: arm64 }), [], []],
])('an image whose entry %s is part of its index', async (_, entry, shipped, choosable) => {
  const { registry, image: index } = await published([entry()]);
  const names = async (found: Promise<readonly { readonly os: string; readonly architecture: string }[]>) =>
    (await found).map(formatPlatform);
  expect(await names(platformsOf(registry, index))).toEqual(['linux/arm64', ...shipped]);
  expect(await names(choosablePlatforms(registry, index))).toEqual(['linux/arm64', ...choosable]);
  expect((await platformManifests(registry, index)).map(({ manifest }) => manifest.descriptor.digest)).toEqual([
    image.descriptor.digest,
    other.descriptor.digest,
  ]);
  expect((await chosenFor(registry, index, riscv))?.descriptor.digest).toBe(
    choosable.length === 0 ? undefined : other.descriptor.digest,
  );
  expect((await chosenFor(registry, index, arm64))?.descriptor.digest).toBe(image.descriptor.digest);
});

test('an attestation is no part of it, and nothing is read of it for a platform', async () => {
  const entry = attest(server.store, 'team/web', image, statement(other.descriptor.digest));
  const { registry, image: index } = await published([entry]);
  server.forgetRequests();
  expect(await choosablePlatforms(registry, index)).toEqual([arm64]);
  expect((await chosenFor(registry, index, arm64))?.descriptor.digest).toBe(image.descriptor.digest);
  expect(server.requests).toEqual([]);
  expect(await platformsOf(registry, index)).toEqual([arm64]);
  expect(await platformManifests(registry, index)).toHaveLength(1);
});

test.each<[string, (entry: Descriptor) => Descriptor, number]>([
  ['that is one', (entry) => entry, 1],
  ['that names no platform', ({ platform: _, ...entry }) => entry, 0],
  ['that names a platform to run on', (entry) => ({ ...entry, platform: riscv }), 0],
  [
    'about what is not there',
    (entry) => ({ ...entry, annotations: { ...claim(), 'vnd.docker.reference.digest': other.descriptor.digest } }),
    0,
  ],
])('provenance is read from an attestation %s: %#', async (_, changed, count) => {
  const entry = attest(server.store, 'team/web', image, statement(other.descriptor.digest));
  const { registry, image: index } = await published([changed(entry)]);
  const found = await readProvenance(registry, index);
  expect(found).toHaveLength(count);
  if (count > 0)
    expect(found[0]).toMatchObject({
      subject: image.descriptor.digest,
      materials: [{ digest: other.descriptor.digest }],
    });
});

const buildKit = 'https://mobyproject.org/buildkit@v1#metadata';
const dockerfile = { source: { infos: [{ data: Buffer.from('FROM debian:12\n').toString('base64') }] } };
test.each<[string, () => unknown, object | undefined]>([
  ['names it', () => [{ digest: digestOfSubject(image) }], { materials: [{}], dockerfile: 'FROM debian:12\n' }],
  [
    'names it among others',
    () => [{ digest: digestOfSubject(other) }, { digest: digestOfSubject(image) }],
    { dockerfile: 'FROM debian:12\n' },
  ],
  ['names another image', () => [{ digest: digestOfSubject(other) }], undefined],
  ['names another algorithm', () => [{ digest: { sha512: digestOfSubject(image).sha256 } }], undefined],
  ['names no subject, as BuildKit does where an image has no name', () => null, { materials: [{}] }],
  ['has no list of subjects', () => ({ digest: digestOfSubject(image) }), undefined],
])('provenance in the index of an image that %s', async (_, subject, expected) => {
  const { predicateType, predicate } = statement(other.descriptor.digest);
  const said = { predicateType, predicate: { ...predicate, metadata: { [buildKit]: dockerfile } }, subject: subject() };
  const { registry, image: index } = await published([attest(server.store, 'team/web', image, said)]);
  const [found] = await readProvenance(registry, index);
  if (expected === undefined) expect(found).toBeUndefined();
  else expect(found).toMatchObject(expected);
  expect(found?.dockerfile).toBe(expected !== undefined && 'dockerfile' in expected ? expected.dockerfile : undefined);
});
