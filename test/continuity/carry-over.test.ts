import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PlannedSigning } from '../../core/continuity/assessed.ts';
import { carryOver, type Succession } from '../../core/continuity/carry-over.ts';
import type { Aspect } from '../../core/continuity/settings.ts';
import type { Descriptor } from '../../core/oci/manifest.ts';
import { withDigest } from '../../core/oci/reference.ts';
import type { BuiltImage } from '../../core/rebuild/engine.ts';
import { type Image, type ImageIndex, type ImageParts, makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { baseOf, orderOf, pinOf } from '../rebuild/support.ts';
import { at, closeHarnesses, createHarness } from '../registry/harness.ts';

let server: TestRegistry;
let old: Image;
let fresh: Image;

beforeEach(async () => {
  server = await startRegistry();
  const labels = (value: string) => ({ Labels: { 'of.base': value } });
  old = makeImage({ layers: [await makeLayer({ base: 'old' })], config: labels('old') });
  fresh = makeImage({ layers: [await makeLayer({ base: 'new' })], config: labels('new') });
  await pushImage(server.store, 'library/base', old, 'old');
  await pushImage(server.store, 'library/base', fresh, '1');
});
afterEach(() => server.close());
afterAll(closeHarnesses);

const app = async (base: Image, config: Readonly<Record<string, unknown>> = {}, more: Partial<ImageParts> = {}) =>
  makeImage({
    base,
    layers: [await makeLayer({ app: 'app' })],
    config: { ...base.config.document.config, ...config },
    ...more,
  });

interface Case {
  readonly signing?: PlannedSigning;
  readonly accept?: readonly Aspect[];
  readonly sboms?: Succession['makeSboms'];
}

const noSboms: Succession['makeSboms'] = async () => {
  throw new Error('there is no Trivy');
};

/** Has a candidate succeed what is published as `team/web:1`. */
async function succeed(published: Image | ImageIndex, candidate: Image | ImageIndex, options: Case = {}) {
  const { registry } = createHarness();
  await pushImage(server.store, 'team/web', published, '1');
  const { digest } = await pushImage(server.store, 'team/web', candidate, 'candidate');
  const reference = at(server, 'team/web', '1');
  const base = baseOf(`${server.host}/library/base:1`);
  const order = orderOf(reference, [pinOf(base, fresh.descriptor.digest, old.descriptor.digest)], { annotations: {} });
  const built: BuiltImage = {
    reference: withDigest(order.candidate, digest),
    digest,
    engine: 'docker',
    pinned: order.pins,
    evidence: 'layers',
    durationMs: 1,
    notes: [],
  };
  const successor = await carryOver(
    {
      registry,
      order,
      published: { reference, manifest: await registry.manifest(reference) },
      accept: options.accept ?? [],
      makeSboms: options.sboms ?? noSboms,
      now: () => new Date(0),
      ...(options.signing === undefined ? {} : { signing: options.signing }),
    },
    built,
  );
  const held = server.store.manifest('team/web', successor.built.digest);
  const top = JSON.parse(String(held?.bytes));
  expect(server.store.digestOf('team/web', 'candidate')).toBe(successor.built.digest);
  const { carried, explained, broken } = successor.continuity;
  const names = (all: readonly { readonly what: string }[]) => all.map(({ what }) => what);
  return { ...successor, top, carried: names(carried), explained: names(explained), broken: names(broken) };
}

const json = (digest: string) => JSON.parse(String(server.store.manifest('team/web', digest)?.bytes));
const configOf = (digest: string) => JSON.parse(String(server.store.blob('team/web', json(digest).config.digest)));

/** An attestation of an image in an index, as BuildKit stores it. */
function attestation(image: Image, type: string): Descriptor {
  const { store } = server;
  const [, hex] = image.descriptor.digest.split(':');
  const statement = { predicateType: type, subject: [{ name: 'web', digest: { sha256: hex } }], predicate: {} };
  const layer = store.putBlob('team/web', JSON.stringify(statement), 'application/vnd.in-toto+json');
  const rootfs = { type: 'layers', diff_ids: [layer.digest] };
  const config = store.putBlob(
    'team/web',
    JSON.stringify({ architecture: 'unknown', os: 'unknown', rootfs }),
    'application/vnd.oci.image.config.v1+json',
  );
  const descriptor = store.putManifest('team/web', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config,
    layers: [{ ...layer, annotations: { 'in-toto.io/predicate-type': type } }],
  });
  const annotations = {
    'vnd.docker.reference.digest': image.descriptor.digest,
    'vnd.docker.reference.type': 'attestation-manifest',
  };
  return { ...descriptor, annotations, platform: { os: 'unknown', architecture: 'unknown' } };
}

const provenance = 'https://slsa.dev/provenance/v1';
const spdx = 'https://spdx.dev/Document';

describe('a candidate', () => {
  test('gets labels and annotations that the pipeline added, and those of the new base', async () => {
    const published = makeIndex(
      [await app(old, { Labels: { 'of.base': 'old', version: '1.2' } }, { annotations: { team: 'web' } })],
      { annotations: { 'of.index': 'yes' } },
    );
    const candidate = await app(fresh);
    const { top, carried, explained, broken, built } = await succeed(published, makeIndex([candidate]));
    expect(top.annotations).toEqual({ 'of.index': 'yes' });
    const [child] = top.manifests;
    expect(json(child.digest).annotations).toEqual({ team: 'web' });
    expect(configOf(child.digest).config.Labels).toEqual({ 'of.base': 'new', version: '1.2' });
    expect(configOf(child.digest).rootfs).toEqual(candidate.config.document.rootfs);
    expect(carried).toEqual(['label version', 'index annotation of.index', 'manifest annotation team']);
    expect(explained).toEqual(['label of.base']);
    expect(broken).toEqual([]);
    expect(built.reference.digest).toBe(built.digest);
  });

  test('is left as it is, byte for byte, where nothing is to be carried over', async () => {
    const candidate = makeIndex([await app(fresh)]);
    const { built, carried, broken } = await succeed(makeIndex([await app(old)]), candidate);
    expect([built.digest, carried, broken]).toEqual([candidate.descriptor.digest, [], []]);
    expect(server.writes()).toEqual([]);
  });

  test('becomes a plain manifest where one is published, its own attestations left out', async () => {
    const candidate = await app(fresh);
    const index = makeIndex([candidate], { others: [attestation(candidate, provenance)] });
    const { top, carried, broken } = await succeed(await app(old), index);
    expect(top.mediaType).toBe('application/vnd.oci.image.manifest.v1+json');
    expect(carried).toEqual(['form']);
    expect(broken).toEqual([]);
  });

  test('becomes an index where one is published, with provenance where that had it', async () => {
    const published = await app(old);
    const index = makeIndex([published], { others: [attestation(published, provenance)], annotations: { a: 'b' } });
    const { top, carried, broken } = await succeed(index, await app(fresh));
    expect(broken).toEqual([]);
    expect(carried).toEqual(['index annotation a', 'attestation of kind provenance', 'form']);
    const [image, attested] = top.manifests;
    expect(image.platform).toEqual({ os: 'linux', architecture: 'amd64' });
    expect(attested.annotations['vnd.docker.reference.digest']).toBe(image.digest);
    const statement = JSON.parse(String(server.store.blob('team/web', json(attested.digest).layers[0].digest)));
    expect(statement.subject[0].digest.sha256).toBe(image.digest.slice(7));
    expect(statement.predicate.buildDefinition.resolvedDependencies[0].digest.sha256).toBe(
      fresh.descriptor.digest.slice(7),
    );
  });

  test('that gets a label keeps the attestations of its build, which name it anew', async () => {
    const published = await app(old, { Labels: { 'of.base': 'old', version: '1' } });
    const index = makeIndex([published], { others: [attestation(published, provenance)] });
    const candidate = await app(fresh);
    const { top, broken } = await succeed(
      index,
      makeIndex([candidate], { others: [attestation(candidate, provenance)] }),
    );
    expect(broken).toEqual([]);
    const [image, attested] = top.manifests;
    expect(image.digest).not.toBe(candidate.descriptor.digest);
    expect(attested.annotations['vnd.docker.reference.digest']).toBe(image.digest);
    const manifest = json(attested.digest);
    const statement = JSON.parse(String(server.store.blob('team/web', manifest.layers[0].digest)));
    expect(statement.subject[0].digest.sha256).toBe(image.digest.slice(7));
    const config = JSON.parse(String(server.store.blob('team/web', manifest.config.digest)));
    expect(config.rootfs.diff_ids).toEqual([manifest.layers[0].digest]);
  });

  test('gets the health check that builders of OCI images drop', async () => {
    const Healthcheck = { Test: ['CMD', 'true'] };
    const { top, carried, broken } = await succeed(await app(old, { Healthcheck }), await app(fresh));
    expect([carried, broken]).toEqual([['health check'], []]);
    const { config } = JSON.parse(String(server.store.blob('team/web', top.config.digest)));
    expect(config).toEqual({ ...fresh.config.document.config, Healthcheck });
  });

  test('gets an SBOM of the form that was published, and is held where none can be made', async () => {
    const published = await app(old);
    const index = makeIndex([published], { others: [attestation(published, spdx)] });
    const asked: string[] = [];
    const sboms: Succession['makeSboms'] = async (image, form) => {
      asked.push(form);
      return [{ type: spdx, digest: image.digest, document: { spdxVersion: 'SPDX-2.3' } }];
    };
    const made = await succeed(index, await app(fresh), { sboms });
    expect([made.broken, asked]).toEqual([[], ['spdx-json']]);
    const attested = json(made.top.manifests[1].digest);
    expect(attested.layers[0].annotations).toEqual({ 'in-toto.io/predicate-type': spdx });
    const without = await succeed(index, await app(fresh));
    expect(without.continuity.broken).toMatchObject([
      { aspect: 'attestations', remedy: expect.stringContaining('there is no Trivy') },
    ]);
  });
});

describe('what cannot be carried over', () => {
  const cases: readonly (readonly [
    string,
    () => Promise<readonly [Image | ImageIndex, Image | ImageIndex]>,
    string,
  ])[] = [
    [
      'a platform',
      async () => [
        makeIndex([await app(old), await app(old, {}, { platform: { os: 'linux', architecture: 'arm64' } })]),
        makeIndex([await app(fresh)]),
      ],
      'platforms',
    ],
    ['a user', async () => [await app(old, { User: 'app' }), await app(fresh)], 'configuration'],
    [
      'a base that it does not stand on',
      async () => [
        await app(old),
        makeImage({ layers: [await makeLayer({ a: 'b' })], config: fresh.config.document.config }),
      ],
      'base-layers',
    ],
  ];
  test.each(cases)('%s breaks continuity, unless that is accepted', async (_, images, aspect) => {
    const [published, candidate] = await images();
    const { continuity } = await succeed(published, candidate);
    expect(continuity.broken.map((one) => one.aspect)).toEqual([aspect]);
    expect(continuity.broken[0]?.remedy).toContain(`accept ${aspect}`);
    const accepted = await succeed(published, candidate, { accept: [aspect as Aspect] });
    expect(accepted.broken).toEqual([]);
    expect(accepted.continuity.explained.map(({ because }) => because)).toContain('accepted');
  });

  test('an aspect that is accepted is left as the build makes it', async () => {
    const candidate = makeIndex([await app(fresh)]);
    const { built } = await succeed(await app(old, { Labels: { 'of.base': 'old', a: '1' } }), candidate, {
      accept: ['form', 'labels'],
    });
    expect(built.digest).toBe(candidate.descriptor.digest);
  });

  const signature = (image: Image | ImageIndex, artifactType: string) => {
    const empty = server.store.putBlob('team/web', '{}', 'application/vnd.oci.empty.v1+json');
    server.store.putManifest('team/web', {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      artifactType,
      config: empty,
      layers: [empty],
      subject: { ...image.descriptor, platform: undefined },
    });
  };
  const cosigned = (image: Image | ImageIndex) => {
    const layer = server.store.putBlob('team/web', 'payload', 'application/vnd.dev.cosign.simplesigning.v1+json');
    const tag = `${image.descriptor.digest.replace(':', '-')}.sig`;
    const empty = server.store.putBlob('team/web', '{}', 'application/vnd.oci.image.config.v1+json');
    server.store.putManifest(
      'team/web',
      { schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json', config: empty, layers: [layer] },
      { tag },
    );
  };
  const by = (tool: 'cosign' | 'notation', isRecursive = true) => ({ signing: { tool, attests: [], isRecursive } });

  test.each([
    ['cosign', undefined, ['signature by cosign']],
    ['cosign', by('notation'), ['signature by cosign']],
    ['cosign', by('cosign'), []],
    ['notation', undefined, ['signature by notation']],
    ['notation', by('notation'), []],
  ] as const)('a signature by %s, where the run signs by %j', async (tool, options, expected) => {
    const published = makeIndex([await app(old)]);
    await pushImage(server.store, 'team/web', published, '1');
    if (tool === 'cosign') cosigned(published);
    else signature(published, 'application/vnd.cncf.notary.signature');
    const { broken } = await succeed(published, makeIndex([await app(fresh)]), options);
    expect(broken).toEqual(expected);
  });

  test('signatures of the platforms, where the index alone is signed', async () => {
    const child = await app(old);
    const published = makeIndex([child]);
    await pushImage(server.store, 'team/web', published, '1');
    for (const image of [child, published]) cosigned(image);
    const { broken } = await succeed(published, makeIndex([await app(fresh)]), by('cosign', false));
    expect(broken).toEqual(['signature of each platform by cosign']);
  });

  test.each([401, 403])(
    'signatures that a listing refused with %d may hide, unless that is accepted',
    async (status) => {
      const published = makeIndex([await app(old)]);
      await pushImage(server.store, 'team/web', published, '1');
      signature(published, 'application/vnd.cncf.notary.signature');
      server.inject({ method: 'GET', path: /^\/v2\/team\/web\/referrers\//, effect: { kind: 'status', status } });
      const { continuity } = await succeed(published, makeIndex([await app(fresh)]));
      expect(continuity.broken).toMatchObject([
        {
          aspect: 'signature',
          from: expect.stringMatching(new RegExp(`could not be looked for: .*${status}`)),
          remedy: 'accept signature, or give credentials that may list referrers',
        },
      ]);
      const accepted = await succeed(published, makeIndex([await app(fresh)]), { accept: ['signature'] });
      expect(accepted.broken).toEqual([]);
    },
  );

  test('a registry without a list of referrers hides none', async () => {
    server.inject({ method: 'GET', path: /^\/v2\/team\/web\/referrers\//, effect: { kind: 'status', status: 404 } });
    const { broken } = await succeed(makeIndex([await app(old)]), makeIndex([await app(fresh)]));
    expect(broken).toEqual([]);
  });

  test('signatures among more referrers than are read', async () => {
    const published = makeIndex([await app(old)]);
    await pushImage(server.store, 'team/web', published, '1');
    for (let at = 0; at < 65; at += 1) signature(published, `application/vnd.acme.note-${at}`);
    const { continuity } = await succeed(published, makeIndex([await app(fresh)]));
    expect(continuity.broken.filter(({ aspect }) => aspect === 'signature')).toMatchObject([
      { from: 'could not be looked for: 65 referrers, of which 64 are read' },
    ]);
  });
});
