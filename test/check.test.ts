import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeOwnRecord } from '../core/baseline/own-record.ts';
import { registryAlone } from '../core/baseline/sources.ts';
import type { CheckRules } from '../core/check/check-rules.ts';
import type { CheckedImage } from '../core/check/checked.ts';
import { check } from '../core/check.ts';
import type { DiscoveredBuild } from '../core/discover/build.ts';
import type { BaseImage } from '../core/dockerfile/base-image.ts';
import { describeFailure } from '../core/failure.ts';
import { digestOf } from '../core/oci/digest.ts';
import { annotationKeys } from '../core/oci/manifest.ts';
import { formatReference, type Reference } from '../core/oci/reference.ts';
import type { Registry } from '../core/registry/registry.ts';
import { type Image, type ImageIndex, makeImage, makeIndex, makeLayer } from '../testing/images.ts';
import { pushImage } from '../testing/push.ts';
import { type FaultEffect, startRegistry, type TestRegistry } from '../testing/registry.ts';
import { at, closeHarnesses, createHarness } from './registry/harness.ts';

let server: TestRegistry;
beforeEach(async () => {
  server = await startRegistry();
});
afterEach(() => server.close());
afterAll(closeHarnesses);

const base = async (content: string) => makeImage({ layers: [await makeLayer({ 'etc/base': content })] });

function build(name: string, bases: readonly Reference[], overrides: Partial<BaseImage> = {}): DiscoveredBuild {
  const images = bases.map(
    (reference, stage): BaseImage => ({
      reference,
      raw: 'base:1',
      expanded: 'base:1',
      via: 'from',
      line: stage + 1,
      stage,
      reachable: true,
      runtime: stage === bases.length - 1,
      platform: null,
      ...overrides,
    }),
  );
  return {
    build: {
      name,
      dockerfile: 'Dockerfile',
      context: '.',
      args: {},
      contexts: {},
      platforms: [],
      releases: [at(server, `team/${name}`, '1')],
      provenance: {},
    },
    dockerfile: { kind: 'read', path: 'Dockerfile', bases: images },
  };
}

const rules = (registry: Registry): CheckRules => ({
  sources: registryAlone(registry),
  now: new Date(),
  staleWhen: 'digest',
  released: async ({ dockerfile }) => ({ record: { kind: 'absent' }, dockerfile }),
});

async function checkOne(discovered: DiscoveredBuild): Promise<CheckedImage> {
  const { registry } = createHarness();
  const [image] = await check(registry, [discovered], () => rules(registry));
  if (image === undefined) throw new Error('one build, one verdict');
  return image;
}

/** Publishes a base, then the app as the maker makes it on that base, then a newer base. */
async function publish(make: (old: Image) => Image | ImageIndex | Promise<Image | ImageIndex>, moved = true) {
  const [old, fresh] = [await base('old'), await base('new')];
  await pushImage(server.store, 'library/base', old, '1');
  await pushImage(server.store, 'team/web', await make(old), '1');
  if (moved) await pushImage(server.store, 'library/base', fresh, '1');
  return { old, fresh };
}

const named = (old: Image, name = `${server.host}/library/base:1`) => ({
  [annotationKeys.baseName]: name,
  [annotationKeys.baseDigest]: old.descriptor.digest,
});

async function provenance(subject: Image, digest: string): Promise<Image> {
  const statement = {
    predicateType: 'https://slsa.dev/provenance/v0.2',
    predicate: {
      materials: [
        {
          uri: `pkg:docker/${server.host}/library/base@1?platform=linux%2Famd64`,
          digest: { sha256: digest.replace('sha256:', '') },
        },
      ],
    },
  };
  const blob = server.store.putBlob('team/web', JSON.stringify(statement), 'application/vnd.in-toto+json');
  const config = server.store.putBlob('team/web', '{}', 'application/vnd.oci.image.config.v1+json');
  const manifest = server.store.putManifest('team/web', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config,
    layers: [{ ...blob, annotations: { 'in-toto.io/predicate-type': 'https://slsa.dev/provenance/v0.2' } }],
  });
  return {
    ...subject,
    descriptor: {
      ...manifest,
      platform: { os: 'unknown', architecture: 'unknown' },
      annotations: {
        'vnd.docker.reference.type': 'attestation-manifest',
        'vnd.docker.reference.digest': subject.descriptor.digest,
      },
    },
  };
}

describe('what the published image was built on', () => {
  const onTop = (old: Image) => makeIndex([makeImage({ base: old })], { annotations: named(old) });
  it.each<[string, (old: Image) => Image | ImageIndex | Promise<Image | ImageIndex>, string | null]>([
    [
      'our own record on the index',
      (old) =>
        makeIndex([makeImage({ base: old })], {
          annotations: {
            [annotationKeys.bases]: writeOwnRecord([
              { reference: `${server.host}/library/base:1`, digest: old.descriptor.digest },
            ]),
          },
        }),
      'own-record',
    ],
    [
      'our record of the base itself, which Buildah hands down beside the name of that base',
      (old) =>
        makeImage({
          base: old,
          annotations: {
            [annotationKeys.baseName]: `${server.host}/team/platform:1`,
            [annotationKeys.bases]: writeOwnRecord([
              { reference: `${server.host}/library/base:1`, digest: old.descriptor.digest },
            ]),
          },
        }),
      null,
    ],
    ['annotations on the index', onTop, 'annotation'],
    ['annotations on the manifest', (old) => makeImage({ base: old, annotations: named(old) }), 'annotation'],
    ['labels of the configuration', (old) => makeImage({ base: old, config: { Labels: named(old) } }), 'label'],
    [
      "BuildKit's provenance",
      async (old) => {
        const app = makeImage({ base: old });
        const attestation = await provenance(app, old.descriptor.digest);
        return makeIndex([app], { others: [attestation.descriptor] });
      },
      'buildkit-provenance',
    ],
    ['annotations that name another base', (old) => makeImage({ base: old, annotations: named(old, 'other:1') }), null],
    [
      'a label without a name, which may be inherited',
      (old) => makeImage({ base: old, config: { Labels: { [annotationKeys.baseDigest]: old.descriptor.digest } } }),
      null,
    ],
    ['a record that is no JSON', (old) => makeImage({ base: old, annotations: { [annotationKeys.bases]: '{' } }), null],
    ['nothing at all', (old) => makeImage({ base: old }), null],
  ])('is read from %s, or is unrecorded', async (_, make, evidence) => {
    const { old, fresh } = await publish(make);
    const image = await checkOne(build('web', [at(server, 'library/base', '1')]));
    expect(image.verdict).toBe('stale');
    const [checked] = image.bases;
    if (evidence === null) {
      expect(checked?.freshness).toEqual({ kind: 'unrecorded', to: fresh.descriptor.digest });
      return;
    }
    expect(checked?.baseline).toMatchObject({ kind: 'recorded', evidence });
    expect(checked?.freshness).toEqual({ kind: 'stale', from: old.descriptor.digest, to: fresh.descriptor.digest });
  });

  it('is shown by the layers where the base has not moved', async () => {
    await publish((old) => makeImage({ base: old }), false);
    const image = await checkOne(build('web', [at(server, 'library/base', '1')]));
    expect(image.verdict).toBe('current');
    expect(image.bases[0]?.baseline).toMatchObject({ evidence: 'layers', confidence: 'medium' });
  });

  it('is judged by the record that upstream has left where records disagree', async () => {
    const [old, fresh] = [await base('old'), await base('new')];
    await pushImage(server.store, 'library/base', fresh, '1');
    const app = makeImage({ base: old });
    const attestation = await provenance(app, old.descriptor.digest);
    await pushImage(
      server.store,
      'team/web',
      makeIndex([app], { annotations: named(fresh), others: [attestation.descriptor] }),
      '1',
    );
    const image = await checkOne(build('web', [at(server, 'library/base', '1')]));
    expect(image.verdict).toBe('stale');
    expect(image.bases[0]?.baseline).toMatchObject({
      evidence: 'buildkit-provenance',
      disputedBy: [{ evidence: 'annotation', digest: fresh.descriptor.digest }],
    });
  });
});

describe('platforms', () => {
  const arm = { os: 'linux', architecture: 'arm64' };
  it('an index that moved for others only is unchanged', async () => {
    const [amd, armOld, armNew] = [
      await base('amd'),
      makeImage({ layers: [await makeLayer({ a: 'arm old' })], platform: arm }),
      makeImage({ layers: [await makeLayer({ a: 'arm new' })], platform: arm }),
    ];
    const [before, after] = [makeIndex([amd, armOld]), makeIndex([amd, armNew])];
    await pushImage(server.store, 'library/base', before, '1');
    await pushImage(
      server.store,
      'team/web',
      makeImage({
        base: amd,
        annotations: {
          [annotationKeys.baseName]: `${server.host}/library/base:1`,
          [annotationKeys.baseDigest]: before.descriptor.digest,
        },
      }),
      '1',
    );
    await pushImage(server.store, 'library/base', after, '1');
    const image = await checkOne(build('web', [at(server, 'library/base', '1')]));
    expect(image.verdict).toBe('current');
    expect(image.bases[0]?.freshness.kind).toBe('unchanged-for-platforms');
  });

  it.each([
    ['linux', { os: 'linux', architecture: 'amd64' }],
    ['a build of Windows', { os: 'windows', architecture: 'amd64', osVersion: '10.0.20348.1' }],
  ])('the image is not read for the platform where its Dockerfile names it: %s', async (_, platform) => {
    const of = async (content: string) => makeImage({ layers: [await makeLayer({ content })], platform });
    const [old, other] = [await of('old'), makeImage({ layers: [await makeLayer({ a: 'arm' })], platform: arm })];
    await pushImage(server.store, 'library/base', makeIndex([old, other]), '1');
    const before = server.store.digestOf('library/base', '1') ?? '';
    const annotations = { ...named(old), [annotationKeys.baseDigest]: before };
    await pushImage(server.store, 'team/web', makeImage({ base: old, annotations, platform }), '1');
    await pushImage(server.store, 'library/base', makeIndex([await of('new'), other]), '1');
    server.forgetRequests();
    const image = await checkOne(build('web', [at(server, 'library/base', '1')], { platform }));
    expect(image.verdict).toBe('stale');
    expect(server.requests.filter(({ path }) => path.includes('team/web/blobs'))).toEqual([]);
  });

  it('a platform that is asked for and that the image lacks is a verdict of its own', async () => {
    const current = await base('amd');
    await pushImage(server.store, 'library/base', current, '1');
    const annotations = {
      [annotationKeys.baseName]: `${server.host}/library/base:1`,
      [annotationKeys.baseDigest]: current.descriptor.digest,
    };
    await pushImage(server.store, 'team/web', makeImage({ base: current, annotations }), '1');
    const asked = build('web', [at(server, 'library/base', '1')]);
    const { verdict, failure } = await checkOne({ ...asked, build: { ...asked.build, platforms: [arm] } });
    expect(verdict).toBe('lacks-platform');
    expect(describeFailure(failure ?? expect.fail())).toBe(
      'web: the published image lacks linux/arm64, and has linux/amd64; leave linux/arm64 out of platform, publish the image for it, or rebuild it with force.',
    );
    const amd = { os: 'linux', architecture: 'amd64' };
    expect((await checkOne({ ...asked, build: { ...asked.build, platforms: [amd] } })).verdict).toBe('current');
  });

  it('a platform that the base no longer has is no "current"', async () => {
    const armOld = makeImage({ layers: [await makeLayer({ a: 'arm' })], platform: arm });
    const before = makeIndex([await base('amd'), armOld]);
    await pushImage(server.store, 'library/base', before, '1');
    await pushImage(
      server.store,
      'team/web',
      makeIndex([makeImage({ base: armOld })], {
        annotations: { [annotationKeys.baseDigest]: before.descriptor.digest },
      }),
      '1',
    );
    await pushImage(server.store, 'library/base', makeIndex([await base('amd 2')]), '1');
    const image = await checkOne(build('web', [at(server, 'library/base', '1')]));
    expect(image.verdict).toBe('unknown');
    expect(image.bases[0]?.freshness).toMatchObject({ kind: 'platform-missing', platforms: ['linux/arm64'] });
  });
});

describe('what cannot be checked is never current', () => {
  it.each<[string, FaultEffect, string]>([
    ['refused', { kind: 'status', status: 401 }, 'unauthorised'],
    ['forbidden', { kind: 'status', status: 403 }, 'forbidden'],
    ['absent', { kind: 'status', status: 404 }, 'not-found'],
    ['broken', { kind: 'status', status: 503 }, 'unreachable'],
    ['reset', { kind: 'reset' }, 'unreachable'],
    ['rate limited', { kind: 'rate-limited', retryAfter: '1' }, 'rate-limited'],
  ])('%s', async (_, effect, code) => {
    await publish((old) => makeIndex([makeImage({ base: old })], { annotations: named(old) }), false);
    server.inject({ path: /library\/base/, effect });
    const image = await checkOne(build('web', [at(server, 'library/base', '1')]));
    expect(image.verdict).toBe('unknown');
    const { freshness } = image.bases[0] ?? {};
    expect(freshness?.kind === 'unknown' && freshness.failure.code).toBe(code);
  });

  it('an image that cannot be read is unknown, whatever its bases are', async () => {
    await publish((old) => makeImage({ base: old, annotations: named(old) }), false);
    server.inject({ path: /team\/web/, effect: { kind: 'status', status: 403 } });
    const image = await checkOne(build('web', [at(server, 'library/base', '1')]));
    expect(image.verdict).toBe('unknown');
    expect(image.failure?.code).toBe('forbidden');
  });

  it('an image of which nobody says where it is published asks for that', async () => {
    const discovered = build('web', [at(server, 'library/base', '1')]);
    const image = await checkOne({ ...discovered, build: { ...discovered.build, releases: [] } });
    expect(image.verdict).toBe('unknown');
    expect(image.failure && describeFailure(image.failure)).toBe(
      'web: nothing says where the image of Dockerfile is published; give --image web=REGISTRY/REPOSITORY:TAG or name it under images: in .base-image-refresh.yml.',
    );
  });
});

describe('release tags', () => {
  const current = () => publish((old) => makeIndex([makeImage({ base: old })], { annotations: named(old) }), false);
  const released = (name: string, ...releases: readonly Reference[]): DiscoveredBuild => {
    const made = build(name, [at(server, 'library/base', '1')]);
    return { ...made, build: { ...made.build, releases } };
  };

  it.each<[string, string | undefined, string]>([
    ['is behind', 'older', 'stale'],
    ['is not there', undefined, 'stale'],
    ['names the same image', 'same', 'current'],
  ])('a further tag that %s counts too', async (_, content, verdict) => {
    await current();
    const published = server.store.manifest('team/web', '1');
    if (content === 'older') await pushImage(server.store, 'team/web', await base('older'), 'latest');
    if (content === 'same' && published !== undefined) {
      server.store.putManifest('team/web', published.bytes, { mediaType: published.mediaType, tag: 'latest' });
    }
    const image = await checkOne(released('web', at(server, 'team/web', '1'), at(server, 'team/web', 'latest')));
    expect(image.verdict).toBe(verdict);
  });

  it('a further tag counts where the first one is not there', async () => {
    const { fresh } = await current();
    await pushImage(server.store, 'team/web', fresh, 'latest');
    const image = await checkOne(released('web', at(server, 'team/web', 'never'), at(server, 'team/web', 'latest')));
    expect([image.verdict, image.failure]).toEqual(['stale', undefined]);
  });

  it('a further tag that cannot be read leaves the image unknown', async () => {
    await current();
    server.inject({ path: /manifests\/latest/, effect: { kind: 'status', status: 403 } });
    const image = await checkOne(released('web', at(server, 'team/web', '1'), at(server, 'team/web', 'latest')));
    expect(image.verdict).toBe('unknown');
    expect(image.failure?.code).toBe('forbidden');
  });

  it('cannot be shared by two builds', async () => {
    await current();
    const { registry } = createHarness();
    const tag = at(server, 'team/web', '1');
    const images = await check(
      registry,
      [released('web', tag), released('api', at(server, 'team/api', '1'), tag)],
      () => rules(registry),
    );
    expect(images.map(({ failure }) => failure && describeFailure(failure))).toEqual([
      `web: ${server.host}/team/web:1 is the release tag of api too; give each image a repository or a tag of its own.`,
      `api: ${server.host}/team/web:1 is the release tag of web too; give each image a repository or a tag of its own.`,
    ]);
  });

  it('cannot be held at a digest', async () => {
    const { old } = await current();
    const tag = { ...at(server, 'team/web', '1'), digest: old.descriptor.digest };
    const { failure } = await checkOne(released('web', tag));
    expect(failure && describeFailure(failure)).toBe(
      `web: ${server.host}/team/web:1@${old.descriptor.digest} is held at a digest, which cannot move; give its release tag alone.`,
    );
  });

  it('cannot be the base of its own image, which would always look current', async () => {
    await current();
    const image = await checkOne(build('web', [at(server, 'team/web', '1')]));
    expect(image.verdict).toBe('unknown');
    const { freshness } = image.bases[0] ?? {};
    expect(freshness?.kind === 'unknown' && describeFailure(freshness.failure)).toBe(
      `web: is built on its own release tag ${server.host}/team/web:1, so that no rebuild could bring it up to date; name a base that another build publishes.`,
    );
  });
});

describe('images that stand on one another', () => {
  it('are each checked, though two of them go round in a circle', async () => {
    const { registry } = createHarness();
    for (const name of ['web', 'one', 'two']) await pushImage(server.store, `team/${name}`, await base(name), '1');
    const on = (name: string, base: string) => build(name, [at(server, `team/${base}`, '1')]);
    const checked = await check(registry, [on('web', 'one'), on('one', 'two'), on('two', 'one')], () =>
      rules(registry),
    );
    expect(checked.map(({ verdict }) => verdict)).toEqual(['stale', 'stale', 'stale']);
  });

  it('has a window to settle in without a memory of earlier runs', async () => {
    await publish((old) => makeIndex([makeImage({ base: old })], { annotations: named(old) }));
    const { registry } = createHarness();
    const [image] = await check(registry, [build('web', [at(server, 'library/base', '1')])], () => ({
      ...rules(registry),
      settle: 3_600_000,
    }));
    expect([image?.verdict, image?.bases[0]?.freshness.kind]).toEqual(['stale', 'stale']);
  });
});

describe('requests', () => {
  it('asks for each distinct reference once, by HEAD, and fetches nothing of a base that has not moved', async () => {
    const { old } = await publish(
      (image) =>
        makeIndex([makeImage({ base: image })], {
          annotations: {
            ...named(image),
            [annotationKeys.bases]: writeOwnRecord([
              { reference: formatReference(at(server, 'library/base', '1')), digest: image.descriptor.digest },
            ]),
          },
        }),
      false,
    );
    const { registry } = createHarness();
    server.forgetRequests();
    const published = server.store.digestOf('team/web', '1') ?? digestOf('nothing');
    const builds = [1, 2, 3].map((number) => {
      const made = build('web', [at(server, 'library/base', '1')]);
      const release = at(server, 'team/web', `1-${number}`);
      server.store.tag('team/web', release.tag, published);
      return { ...made, build: { ...made.build, name: `web-${number}`, releases: [release] } };
    });
    const images = await check(registry, builds, () => rules(registry));
    expect(images.map(({ verdict }) => verdict)).toEqual(['current', 'current', 'current']);
    expect(old.descriptor.digest).toBe(server.store.digestOf('library/base', '1'));
    const ofBase = server.requests.filter(({ path }) => path.includes('library/base'));
    expect(ofBase.map(({ method, path }) => `${method} ${path}`)).toEqual(['HEAD /v2/library/base/manifests/1']);
    expect(server.requests.length).toBeLessThanOrEqual(5);
  });

  it('takes a missing image for one to be built, and a missing parent for one that its own build will publish', async () => {
    await pushImage(server.store, 'library/base', await base('new'), '1');
    const { registry } = createHarness();
    const images = await check(
      registry,
      [build('platform', [at(server, 'library/base', '1')]), build('web', [at(server, 'team/platform', '1')])],
      () => rules(registry),
    );
    expect(images.map(({ verdict }) => verdict)).toEqual(['stale', 'stale']);
    expect(images[1]?.bases[0]).toMatchObject({ parent: 'platform', freshness: { kind: 'missing' } });
  });
});
