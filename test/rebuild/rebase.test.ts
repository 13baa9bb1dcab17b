import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readProvenance } from '../../core/baseline/provenance.ts';
import type { Digest } from '../../core/oci/digest.ts';
import { type Descriptor, mediaTypes } from '../../core/oci/manifest.ts';
import { withDigest } from '../../core/oci/reference.ts';
import type { BuildOrder, Pin } from '../../core/rebuild/engine.ts';
import { rebaseEngine } from '../../core/rebuild/rebase.ts';
import type { RebasePolicy } from '../../core/rebuild/settings.ts';
import { attest } from '../../testing/attestation.ts';
import { debianBase } from '../../testing/debian.ts';
import {
  type ConfigDocument,
  type Image,
  type ImageIndex,
  makeImage,
  makeIndex,
  makeLayer,
} from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import type { TestRegistry } from '../../testing/registry.ts';
import { at, closeAll, createHarness, failureOf, start } from '../registry/harness.ts';
import { pushAttested, statement } from './buildx/attested.ts';
import { baseOf, digestNo, orderOf, pinOf } from './support.ts';

let server: TestRegistry;
let v1: Image;
let v2: Image;
let app: Image;

beforeEach(async () => {
  server = await start();
  [v1, v2] = await Promise.all([debianBase('v1'), debianBase('v2')]);
  const layers = [
    await makeLayer({ 'app/': { directory: true }, 'app/server': 'server' }),
    await makeLayer({ 'app/x': '1' }),
  ];
  app = makeImage({ base: v1, layers, config: { Entrypoint: ['/app/server'], Labels: { vendor: 'me' } } });
});
afterEach(closeAll);

const amd64 = { os: 'linux', architecture: 'amd64' };
const suitable = { kind: 'suitable', why: 'it is proved equal to a build on the new base' };

interface Setting {
  readonly old?: Image | ImageIndex;
  readonly fresh?: Image | ImageIndex;
  readonly published?: Image | ImageIndex;
  /** Pins beside that of the runtime base. */
  readonly more?: readonly Pin[];
  readonly pin?: Partial<Pin>;
  readonly policy?: RebasePolicy;
  /** Where runs keep what layers hold. */
  readonly layerDirectory?: string;
}

/** A registry where library/debian:12 moved from `old` to `fresh` and team/web:1 stands on `old`. */
async function setUp({
  old = v1,
  fresh = v2,
  published = app,
  more = [],
  pin = {},
  policy = 'when-safe',
  layerDirectory,
}: Setting = {}) {
  const before = await pushImage(server.store, 'library/debian', old);
  const after = await pushImage(server.store, 'library/debian', fresh, '12');
  const { digest } = await pushImage(server.store, 'team/web', published, '1');
  const { registry, world } = createHarness(layerDirectory === undefined ? {} : { layerDirectory });
  const now = () => new Date('2026-11-21T07:08:09Z');
  const engine = rebaseEngine({ world: { ...world, now }, registry, policy });
  const reference = at(server, 'team/web', '1');
  const runtime = { ...pinOf(baseOf(`${server.host}/library/debian:12`), after.digest, before.digest), ...pin };
  const manifest = await registry.manifest(withDigest(reference, digest));
  const order = orderOf(reference, [runtime, ...more], {
    published: { reference, manifest },
    build: { dockerfile: undefined },
  });
  server.forgetRequests();
  return { engine, order, registry, world, before, after };
}

interface Stored {
  readonly mediaType: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly manifests: readonly Descriptor[];
  readonly layers: readonly Descriptor[];
  readonly config: Descriptor;
}

function stored(reference: string, repository = 'team/web'): Stored {
  return JSON.parse(server.store.manifest(repository, reference)?.bytes.toString() ?? 'null');
}

function configOf({ config }: Stored, repository = 'team/web'): ConfigDocument {
  return JSON.parse(server.store.blob(repository, config.digest)?.toString() ?? 'null');
}

async function refusal(setting: Setting) {
  const { engine, order } = await setUp(setting);
  const answer = await engine.suits(order);
  const failed = await failureOf(engine.rebuild(order));
  expect(server.writes()).toEqual([]);
  if (answer.kind === 'suitable') throw new Error('it suits');
  expect(failed.message).toBe(`web: ${answer.why}; ${answer.remedy}.`);
  expect(failed.code).toBe('unsafe-rebase');
  return answer.why;
}

describe('what layers hold', () => {
  let layerDirectory: string;
  beforeEach(async () => {
    layerDirectory = await mkdtemp(join(tmpdir(), 'layers-'));
  });
  afterEach(() => rm(layerDirectory, { recursive: true }));

  const prove = async (setting: Setting = {}) => {
    const { engine, order } = await setUp({ layerDirectory, ...setting });
    const answer = await engine.suits(order);
    const layers = new Set([...v1.layers, ...v2.layers, ...app.layers].map(({ descriptor }) => descriptor.digest));
    const downloads = server.requests.filter(({ path }) => layers.has(path.split('/blobs/')[1] as Digest));
    return { answer, downloads: downloads.map(({ path }) => path.split('/blobs/')[1]) };
  };

  test('is proved without a download once a run before has read it, and the answer is the same', async () => {
    const first = await prove();
    expect(first.answer).toEqual(suitable);
    expect(first.downloads).toHaveLength(new Set([...app.layers, ...v2.layers]).size);
    expect(await prove()).toEqual({ answer: suitable, downloads: [] });
  });

  test('is refused for the same reason', async () => {
    const layers = [...v2.layers, await makeLayer({ 'app/': { directory: true, mode: 0o700 } })];
    const fresh = makeImage({ layers, config: v2.config.document.config });
    const first = await prove({ fresh });
    expect(first.answer.kind).toBe('unsuitable');
    expect((await prove({ fresh })).answer).toEqual(first.answer);
  });
});

describe('a rebased image', () => {
  test("has the new base's layers under its own, and its configuration on that of the new base", async () => {
    const { engine, order, after } = await setUp();
    expect(await engine.suits(order)).toEqual(suitable);
    const built = await engine.rebuild(order);
    const manifest = stored('candidate');
    const own = app.layers.slice(1);
    expect(manifest.layers).toEqual([...v2.layers, ...own].map(({ descriptor }) => descriptor));
    expect(manifest.annotations).toEqual(order.annotations);
    expect(manifest.annotations['org.opencontainers.image.base.digest']).toBe(after.digest);
    const config = configOf(manifest);
    expect(config).toEqual({
      ...app.config.document,
      created: '2026-11-21T07:08:09.000Z',
      config: {
        Env: ['PATH=/usr/local/bin:/usr/bin:/bin'],
        Labels: { vendor: 'me' },
        Entrypoint: ['/app/server'],
        Cmd: ['bash'],
      },
      rootfs: { type: 'layers', diff_ids: [...v2.layers, ...own].map(({ diffId }) => diffId) },
      history: [...v2.config.document.history, ...app.config.document.history.slice(1)],
    });
    expect(built).toEqual({
      reference: { ...order.candidate, digest: server.store.digestOf('team/web', 'candidate') },
      digest: server.store.digestOf('team/web', 'candidate'),
      engine: 'rebase',
      pinned: order.pins,
      evidence: 'layers',
      durationMs: 0,
      notes: [],
    });
  });

  test('costs no layer bytes: blobs are mounted, and only a configuration and a manifest are sent', async () => {
    const { engine, order } = await setUp();
    await engine.rebuild(order);
    const manifest = stored('candidate');
    const sent = server.writes().reduce((sum, { bytes }) => sum + bytes, 0);
    const image = manifest.config.size + (server.store.manifest('team/web', 'candidate')?.bytes.length ?? 0);
    expect(sent).toBeGreaterThan(image);
    // The provenance and what points to it.
    expect(sent).toBeLessThan(image + 4096);
    const mounts = server.writes().filter(({ query }) => query.includes('mount='));
    expect(mounts.map(({ status }) => status)).toEqual([201]);
  });

  test('leaves the release tag and what it names alone', async () => {
    const { engine, order } = await setUp();
    const before = server.store.digestOf('team/web', '1');
    await engine.rebuild(order);
    expect(server.store.digestOf('team/web', '1')).toBe(before);
    expect(server.store.tags('team/web').toSorted()).toEqual(['1', 'candidate']);
  });

  test('is the same bytes from the same time', async () => {
    const first = await setUp();
    const second = await setUp();
    const built = await first.engine.rebuild(first.order);
    expect((await second.engine.rebuild(second.order)).digest).toBe(built.digest);
  });

  test('reads each layer once, for suits and rebuild together', async () => {
    const { engine, order } = await setUp();
    await engine.suits(order);
    await engine.rebuild(order);
    const blobs = server.requests.filter(({ method, path }) => method === 'GET' && path.includes('/blobs/'));
    expect(new Set(blobs.map(({ path }) => path)).size).toBe(blobs.length);
  });

  test('tells of settings that it and the new base both changed', async () => {
    const fresh = makeImage({
      layers: v2.layers,
      config: { ...v2.config.document.config, Env: ['PATH=/opt/bin:/bin'] },
    });
    const published = makeImage({ base: v1, layers: app.layers.slice(1), config: { Env: ['PATH=/app:/bin'] } });
    const { engine, order } = await setUp({ fresh, published });
    const { notes } = await engine.rebuild(order);
    expect(notes).toEqual([
      "linux/amd64: Env PATH was set by the image and changed by the new base; the image's value stays",
    ]);
    expect(configOf(stored('candidate')).config).toMatchObject({ Env: ['PATH=/app:/bin'] });
  });

  test('has labels about its base that agree with its annotations', async () => {
    const labels = { 'org.opencontainers.image.base.digest': v1.descriptor.digest, vendor: 'me' };
    const published = makeImage({ base: v1, layers: app.layers.slice(1), config: { Labels: labels } });
    const { engine, order, after } = await setUp({ published });
    await engine.rebuild(order);
    expect(configOf(stored('candidate')).config.Labels).toEqual({
      ...labels,
      'org.opencontainers.image.base.digest': after.digest,
    });
  });

  test('of Docker types becomes OCI, with the same layers', async () => {
    const docker = { format: 'docker' } as const;
    const old = makeImage({ base: v1, ...docker });
    const fresh = makeImage({ base: v2, ...docker });
    const published = makeImage({ base: v1, layers: app.layers.slice(1), ...docker });
    const { engine, order } = await setUp({ old, fresh, published });
    await engine.rebuild(order);
    const manifest = stored('candidate');
    expect([manifest.mediaType, manifest.config.mediaType]).toEqual([mediaTypes.ociManifest, mediaTypes.ociConfig]);
    expect(manifest.layers).toEqual([...v2.layers, ...app.layers.slice(1)].map(({ descriptor }) => descriptor));
  });

  test('of a base whose layers only its own repository still has can be made', async () => {
    const { engine, order } = await setUp();
    for (const { descriptor } of v1.layers) server.store.deleteBlob('library/debian', descriptor.digest);
    expect(await engine.suits(order)).toEqual(suitable);
  });
});

describe('an index', () => {
  const arm = { os: 'linux', architecture: 'arm64', variant: 'v8' };
  const on = (image: Image) => makeImage({ layers: image.layers, config: image.config.document.config, platform: arm });

  function bothPlatforms() {
    const [old, fresh] = [makeIndex([v1, on(v1)]), makeIndex([on(v2), v2])];
    const mine = makeImage({ base: on(v1), layers: app.layers.slice(1) });
    return { old, fresh, images: [app, mine] as const };
  }

  test('is rebased for each platform, its attestations replaced with a word, children before the index', async () => {
    const { old, fresh, images } = bothPlatforms();
    const setting = await setUp({ old, fresh, published: makeIndex(images) });
    await pushAttested(
      server,
      'team/web',
      '1',
      images.map((image) => ({ image, statement: statement('v1', []) })),
    );
    setting.registry.forget(at(server, 'team/web', '1'));
    const reference = at(server, 'team/web', '1');
    const published = { reference, manifest: await setting.registry.manifest(reference) };
    const order: BuildOrder = { ...setting.order, published };
    server.forgetRequests();
    const built = await setting.engine.rebuild(order);
    const index = stored('candidate');
    expect(index.mediaType).toBe(mediaTypes.ociIndex);
    const nowhere = { os: 'unknown', architecture: 'unknown' };
    expect(index.manifests.map(({ platform }) => platform)).toEqual([
      { os: 'linux', architecture: 'amd64' },
      arm,
      nowhere,
      nowhere,
    ]);
    expect(index.annotations).toEqual(order.annotations);
    for (const { digest } of index.manifests.slice(0, 2)) {
      const child = stored(digest);
      expect(child.layers.map((layer) => layer.digest)).toEqual(
        [...v2.layers, ...app.layers.slice(1)].map(({ descriptor }) => descriptor.digest),
      );
      expect(child.annotations).toEqual(order.annotations);
    }
    expect(built.notes).toEqual([
      '2 attestations of the published image not carried over, being about other bytes; provenance of the rebase was added',
    ]);
    const puts = server
      .writes()
      .flatMap(({ method, path }) => (method === 'PUT' && path.includes('/manifests/') ? [path] : []));
    expect(puts.at(-1)).toBe('/v2/team/web/manifests/candidate');
    expect(puts.slice(0, -1).toSorted()).toEqual(
      index.manifests.map(({ digest }) => `/v2/team/web/manifests/${digest}`).toSorted(),
    );
  });

  test('is rebased where its index calls it an attestation, and is called one no longer', async () => {
    const { old, fresh, images } = bothPlatforms();
    const [first, second] = images;
    if (first === undefined || second === undefined) throw new Error('no images');
    const { platform: _, ...bare } = second.descriptor;
    const annotations = { 'vnd.docker.reference.type': 'attestation-manifest', 'com.example': 'kept' };
    await pushImage(server.store, 'team/web', second);
    const published = makeIndex([first], { others: [{ ...bare, annotations }] });
    const { engine, order } = await setUp({ old, fresh, published });
    await engine.rebuild(order);
    const { manifests } = stored('candidate');
    expect(configOf(stored(manifests[1]?.digest ?? ''))).toMatchObject({ architecture: 'arm64' });
    expect(manifests[1]).not.toHaveProperty('platform');
    expect(manifests[1]?.annotations).toEqual({ 'com.example': 'kept' });
  });

  test('keeps an arm64 manifest on the arm64 of its base', async () => {
    const { old, fresh, images } = bothPlatforms();
    const { engine, order } = await setUp({ old, fresh, published: makeIndex(images) });
    await engine.rebuild(order);
    const configs = stored('candidate')
      .manifests.slice(0, 2)
      .map(({ digest }) => configOf(stored(digest)));
    expect(configs.map(({ architecture }) => architecture)).toEqual(['amd64', 'arm64']);
  });

  test('recorded by the digest of one platform manifest is found', async () => {
    const { fresh } = bothPlatforms();
    const { engine, order } = await setUp({ fresh });
    expect(await engine.suits(order)).toEqual(suitable);
  });

  test('whose new base lacks a platform is refused', async () => {
    const { old, images } = bothPlatforms();
    expect(await refusal({ old, published: makeIndex(images) })).toMatch(
      /library\/debian:12 as it is now has no linux\/arm64$/,
    );
  });
});

describe('what a rebase cannot know to be safe is refused, with the file that shows it', () => {
  const status = { 'var/lib/dpkg/status': 'Package: curl\n' };
  const release = (id: string, version: string) => ({ 'etc/os-release': `ID=${id}\nVERSION_ID="${version}"\n` });

  test.each([
    [
      'an app that installed packages',
      { 'app/x': '', ...status },
      'layer 2 is bound to the old base: it touches var/lib/dpkg/status, which is of the package database (paths)',
    ],
    [
      'an app that removed packages',
      { 'var/lib/dpkg/.wh.status': '' },
      'layer 2 is bound to the old base: it touches var/lib/dpkg/status, which is of the package database (paths)',
    ],
    [
      "an app that put a file in place of the base's folder",
      { './etc': '13' },
      'layer 2 is bound to the old base: it changes etc, which is of the old base (paths)',
    ],
    [
      "an app that deleted the base's files",
      { 'etc/.wh.debian_version': '' },
      'layer 2 is bound to the old base: it removes etc/debian_version, which is of the old base (paths)',
    ],
    [
      "an app that emptied the base's folder",
      { 'etc/.wh..wh..opq': '' },
      'layer 2 is bound to the old base: it removes etc, which is of the old base (paths)',
    ],
  ])('%s', async (_, files, why) => {
    expect(await refusal({ published: makeImage({ base: v1, layers: [await makeLayer(files)] }) })).toContain(why);
  });

  test.each([
    [
      'another release',
      release('debian', '13'),
      'the base went from debian 12 to debian 13 (etc/os-release) (runtimes)',
    ],
    [
      'another distribution',
      release('ubuntu', '12'),
      'the base went from debian 12 to ubuntu 12 (etc/os-release) (runtimes)',
    ],
    [
      'another C library',
      { ...release('debian', '12'), 'lib/ld-musl-x86_64.so.1': '' },
      "the base's C library went from none to musl (runtimes)",
    ],
    [
      'no distribution',
      { 'bin/busybox': '' },
      'the new base does not say which distribution it is (etc/os-release) (runtimes)',
    ],
  ])('a base that became %s', async (_, files, why) => {
    expect(await refusal({ fresh: makeImage({ layers: [await makeLayer(files)] }) })).toBe(why);
  });

  test('an image whose own Dockerfile feeds it from its base, whatever is checked out', async () => {
    const { engine, order } = await setUp();
    const fed = 'FROM debian:12 AS base\nFROM base AS made\nRUN make\nFROM base\nCOPY --from=made /app /app\n';
    expect(await engine.suits({ ...order, releasedDockerfile: 'FROM debian:12\n' })).toEqual(suitable);
    expect(await engine.suits({ ...order, build: { ...order.build, inline: fed } })).toMatchObject({
      kind: 'unsuitable',
      why: expect.stringContaining('its Dockerfile takes files from the stage "made", which stands on the same base'),
    });
    const released = { ...order, releasedDockerfile: 'FROM debian:12\n', build: { ...order.build, inline: fed } };
    expect(await engine.suits(released)).toEqual(suitable);
    const ahead = { ...order, releasedDockerfile: fed, build: { ...order.build, inline: 'FROM debian:12\n' } };
    expect((await engine.suits(ahead)).kind).toBe('unsuitable');
  });

  test('a base with triggers', async () => {
    const fresh = makeImage({ base: v2, config: { OnBuild: ['RUN true'] } });
    expect(await refusal({ fresh })).toBe('its base has ONBUILD instructions, which must run in a build (history)');
  });

  test('an image that buildpacks made and that says it must not', async () => {
    const published = makeImage({ base: v1, config: { Labels: { 'io.buildpacks.rebasable': 'false' } } });
    expect(await refusal({ published })).toBe('its label io.buildpacks.rebasable is "false" (buildpacks)');
  });

  test('a base that is not the one below', async () => {
    const published = makeImage({ base: v2, layers: app.layers.slice(1) });
    expect(await refusal({ published })).toBe('its layer 1 is not that of the base it is recorded to stand on');
  });

  test('another history', async () => {
    const old = makeImage({ layers: v1.layers, created: '2020-01-01T00:00:00Z', config: { Labels: { other: '1' } } });
    const { history, ...rest } = old.config.document;
    const edited = { ...rest, history: history.map((entry) => ({ ...entry, created_by: 'something else' })) };
    const published = reconfigured(app, {
      ...app.config.document,
      history: [...edited.history.slice(0, 1), ...app.config.document.history.slice(1)],
    });
    expect(await refusal({ old, published })).toBe(
      'its history does not begin with that of the base it is recorded to stand on',
    );
  });

  test('a layer that is no archive', async () => {
    const layer = await makeLayer({ 'app/x': 'x' });
    const bytes = Buffer.concat([layer.bytes.subarray(0, 40), Buffer.from('no deflate')]);
    const { digest, size } = server.store.putBlob('team/web', bytes);
    const published = makeImage({
      base: v1,
      layers: [{ ...layer, bytes, descriptor: { ...layer.descriptor, digest, size } }],
    });
    expect(await refusal({ published })).toMatch(/^layer sha256:[0-9a-f]{64} cannot be read \(/);
  });

  test('a layer whose bytes are kept from strangers', async () => {
    const layer = await makeLayer({ 'app/x': 'x' });
    const mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip+encrypted';
    const published = makeImage({ base: v1, layers: [{ ...layer, descriptor: { ...layer.descriptor, mediaType } }] });
    const manifest = {
      ...JSON.parse(published.bytes.toString()),
      layers: [...v1.layers.map(({ descriptor }) => descriptor), { ...layer.descriptor, mediaType }],
    };
    expect(await refusal({ published: reencoded(published, manifest) })).toContain(
      `cannot be read (it is ${mediaType})`,
    );
  });
});

describe('provenance of the rebase', () => {
  test('stands in the index, one for each platform, and is read as what the image was built on', async () => {
    const setting = await setUp({ published: makeIndex([app]) });
    await setting.engine.rebuild(setting.order);
    const reference = at(server, 'team/web', 'candidate');
    const manifest = await setting.registry.manifest(reference);
    const [image] = manifest.document.kind === 'index' ? manifest.document.manifests : [];
    const [provenance, ...more] = await readProvenance(setting.registry, { reference, manifest });
    expect(more).toEqual([]);
    expect(provenance?.subject).toBe(image?.digest);
    expect(provenance?.materials).toEqual([
      { reference: setting.order.pins[0]?.base.reference, digest: setting.after.digest, platform: amd64 },
      {
        reference: at(server, 'team/web', '1'),
        digest: setting.order.published?.manifest.descriptor.digest,
        platform: amd64,
      },
    ]);
  });

  test('is a referrer of an image that is one manifest, which stays one', async () => {
    const { engine, order, registry } = await setUp();
    const { digest } = await engine.rebuild(order);
    const [referrer, ...more] = await registry.referrers(order.candidate, digest);
    expect(more).toEqual([]);
    expect(referrer?.artifactType).toBe('application/vnd.in-toto+json');
    const layer = stored(referrer?.digest ?? '').layers[0];
    const said = JSON.parse(server.store.blob('team/web', layer?.digest ?? '')?.toString() ?? '');
    expect(layer?.annotations).toEqual({ 'in-toto.io/predicate-type': 'https://slsa.dev/provenance/v1' });
    expect(said).toMatchObject({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [
        {
          name: `pkg:docker/${encodeURIComponent(server.host)}/team/web@1?platform=linux%2Famd64`,
          digest: { sha256: digest.slice(7) },
        },
      ],
      predicateType: 'https://slsa.dev/provenance/v1',
      predicate: {
        buildDefinition: {
          buildType: 'urn:base-image-refresh:rebase:v1',
          externalParameters: { policy: 'when-safe' },
          internalParameters: { oldBase: `${server.host}/library/debian@${v1.descriptor.digest}` },
        },
        runDetails: { metadata: { startedOn: '2026-11-21T07:08:09.000Z' } },
      },
    });
  });
});

describe('the Dockerfile in the provenance of the published image', () => {
  const fed = 'FROM debian:12 AS build\nFROM debian:12\nCOPY --from=build /a /a\n';
  const attested = async (subject: Image) => {
    const data = Buffer.from('FROM debian:12\nCOPY a /a\n').toString('base64');
    const metadata = { 'https://mobyproject.org/buildkit@v1#metadata': { source: { infos: [{ data }] } } };
    const said = {
      predicateType: 'https://slsa.dev/provenance/v0.2',
      subject: [{ name: 'web', digest: { sha256: subject.descriptor.digest.slice('sha256:'.length) } }],
      predicate: { metadata },
    };
    const published = makeIndex([app], { others: [attest(server.store, 'team/web', app, said)] });
    const { engine, order } = await setUp({ published });
    return engine.suits({ ...order, build: { ...order.build, inline: fed } });
  };

  test('says what feeds the image, whatever the checkout says now', async () => {
    expect(await attested(app)).toEqual(suitable);
  });

  test('says nothing where it was made for another image', async () => {
    expect(await attested(v2)).toMatchObject({
      kind: 'unsuitable',
      why: 'its Dockerfile takes files from the stage "build", which stands on the same base (history)',
    });
  });
});

describe('a rebase by policy', () => {
  test('never, is refused with what sets it', async () => {
    const { engine, order } = await setUp({ policy: 'never' });
    expect(await engine.suits(order)).toEqual({
      kind: 'unsuitable',
      why: 'rebase is set to never',
      remedy: 'set rebase to when-safe',
    });
  });

  test('by force, takes what is bound to its base, and names every rule that is not met', async () => {
    const layers = [await makeLayer({ 'var/lib/dpkg/status': 'Package: mine\n' })];
    const config = { Labels: { 'io.buildpacks.rebasable': 'false' } };
    const published = makeImage({ base: v1, layers, config });
    const { engine, order } = await setUp({ published, policy: 'force' });
    expect(await engine.suits(order)).toEqual({ kind: 'suitable', why: 'forced' });
    const { notes } = await engine.rebuild(order);
    expect(notes).toEqual([
      'the rebase was forced, though it is not proved equal to a build: layer 2 is bound to the old base: it touches var/lib/dpkg/status, which is of the package database (paths); its label io.buildpacks.rebasable is "false" (buildpacks)',
    ]);
  });

  test('by force, takes what need not be forced, and says so', async () => {
    const { engine, order } = await setUp({ policy: 'force' });
    const { notes } = await engine.rebuild(order);
    expect(notes).toEqual(['the rebase was forced, and would have been made without it']);
  });

  test('by force, goes on where a layer cannot be read', async () => {
    const { engine, order } = await setUp({ policy: 'force' });
    for (const { descriptor } of v1.layers) server.store.deleteBlob('team/web', descriptor.digest);
    const { notes } = await engine.rebuild(order);
    expect(notes).toEqual([
      expect.stringMatching(/^the rebase was forced, though it is not proved equal to a build: .* \(forms\)$/),
    ]);
  });

  test('by force, keeps the record of the build stages that made its layers', async () => {
    const golang = baseOf('golang:1.22', { runtime: false, stage: 'build' });
    const more = [pinOf(golang, digestNo(2), digestNo(1)), pinOf(baseOf('rust:1', { runtime: false }), digestNo(3))];
    const { engine, order, after } = await setUp({ more, policy: 'force' });
    const { pinned } = await engine.rebuild(order);
    expect(pinned.map(({ digest }) => digest)).toEqual([after.digest, digestNo(1)]);
    const record = JSON.parse(stored('candidate').annotations['dev.base-image-refresh.bases'] ?? '');
    expect(record.map(({ digest }: Descriptor) => digest)).toEqual([after.digest, digestNo(1)]);
  });

  test('by force, still takes only what stands on the old base', async () => {
    const published = makeImage({ layers: app.layers.slice(1) });
    expect(await refusal({ published, policy: 'force' })).toBe(
      'its layer 1 is not that of the base it is recorded to stand on',
    );
  });
});

describe('more than one swap is a build', () => {
  const stage = (digest: Digest, from?: Digest) =>
    pinOf(baseOf('golang:1.22', { runtime: false, stage: 'build' }), digest, from);

  test('a build stage that did not move is no hindrance', async () => {
    const { engine, order } = await setUp({ more: [stage(digestNo(1), digestNo(1))] });
    expect(await engine.suits(order)).toEqual(suitable);
  });

  test('nor is a frontend, of which the record keeps what it knows', async () => {
    const frontend = baseOf('docker/dockerfile:1', { via: 'syntax', stage: null, runtime: false });
    const { engine, order } = await setUp({ more: [pinOf(frontend, digestNo(2), digestNo(1))] });
    await engine.rebuild(order);
    const record = JSON.parse(stored('candidate').annotations['dev.base-image-refresh.bases'] ?? '');
    expect(record[1]).toEqual({ reference: 'docker.io/docker/dockerfile:1', digest: digestNo(1) });
  });

  test('a build stage whose index moved, but not for our platform, is none', async () => {
    const other = makeImage({ layers: v1.layers, platform: { os: 'linux', architecture: 's390x' } });
    const [before, after] = [makeIndex([v1]), makeIndex([v1, other])];
    for (const index of [before, after]) await pushImage(server.store, 'library/golang', index);
    const golang = baseOf(`${server.host}/library/golang:1`, { runtime: false, stage: 'build' });
    const more = [pinOf(golang, after.descriptor.digest, before.descriptor.digest)];
    const { engine, order } = await setUp({ more });
    expect(await engine.suits(order)).toEqual(suitable);
    const elsewhere = baseOf(`${server.host}/library/golang:1`, {
      runtime: false,
      stage: 'build',
      platform: { os: 'linux', architecture: 's390x' },
    });
    const moved = { ...order, pins: [...order.pins.slice(0, 1), { ...more[0], base: elsewhere } as Pin] };
    expect(await engine.suits(moved)).toMatchObject({ kind: 'unsuitable' });
  });

  test('a build stage that moved', async () => {
    for (const image of [v1, v2]) await pushImage(server.store, 'library/golang', image);
    const golang = baseOf(`${server.host}/library/golang:1`, { runtime: false, stage: 'build' });
    const more = [pinOf(golang, v2.descriptor.digest, v1.descriptor.digest)];
    expect(await refusal({ more })).toBe(`${server.host}/library/golang:1 (build stage "build") moved for linux/amd64`);
  });

  test('a build stage of which nothing is recorded', async () => {
    expect(await refusal({ more: [stage(digestNo(1))] })).toBe(
      'nothing records which golang:1.22 (build stage "build") it was built on',
    );
  });

  test('an image without a recorded base', async () => {
    const { engine, order } = await setUp();
    const pins = order.pins.map(({ from: _, ...pin }) => pin);
    expect(await engine.suits({ ...order, pins })).toMatchObject({
      why: expect.stringContaining('nothing records which'),
    });
  });

  test('an image that was never published, and one on scratch', async () => {
    const { engine, order } = await setUp();
    const { published: _, ...unpublished } = order;
    expect(await engine.suits(unpublished)).toMatchObject({ why: 'it has not been published yet' });
    expect(await engine.suits({ ...order, pins: [] })).toMatchObject({ why: 'it stands on no base image' });
  });
});

test('an image of the repository is rebased on the candidate of its parent', async () => {
  const parent = await setUp();
  const base = baseOf(`${server.host}/team/web:1`);
  const child = makeImage({ base: app, layers: [await makeLayer({ 'srv/page': 'page' })], config: { Cmd: ['page'] } });
  const { digest } = await pushImage(server.store, 'team/page', child, '1');
  const built = await parent.engine.rebuild(parent.order);
  const reference = at(server, 'team/page', '1');
  const manifest = await parent.registry.manifest(withDigest(reference, digest));
  const pin: Pin = { base, digest: built.digest, source: built.reference, from: app.descriptor.digest };
  const order = orderOf(reference, [pin], { published: { reference, manifest }, build: { dockerfile: undefined } });
  await parent.engine.rebuild(order);
  const page = stored('candidate', 'team/page');
  const below = stored('candidate').layers.map((layer) => layer.digest);
  expect(page.layers.map((layer) => layer.digest)).toEqual([...below, child.layers.at(-1)?.descriptor.digest]);
  expect(page.annotations['org.opencontainers.image.base.digest']).toBe(built.digest);
  expect(configOf(page, 'team/page').history).toHaveLength(page.layers.length);
});

test('what another registry must send is said', async () => {
  const other = await start();
  const { engine, order } = await setUp();
  await pushImage(other.store, 'library/debian', v1);
  await pushImage(other.store, 'library/debian', v2, '12');
  const pins = [pinOf(baseOf(`${other.host}/library/debian:12`), v2.descriptor.digest, v1.descriptor.digest)];
  const { notes } = await engine.rebuild({ ...order, pins });
  const bytes = v2.layers[0]?.descriptor.size;
  expect(notes).toEqual([`1 layer of ${bytes} bytes copied, which could not be mounted from ${other.host}`]);
});

test('a base that cannot be read is its own failure, and no verdict about safety', async () => {
  const { engine, order } = await setUp({ pin: { from: digestNo(4) } });
  expect(await failureOf(engine.suits(order))).toMatchObject({ code: 'not-found' });
});

function reconfigured(image: Image, document: ConfigDocument): Image {
  const bytes = Buffer.from(JSON.stringify(document));
  const config = server.store.putBlob('team/web', bytes, image.config.descriptor.mediaType);
  const manifest = { ...JSON.parse(image.bytes.toString()), config };
  return reencoded({ ...image, config: { bytes, descriptor: config, document } }, manifest);
}

function reencoded(image: Image, manifest: object): Image {
  const bytes = Buffer.from(JSON.stringify(manifest));
  const { digest, size } = server.store.putBlob('team/web', bytes);
  return { ...image, bytes, descriptor: { ...image.descriptor, digest, size } };
}
