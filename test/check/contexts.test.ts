import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registryAlone } from '../../core/baseline/sources.ts';
import { check } from '../../core/check.ts';
import { describeFailure } from '../../core/failure.ts';
import { formatReference } from '../../core/oci/reference.ts';
import { plan } from '../../core/plan/plan.ts';
import { type Image, makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { discovered, shop } from '../discover/support.ts';
import { closeHarnesses, createHarness } from '../registry/harness.ts';

let server: TestRegistry;
beforeEach(async () => {
  server = await startRegistry();
});
afterEach(() => server.close());
afterAll(closeHarnesses);

const layer = (content: string) => makeLayer({ 'etc/base': content });

/** Checks a repository whose files have the registry's address for `{host}`. */
async function checked(files: Readonly<Record<string, string>>, inputs: Readonly<Record<string, string>> = {}) {
  const texts = Object.entries(files).map(([name, text]) => [name, text.replaceAll('{host}', server.host)] as const);
  const { builds } = await discovered(shop(Object.fromEntries(texts)), inputs);
  const { registry } = createHarness();
  const images = await check(registry, builds, () => ({
    sources: registryAlone(registry),
    now: new Date(),
    staleWhen: 'digest',
    released: async ({ dockerfile }) => ({ record: { kind: 'absent' }, dockerfile }),
  }));
  const levels = plan(images, { force: false }).levels.map((steps) =>
    steps.map(({ kind, image }) => `${kind} ${image.build.name}`),
  );
  return { images, levels };
}

const short = ({ images }: Awaited<ReturnType<typeof checked>>) =>
  Object.fromEntries(
    images.map(({ build, verdict, bases, failure }) => [
      build.name,
      [
        verdict,
        ...bases.map(({ base, parent }) => `${formatReference(base.reference).replace(server.host, '')} ${parent}`),
        ...(failure === undefined ? [] : [describeFailure(failure).replaceAll(server.host, '')]),
      ],
    ]),
  );

const app = 'FROM shopbase\nRUN echo app\n';
const bake = (contexts: object, base: object = { tags: ['{host}/bk/base:1'] }) =>
  JSON.stringify({
    target: {
      base: { context: 'base', ...base },
      app: { context: 'app', contexts, tags: ['{host}/bk/app:1'] },
    },
  });
const compose = (additional: string) =>
  `services:
  base: { image: "{host}/bk/base:1", build: ./base }
  app:
    image: "{host}/bk/app:1"
    build: { context: ./app, additional_contexts: { shopbase: "${additional}" } }
`;
const files = { 'app/Dockerfile': app, 'base/Dockerfile': 'FROM {host}/library/debian:31\n' };

/** debian:31, base and app as they were released, and debian:31 moved since. */
async function released(make: (base: Image, debian: Image) => Image | Promise<Image> = (base) => base) {
  const debian = makeImage({ layers: [await layer('old')] });
  const base = makeImage({ base: debian, layers: [await layer('base')] });
  await pushImage(server.store, 'library/debian', debian, '31');
  await pushImage(server.store, 'bk/base', base, '1');
  const image = makeImage({ base, layers: [await layer('app')] });
  await pushImage(server.store, 'bk/app', await make(image, debian), '1');
  await pushImage(server.store, 'library/debian', makeImage({ layers: [await layer('new')] }), '31');
}

describe('a named context that another build makes', () => {
  it.each([
    ['of bake', { 'docker-bake.json': bake({ shopbase: 'target:base' }) }],
    ['of Compose', { 'compose.yaml': compose('service:base') }],
  ])('%s is a base of this repository: it is built first, and what stands on it follows', async (_, stating) => {
    await released();
    const result = await checked({ ...files, ...stating });
    expect(short(result)).toEqual({
      base: ['stale', '/library/debian:31 undefined'],
      app: ['current', '/bk/base:1 base'],
    });
    expect(result.levels).toEqual([['rebuild base'], ['rebuild app']]);
  });

  it('is known by the tags that the run gives it, and by its own where the run is about another file', async () => {
    await released();
    const stating = { ...files, 'docker-bake.json': bake({ shopbase: 'target:base' }) };
    const tagged = await checked(stating, { tags: '2' });
    expect(tagged.images.map(({ bases }) => bases.map(({ parent }) => parent))).toEqual([['base'], [undefined]]);
    const alone = await checked(stating, { file: 'app/Dockerfile' });
    expect(short(alone)).toEqual({ app: ['current', '/bk/base:1 undefined'] });
  });

  it('is not known where that build publishes nothing', async () => {
    await released();
    const stating = { 'docker-bake.json': bake({ shopbase: 'target:base' }, {}) };
    expect(short(await checked({ ...files, ...stating })).app).toEqual([
      'unknown',
      'app: app/Dockerfile:1 takes shopbase from target:base, and which image that is is not known; give base tags under which it is published.',
    ]);
  });
});

describe('an image that nothing names', () => {
  const advice = 'give the context as docker-image://REGISTRY/REPOSITORY:TAG';
  it.each([
    ['oci-layout://./layout', 'oci-layout://./layout'],
    ['./rootfs', 'rootfs'],
    ['https://github.com/acme/base.git', 'https://github.com/acme/base.git'],
  ])('keeps an image on %s from being current', async (context, shown) => {
    await released();
    const result = await checked({ ...files, 'docker-bake.json': bake({ shopbase: context }) });
    expect(short(result).app).toEqual([
      'unknown',
      `app: app/Dockerfile:1 takes shopbase from ${shown}, and which image that is is not known; ${advice}.`,
    ]);
    expect(result.levels.flat()).toContain('skip app');
  });

  it('is none where files of a folder are copied, or a stage begins from scratch', async () => {
    await released();
    const copying = 'FROM scratch\nCOPY --from=assets / /\n';
    const stating = { 'docker-bake.json': bake({ assets: './assets' }), 'app/Dockerfile': copying };
    expect(short(await checked({ ...files, ...stating })).app).toEqual(['current']);
    const replaced = { 'docker-bake.json': bake({ shopbase: 'docker-image://scratch' }) };
    expect(short(await checked({ ...files, ...replaced })).app).toEqual(['current']);
  });

  it('is one where a layout is copied from, and where another frontend reads the file', async () => {
    await released();
    const copying = { 'app/Dockerfile': 'FROM scratch\nCOPY --from=tools / /\n' };
    const layout = { 'docker-bake.json': bake({ tools: 'oci-layout://tools' }) };
    expect(short(await checked({ ...files, ...copying, ...layout })).app?.[0]).toBe('unknown');
    const foreign = { 'app/Dockerfile': '# syntax={host}/acme/frontend:1\nbuild: all\n' };
    await pushImage(server.store, 'acme/frontend', makeImage({}), '1');
    const read = short(await checked({ ...files, ...foreign, 'docker-bake.json': bake({}) })).app;
    expect(read?.[0]).toBe('unknown');
    expect(read?.at(-1)).toContain('and what images that takes is not known');
  });
});

describe('an image that only the provenance names', () => {
  /** The released app in an index whose provenance names an image at a digest. */
  const attesting = (uri: (host: string) => string) => async (app: Image, debian: Image) => {
    const hex = debian.descriptor.digest.replace('sha256:', '');
    const statement = {
      predicateType: 'https://slsa.dev/provenance/v0.2',
      predicate: { materials: [{ uri: uri(server.host), digest: { sha256: hex } }] },
    };
    const blob = server.store.putBlob('bk/app', JSON.stringify(statement), 'application/vnd.in-toto+json');
    const config = server.store.putBlob('bk/app', '{}', 'application/vnd.oci.image.config.v1+json');
    const manifest = server.store.putManifest('bk/app', {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config,
      layers: [{ ...blob, annotations: { 'in-toto.io/predicate-type': 'https://slsa.dev/provenance/v0.2' } }],
    });
    const attestation = {
      ...app,
      descriptor: {
        ...manifest,
        platform: { os: 'unknown', architecture: 'unknown' },
        annotations: {
          'vnd.docker.reference.type': 'attestation-manifest',
          'vnd.docker.reference.digest': app.descriptor.digest,
        },
      },
    };
    return makeIndex([app, attestation]) as unknown as Image;
  };
  const debian = (host: string) => `pkg:docker/${host}/library/debian@31?platform=linux%2Famd64`;

  it('counts where it has moved and no Dockerfile of the repository names it', async () => {
    await released(attesting(debian));
    const scratch = { 'app/Dockerfile': 'FROM scratch\n', 'docker-bake.json': bake({}) };
    const { app: found } = short(await checked({ ...files, ...scratch }));
    expect(found?.[0]).toBe('unknown');
    expect(found?.[1]).toMatch(
      /^\/bk\/app:1: its provenance names \/library\/debian:31, which its Dockerfile does not, and which moved sha256:[0-9a-f]{12} → sha256:[0-9a-f]{12}; state the build arguments/,
    );
  });

  it('counts where its name only begins like that of what reads Dockerfiles', async () => {
    await released(attesting((host) => `pkg:docker/${host}/docker/dockerfile-lint@1`));
    const scratch = { 'app/Dockerfile': 'FROM scratch\n', 'docker-bake.json': bake({}) };
    const { app: found } = short(await checked({ ...files, ...scratch }));
    expect(found?.[0]).toBe('unknown');
    expect(found?.[1]).toContain('its provenance names /docker/dockerfile-lint:1, which its Dockerfile does not');
  });

  it('is explained by the image of this repository that stands on it', async () => {
    await released(attesting(debian));
    const stating = { 'docker-bake.json': bake({ shopbase: 'target:base' }) };
    expect(short(await checked({ ...files, ...stating })).app).toEqual(['current', '/bk/base:1 base']);
  });

  it.each([
    ['reads Dockerfiles', (host: string) => `pkg:docker/${host}/docker/dockerfile@1`],
    ['writes SBOMs', (host: string) => `pkg:docker/${host}/docker/buildkit-syft-scanner@stable-1`],
    ['is held by its digest', (host: string) => `pkg:docker/${host}/library/debian`],
  ])('is nothing of the image where it %s', async (_, uri) => {
    await released(attesting(uri));
    const scratch = { 'app/Dockerfile': 'FROM scratch\n', 'docker-bake.json': bake({}) };
    expect(short(await checked({ ...files, ...scratch })).app).toEqual(['current']);
  });
});
