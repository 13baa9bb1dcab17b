import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RefreshReport } from '../../core/report/report.ts';
import { run } from '../../core/run.ts';
import { createWorld } from '../../core/world.ts';
import { type Image, type ImageParts, makeImage, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { recordingHost } from '../hosts/recording-host.ts';
import { repository } from '../hosts/repository.ts';

let server: TestRegistry;
let old: Image;
let digest: string;
beforeEach(async () => {
  server = await startRegistry();
  old = makeImage({ layers: [await makeLayer({ base: 'v1' })] });
  digest = (await pushImage(server.store, 'base/run', old, 'jammy')).digest;
});
afterEach(() => server.close());

const name = () => `${server.host}/base/run:jammy`;
const app = () => `${server.host}/acme/app:1`;
const said = () => ({ 'org.opencontainers.image.base.name': name(), 'org.opencontainers.image.base.digest': digest });
const moveBase = async () =>
  pushImage(server.store, 'base/run', makeImage({ layers: [await makeLayer({ base: 'v2' })] }), 'jammy');

async function publish(parts: ImageParts = {}, tag = '1'): Promise<Image> {
  const image = makeImage({ base: old, layers: [await makeLayer({ [`app-${tag}`]: tag })], ...parts });
  await pushImage(server.store, 'acme/app', image, tag);
  return image;
}

async function check(
  inputs: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>> = { 'README.txt': 'x' },
) {
  const root = repository(files);
  const world = createWorld({ cwd: root });
  const host = recordingHost({ command: 'check', 'insecure-registry': server.host, ...inputs });
  const conclusion = await run(host, world);
  await world.close();
  const logged = host.logged.map(({ message }) => message);
  const report = (): RefreshReport => JSON.parse(readFileSync(join(root, '.base-image-refresh/report.json'), 'utf8'));
  return { conclusion, logged, report };
}

// What each builder leaves in an image of one layer on the run image.
const lifecycle = (image: Image, more: object = {}) => ({
  'io.buildpacks.lifecycle.metadata': JSON.stringify({
    app: [{ sha: image.layers.at(-1)?.diffId }],
    runImage: { topLayer: image.layers[0]?.diffId, reference: `${server.host}/base/run@${digest}` },
    stack: { runImage: { image: name(), mirrors: [] } },
    ...more,
  }),
});

describe('an image without a Dockerfile is checked by what it says of itself', () => {
  const makers: readonly (readonly [string, string, () => Promise<unknown>])[] = [
    ['ko, rules_img and buildah, by annotations', 'annotation', () => publish({ annotations: said() })],
    ['the .NET SDK, by labels', 'label', () => publish({ config: { Labels: said() } })],
    [
      'buildpacks, by their run image',
      'label',
      async () => publish({ config: { Labels: lifecycle(await publish()) } }),
    ],
    [
      'newer buildpacks, by a mirror of it',
      'label',
      async () => {
        const image = await publish();
        const runImage = {
          topLayer: image.layers[0]?.diffId,
          reference: digest.replace(/^/, `${server.host}/base/run@`),
          image: name(),
          mirrors: ['ghcr.io/acme/run:jammy'],
        };
        return publish({ config: { Labels: lifecycle(image, { runImage }) } });
      },
    ],
  ];
  test.each(makers)('%s', async (_, evidence, make) => {
    await make();
    const current = await check({ image: app() });
    expect(current.conclusion).toBe('succeeded');
    expect(current.report()).toMatchObject({
      schemaVersion: 1,
      images: [{ name: app(), dockerfile: '', verdict: 'current', bases: [{ reference: name(), evidence }] }],
    });
    const { digest: fresh } = await moveBase();
    const stale = await check({ image: app(), 'fail-on': 'stale' });
    expect(stale.conclusion).toBe('policy-failed');
    expect(stale.report().images).toMatchObject([
      { verdict: 'stale', bases: [{ from: digest, to: fresh, evidence, verdict: 'stale' }] },
    ]);
  });

  test('and not by a label that it has inherited, and of whose base it has no layers', async () => {
    const other = makeImage({ layers: [await makeLayer({ base: 'flattened' })] });
    await publish({ base: other, config: { Labels: said() } });
    const { conclusion, report } = await check({ image: app() });
    expect([conclusion, report().images[0]?.verdict]).toEqual(['incomplete', 'unknown']);
    expect(report().images[0]?.failure?.detail).toContain('nothing in the image says which base it stands on');
  });

  test('by a label whose base its registry no longer has, as stale', async () => {
    const gone = { ...said(), 'org.opencontainers.image.base.digest': `sha256:${'9'.repeat(64)}` };
    await publish({ config: { Labels: gone } });
    const { report } = await check({ image: app() });
    expect(report().images).toMatchObject([{ verdict: 'stale', bases: [{ evidence: 'label', to: digest }] }]);
  });

  test('and not by the record of an image that it was built on', async () => {
    const below = await publish();
    const layers = [...below.layers.slice(1), await makeLayer({ more: 'x' })];
    await publish({ layers, config: { Labels: lifecycle(below) } });
    const { conclusion, report } = await check({ image: app() });
    expect([conclusion, report().images[0]?.verdict]).toEqual(['incomplete', 'unknown']);
  });

  test.each([
    ['nothing', 'COPY . .', ''],
    ['Jib', 'jib-maven-plugin:3.4.4', ': Jib made it, which records no base'],
    ['apko', 'apko', ': apko made it of packages, and it stands on no base image'],
    ['the .NET SDK', '.NET SDK, version 8.0.100', ': the .NET SDK made it without its base labels'],
    ['ko', 'ko build ko://example.com/app', ': ko made it without its base annotations'],
  ])('and is unknown where it says nothing: made by %s', async (_, by, why) => {
    await publish({ history: [{ created: '2026-01-01T00:00:00Z', created_by: by, empty_layer: true }] });
    const { conclusion, report } = await check({ image: app() });
    expect(conclusion).toBe('incomplete');
    expect(report().images).toMatchObject([
      {
        verdict: 'unknown',
        bases: [],
        failure: {
          code: 'base-unknown',
          subject: app(),
          detail: `nothing in the image says which base it stands on${why}`,
          remedy:
            'have its build annotate it with org.opencontainers.image.base.name and .digest, or record its base in base-images.lock.json',
        },
      },
    ]);
  });

  test('and the lock file speaks for one that is recorded there', async () => {
    const image = await publish();
    const bases = [{ reference: name(), digest }];
    const lock = { schemaVersion: 1, images: [{ image: app(), digest: image.descriptor.digest, bases }] };
    const { report } = await check({ image: app() }, { 'base-images.lock.json': JSON.stringify(lock) });
    expect(report().images).toMatchObject([{ verdict: 'current', bases: [{ reference: name() }] }]);
  });

  test('and is unknown where it is not there, or lacks a platform', async () => {
    await publish({ annotations: said() });
    const { conclusion, report } = await check({ path: `${app()}\n${server.host}/acme/none:1` });
    expect(conclusion).toBe('incomplete');
    expect(report().images).toMatchObject([
      { verdict: 'current' },
      { name: `${server.host}/acme/none:1`, verdict: 'unknown', failure: { code: 'not-found' } },
    ]);
    const lacking = await check({ image: app(), platform: 'linux/arm64' });
    expect([lacking.conclusion, lacking.report().images[0]?.verdict]).toEqual(['incomplete', 'lacks-platform']);
  });
});

describe('such images are named', () => {
  const names = ({ report }: { readonly report: () => RefreshReport }) => report().images.map((image) => image.name);
  beforeEach(async () => {
    await publish({ annotations: said() });
    await publish({ annotations: said() }, '2');
  });

  test('as operands, in the place of a repository', async () => {
    const second = `${server.host}/acme/app:2`;
    const files = { Dockerfile: 'FROM scratch\n' };
    expect(names(await check({ path: `${app()}\n${second}\n${app()}` }, files))).toEqual([app(), second]);
  });

  test('with a name of their own where there is no Dockerfile', async () => {
    expect(names(await check({ image: `web=${app()}` }))).toEqual(['web']);
  });

  test('in the configuration, beside those that Dockerfiles build', async () => {
    const settings = `images: [{name: ko, image: "${app()}"}, {name: jib, image: "${server.host}/acme/app:2"}]\n`;
    const config = { '.base-image-refresh.yml': settings };
    expect(names(await check({}, config))).toEqual(['ko', 'jib']);
    const both = await check({}, { ...config, 'web/Dockerfile': 'FROM scratch\n' });
    expect(names(both)).toEqual(['web', 'ko', 'jib']);
    const planned = await check({ command: 'plan' }, { ...config, 'web/Dockerfile': 'FROM scratch\n' });
    expect(planned.logged).toContain(
      'ko: has no Dockerfile here, so that only check looks at it; move it to its current base with rebase IMAGE, or give its dockerfile.',
    );
  });

  test('in a list', async () => {
    const list = `# ours\n${app()} # web\n\n${server.host}/acme/app:2\r\n`;
    expect(names(await check({ 'image-list': 'images.txt' }, { 'images.txt': list }))).toEqual([
      app(),
      `${server.host}/acme/app:2`,
    ]);
  });

  test.each([
    [
      'a line that is none',
      `${'x'.repeat(2)}:1\nNot An Image\n`,
      /images\.txt:2: is no image reference; write one image/,
    ],
    ['nothing', '# none\n', /images\.txt: lists no image; write one image on each line\.$/],
  ])('and a list with %s is refused', async (_, list, message) => {
    const { conclusion, logged } = await check({ 'image-list': 'images.txt' }, { 'images.txt': list });
    expect(conclusion).toBe('usage-error');
    expect(logged.join('\n')).toMatch(message);
  });

  test('and two folders are one too many', async () => {
    const { conclusion, logged } = await check({ path: 'a\nb' });
    expect(conclusion).toBe('usage-error');
    expect(logged.join('\n')).toContain('b: is a second path; give one folder, and images with their tags');
  });
});

test('a mistyped include pattern is a mistake, and no sign that the image has no Dockerfile', async () => {
  await publish();
  const files = { 'web/Dockerfile': `FROM ${name()}\n` };
  const { conclusion, logged } = await check({ image: app(), include: 'wbe/**' }, files);
  expect(conclusion).toBe('usage-error');
  expect(logged.join()).not.toContain('nothing in the image says which base it stands on');
});
