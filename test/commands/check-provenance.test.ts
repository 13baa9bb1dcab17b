import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeOwnRecord } from '../../core/baseline/own-record.ts';
import { recordType } from '../../core/baseline/record.ts';
import { annotationKeys, type Descriptor } from '../../core/oci/manifest.ts';
import { writeSourceRecord } from '../../core/source/read-record.ts';
import { type Image, type ImageIndex, makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { openShop } from './check-support.ts';

let server: TestRegistry;
let old: Image;
let fresh: ImageIndex;
beforeEach(async () => {
  server = await startRegistry();
  old = await base('old');
  fresh = makeIndex([await base('new'), await base('new for arm', arm)]);
  await pushImage(server.store, 'library/base', old);
  await pushImage(server.store, 'library/base', fresh, '1');
  await pushImage(server.store, 'library/tools', fresh, '1');
});
afterEach(() => server.close());

const arm = { os: 'linux', architecture: 'arm64' };
const inToto = 'application/vnd.in-toto+json';
const slsa = 'https://slsa.dev/provenance/';
const amd = { os: 'linux', architecture: 'amd64' };
const base = async (content: string, platform = amd) =>
  makeImage({ layers: [await makeLayer({ base: content })], platform });
// Squashed, so that nothing but a record can tell its base.
const app = async (content: string, platform = amd) =>
  makeImage({ layers: [await makeLayer({ app: content })], platform });

const uri = (name: string, platform = 'linux/amd64') =>
  `pkg:docker/${server.host}/library/${name}@1?platform=${encodeURIComponent(platform)}`;
const sha256 = ({ descriptor }: { readonly descriptor: { readonly digest: string } }) => ({
  sha256: descriptor.digest.slice('sha256:'.length),
});
const on = (image: Image | ImageIndex, name = 'base', platform?: string) => ({
  uri: uri(name, platform),
  digest: sha256(image),
});

function statement(subject: Image | ImageIndex, materials: readonly unknown[], version = 'v0.2') {
  const predicate =
    version === 'v0.2' ? { materials } : { buildDefinition: { resolvedDependencies: materials, buildType: 'x' } };
  return { predicateType: `${slsa}${version}`, subject: [{ name: 'web', digest: sha256(subject) }], predicate };
}

function attest(document: unknown, manifest: object, mediaType = inToto): Descriptor {
  const blob = server.store.putBlob('team/web', JSON.stringify(document), mediaType);
  const config = server.store.putBlob('team/web', '{}', 'application/vnd.oci.empty.v1+json');
  const annotations = { 'in-toto.io/predicate-type': `${slsa}v1` };
  return server.store.putManifest('team/web', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config,
    layers: [{ ...blob, annotations }],
    ...manifest,
  });
}

const inline = (subject: Image, document: unknown): Descriptor => ({
  ...attest(document, {}),
  platform: { os: 'unknown', architecture: 'unknown' },
  annotations: {
    'vnd.docker.reference.type': 'attestation-manifest',
    'vnd.docker.reference.digest': subject.descriptor.digest,
  },
});

function beside(subject: Image | ImageIndex, document: unknown, mediaType?: string): void {
  const { mediaType: type, digest, size } = subject.descriptor;
  attest(document, { subject: { mediaType: type, digest, size }, artifactType: 'application/vnd.example' }, mediaType);
}

const dsse = (document: unknown) => ({
  payloadType: inToto,
  payload: Buffer.from(JSON.stringify(document)).toString('base64'),
  signatures: [],
});
const publish = (image: Image | ImageIndex) => pushImage(server.store, 'team/web', image, '1');
const check = (Dockerfile = 'FROM {host}/library/base:1\n') => openShop(server, { Dockerfile }).check();
const recorded = () => ({
  verdict: 'stale',
  from: old.descriptor.digest,
  to: fresh.descriptor.digest,
  evidence: 'buildkit-provenance',
  confidence: 'high',
});

// What stands beside an image and nobody vouches for.
const claimed = () => ({ ...recorded(), confidence: 'low', verified: false });

describe('inline provenance', () => {
  it.each(['v0.2', 'v1'])('of SLSA %s tells every base, build stages included', async (version) => {
    const image = await app('web');
    const materials = [on(old), on(fresh, 'tools')];
    await publish(makeIndex([image], { others: [inline(image, statement(image, materials, version))] }));
    const { bases, printed } = await check(
      'FROM {host}/library/tools:1 AS tools\nFROM {host}/library/base:1\nCOPY --from=tools / /\n',
    );
    expect(bases).toMatchObject([{ verdict: 'current', evidence: 'buildkit-provenance' }, recorded()]);
    expect(printed).toContain('by BuildKit provenance.');
  });

  it('of platforms that were built apart tells each its own', async () => {
    const [one, other] = [await app('amd'), await app('arm', arm)];
    const others = [
      inline(one, statement(one, [on(fresh)])),
      inline(other, statement(other, [on(old, 'base', 'linux/arm64')])),
    ];
    await publish(makeIndex([one, other], { others }));
    expect((await check()).bases[0]).toMatchObject(recorded());
  });

  it('of one of two platforms tells nothing of both', async () => {
    const [one, other] = [await app('amd'), await app('arm', arm)];
    await publish(makeIndex([one, other], { others: [inline(one, statement(one, [on(fresh)]))] }));
    expect((await check()).bases[0]).toMatchObject({ verdict: 'unrecorded', evidence: null });
  });

  it.each<[string, () => readonly unknown[], boolean]>([
    ['two digests for one platform', () => [on(old), on(fresh)], false],
    ['two digests for two platforms', () => [on(old), on(fresh, 'base', 'linux/arm64')], true],
    ['another base', () => [on(old, 'other')], false],
  ])('with %s is read by platform, or tells nothing', async (_, materials, isTold) => {
    const image = await app('web');
    await publish(makeIndex([image], { others: [inline(image, statement(image, materials()))] }));
    expect((await check()).bases[0]).toMatchObject(isTold ? recorded() : { verdict: 'unrecorded' });
  });
});

describe('provenance beside the image', () => {
  it.each<[string, (document: unknown) => unknown, string | undefined]>([
    ['plain', (document) => document, undefined],
    ['in a DSSE envelope', dsse, 'application/vnd.dsse.envelope.v1+json'],
    [
      'in a Sigstore bundle',
      (document) => ({ dsseEnvelope: dsse(document) }),
      'application/vnd.dev.sigstore.bundle.v0.3+json',
    ],
  ])('is read %s, of an index and of a single manifest', async (_, wrap, mediaType) => {
    for (const image of [await app('web'), makeIndex([await app('amd'), await app('arm', arm)])]) {
      await publish(image);
      beside(image, wrap(statement(image, [on(old)], 'v1')), mediaType);
      expect((await check()).bases[0]).toMatchObject(claimed());
    }
  });

  it.each<[string, (image: Image) => unknown, string | undefined]>([
    ['speaks of another image', () => statement(old, [on(fresh)]), undefined],
    [
      'is of another kind',
      (image) => ({ ...statement(image, [on(fresh)]), predicateType: 'https://example.org' }),
      undefined,
    ],
    ['is no statement', () => 'text', undefined],
    ['is wrapped in something else', (image) => statement(image, [on(fresh)]), 'application/vnd.example'],
  ])('tells nothing where it %s', async (_, make, mediaType) => {
    const image = await app('web');
    await publish(image);
    beside(image, make(image), mediaType);
    expect((await check()).bases[0]).toMatchObject({ verdict: 'unrecorded', evidence: null });
  });

  it('is asked for once, however many bases there are', async () => {
    const image = await app('web');
    await publish(image);
    beside(image, statement(image, [on(old), on(old, 'tools')]));
    await check('FROM {host}/library/tools:1 AS tools\nFROM {host}/library/base:1\nCOPY --from=tools / /\n');
    const listed = server.requests.filter(({ path }) => path.includes('/referrers/'));
    const blobs = server.requests.filter(({ path }) => path.includes('team/web/blobs/'));
    // The statement, and the configuration that tells the platform.
    expect([listed.length, blobs.length]).toEqual([1, 2]);
  });

  it.each<[number, string]>([
    [403, 'unrecorded'],
    [500, 'unknown'],
  ])('that is answered with %i leaves the base %s', async (status, verdict) => {
    await publish(await app('web'));
    server.inject({ path: /\/referrers\//, effect: { kind: 'status', status } });
    expect((await check()).bases[0]?.verdict).toBe(verdict);
  });
});

it('our own record is that of every platform, and nothing else is asked', async () => {
  const record = (image: Image | ImageIndex) => ({
    [annotationKeys.bases]: writeOwnRecord([
      { reference: `${server.host}/library/base:1`, digest: image.descriptor.digest },
    ]),
    [annotationKeys.source]: writeSourceRecord({ revision: 'c'.repeat(40), dirty: false }),
  });
  const made = (content: Image | ImageIndex, platform?: typeof arm) =>
    makeImage({ layers: old.layers, annotations: record(content), ...(platform === undefined ? {} : { platform }) });
  await publish(makeIndex([made(fresh), made(old, arm)]));
  const { bases } = await check();
  expect(bases[0]).toMatchObject({ ...recorded(), evidence: 'own-record' });
  expect(server.requests.filter(({ path }) => path.includes('/referrers/'))).toEqual([]);
});

describe('our own record, attested', () => {
  const record = (subject: Image, ...bases: readonly Image[]) => ({
    predicateType: recordType,
    subject: [{ name: 'web', digest: sha256(subject) }],
    predicate: {
      bases: bases.map(({ descriptor }) => ({ reference: `${server.host}/library/base:1`, digest: descriptor.digest })),
    },
  });

  it('is read beside an image whose builder drops annotations', async () => {
    const image = await app('web');
    await publish(image);
    beside(image, { dsseEnvelope: dsse(record(image, old)) }, 'application/vnd.dev.sigstore.bundle.v0.3+json');
    expect((await check()).bases[0]).toMatchObject({ ...claimed(), evidence: 'own-record' });
  });

  it('tells nothing where there are two that differ, or where it is of another image', async () => {
    const image = await app('web');
    await publish(image);
    beside(image, record(old, old));
    expect((await check()).bases[0]).toMatchObject({ verdict: 'unrecorded' });
    beside(image, record(image, old));
    beside(image, record(image, await base('other')));
    expect((await check()).bases[0]).toMatchObject({ verdict: 'unrecorded' });
  });
});
