import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeFailure, FailureError } from '../../core/failure.ts';
import { formatPlatform } from '../../core/oci/platform.ts';
import { formatReference } from '../../core/oci/reference.ts';
import { detected, discovered, discoveredWithout, named, shop } from './support.ts';

const file = 'FROM debian:12\n';

async function failureOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof FailureError)) throw new Error(`no failure but ${String(error)}`);
  return `${error.failure.code} ${describeFailure(error.failure)}`;
}

async function releasesOf(root: string, inputs: Record<string, string>) {
  const { builds } = await discovered(root, inputs);
  return Object.fromEntries(builds.map(({ build }) => [build.name, build.releases.map(formatReference)]));
}

describe('Dockerfiles', () => {
  it.each([
    ['Dockerfile', 'shop'],
    ['dockerfile', 'shop'],
    ['Containerfile', 'shop'],
    ['web/Dockerfile', 'web'],
    ['Dockerfile.web', 'web'],
    ['web.Dockerfile', 'web'],
    ['build/web.dockerfile', 'web'],
    ['Containerfile.web', 'web'],
    ['.devcontainer/Dockerfile', '.devcontainer'],
  ])('%s is of the image %s', async (path, name) => {
    expect(await named(shop({ [path]: file }))).toEqual([`${name} ${path}`]);
  });

  it.each([
    'Dockerfile.dockerignore',
    'web.Dockerfile.dockerignore',
    '.dockerignore',
    'Dockerfile.md',
    'Dockerfile.orig',
    'Dockerfile~',
    'Dockerfiles',
    'MyDockerfile',
    'node_modules/a/Dockerfile',
    '.git/Dockerfile',
  ])('%s is none', async (path) => {
    expect(await named(shop({ [path]: file }))).toEqual([]);
  });

  it('are told apart by their folders where their names are the same', async () => {
    const root = shop({ 'a/web/Dockerfile': file, 'b/web/Dockerfile': file, 'c/api/Dockerfile': file });
    expect(await named(root)).toEqual(['a-web a/web/Dockerfile', 'b-web b/web/Dockerfile', 'api c/api/Dockerfile']);
  });

  it('are left out where .gitignore says so, the innermost file deciding', async () => {
    const root = shop({
      '.gitignore': 'out/\nDockerfile.tmp2\n*.local.Dockerfile\n',
      'out/Dockerfile': file,
      'Dockerfile.tmp2': file,
      'a/x.local.Dockerfile': file,
      'b/.gitignore': '!x.local.Dockerfile\n',
      'b/x.local.Dockerfile': file,
    });
    expect(await named(root)).toEqual(['x.local b/x.local.Dockerfile']);
  });

  it('are chosen by include and exclude patterns, a folder standing for all below it', async () => {
    const root = shop({ 'a/Dockerfile': file, 'a/old/Dockerfile': file, 'b/Dockerfile': file, Dockerfile: file });
    expect(await named(root, { include: 'a' })).toEqual(['a a/Dockerfile', 'old a/old/Dockerfile']);
    expect(await named(root, { include: 'a/**', exclude: '**/old/' })).toEqual(['a a/Dockerfile']);
    expect(await named(root, { exclude: '*/**' })).toEqual(['shop Dockerfile']);
  });

  it('are only those that file names', async () => {
    const root = shop({ 'a/Dockerfile': file, 'b/build.txt': file });
    expect(await named(root, { file: 'b/build.txt' })).toEqual(['b b/build.txt']);
    expect(await failureOf(discovered(root, { file: 'c/Dockerfile' }))).toBe(
      `usage c/Dockerfile: there is no such file; give a Dockerfile relative to ${root}.`,
    );
    expect(await failureOf(discovered(root, { file: 'a' }))).toContain('usage a: is a folder');
  });

  it('the path may be one of them', async () => {
    const root = shop({ 'a/Dockerfile': file, 'a/Dockerfile.x': file });
    expect(await named(join(root, 'a/Dockerfile.x'))).toEqual(['x Dockerfile.x']);
  });

  it('links to folders are not followed, so that loops do no harm', async () => {
    const root = shop({ 'a/Dockerfile': file });
    symlinkSync('..', join(root, 'a/up'));
    symlinkSync('/', join(root, 'world'));
    expect(await named(root)).toEqual(['a a/Dockerfile']);
  });

  it('a link to a file within the repository is read, one to a file outside is a failure', async () => {
    const root = shop({ 'a/Dockerfile': file, 'b/x': '' });
    symlinkSync('../a/Dockerfile', join(root, 'b/Dockerfile'));
    symlinkSync('/etc/passwd', join(root, 'Dockerfile'));
    symlinkSync('nowhere', join(root, 'Dockerfile.broken'));
    const { document } = await detected(root);
    expect(document.dockerfiles.map(({ path, failure }) => [path, failure?.code, failure?.detail])).toEqual([
      ['Dockerfile', 'unreadable', 'is a link to a file outside the repository'],
      ['Dockerfile.broken', 'unreadable', 'no such file or folder'],
      ['a/Dockerfile', undefined, undefined],
      ['b/Dockerfile', undefined, undefined],
    ]);
  });

  it('a template that is no Dockerfile yet is left out, one that is already is not', async () => {
    const root = shop({ 'Dockerfile.j2': 'FROM {{ base }} {% if x %}\n', 'Dockerfile.tmpl': file });
    expect(await named(root)).toEqual(['tmpl Dockerfile.tmpl']);
  });

  it('a folder that cannot be listed is a failure and the rest goes on', async () => {
    const root = shop({ 'a/Dockerfile': file, Dockerfile: file });
    const { builds, failures } = await discoveredWithout(root, 'a');
    expect(builds).toHaveLength(1);
    expect(failures.map(describeFailure)).toEqual([expect.stringContaining('a: permission denied')]);
  });

  it('a huge one is a failure', async () => {
    const root = shop({});
    writeFileSync(join(root, 'Dockerfile'), `FROM debian\n${'# x\n'.repeat(1_100_000)}`);
    const { document } = await detected(root);
    expect(document.dockerfiles[0]?.failure).toMatchObject({ code: 'unreadable', line: null });
  });

  it('a folder without any is a usage failure: a mistyped path must not look as if all were current', async () => {
    const root = shop({});
    mkdirSync(join(root, 'empty'));
    const remedy = 'check the path and the exclude patterns, or set allow-empty where there may be no image';
    const failure = { code: 'usage', subject: root, detail: 'no Dockerfile was found', remedy, retryable: false };
    expect(await discovered(root)).toEqual({ builds: [], failures: [failure], notices: [] });
    expect(await discovered(root, { 'allow-empty': 'true' })).toEqual({ builds: [], failures: [], notices: [] });
    for (const image of ['acme/web:1', 'web=acme/web:1']) {
      expect(await failureOf(discovered(root, { image }))).toBe(
        `usage image: an image was given, but no Dockerfile was found; check the path and the include and exclude patterns.`,
      );
    }
  });
});

describe('names that the configuration gives', () => {
  it('are kept, and a folder of that name makes room', async () => {
    const config = 'images:\n  - name: web\n    dockerfile: z/Dockerfile\n    image: registry.test/team/web:1\n';
    const root = shop({ '.base-image-refresh.yml': config, 'web/Dockerfile': file, 'z/Dockerfile': file });
    expect(await named(root)).toEqual(['web-2 web/Dockerfile', 'web z/Dockerfile']);
  });

  it('are given once', async () => {
    const config = ['a', 'b'].map((folder) => `  - name: web\n    dockerfile: ${folder}/Dockerfile\n`).join('');
    const root = shop({ '.base-image-refresh.yml': `images:\n${config}`, 'a/Dockerfile': file, 'b/Dockerfile': file });
    expect(await failureOf(discovered(root))).toMatch(/^config .*web/);
  });
});

describe('what users say of images', () => {
  it('one Dockerfile needs no more than its image; tags make release tags of it', async () => {
    const root = shop({ Dockerfile: file });
    expect(await releasesOf(root, { image: 'acme/shop' })).toEqual({ shop: ['docker.io/acme/shop:latest'] });
    expect(await releasesOf(root, { image: 'acme/shop:x', tags: '1, 1.2' })).toEqual({
      shop: ['docker.io/acme/shop:1', 'docker.io/acme/shop:1.2'],
    });
  });

  describe('tags in other repositories', () => {
    const entry = (tags: string) =>
      `images:\n  - dockerfile: Dockerfile\n    image: ghcr.io/acme/shop\n    tags: ${tags}\n`;
    const withFile = (text: string) => shop({ Dockerfile: file, '.base-image-refresh.yml': text });

    it('are release tags in the order in which they stand', async () => {
      expect(await releasesOf(withFile(entry('["1", quay.io/acme/web:1, "localhost:5000/x:2", "1.2"]')), {})).toEqual({
        shop: ['ghcr.io/acme/shop:1', 'quay.io/acme/web:1', 'localhost:5000/x:2', 'ghcr.io/acme/shop:1.2'],
      });
      const tags = 'x, quay.io/acme/web:1';
      expect(await releasesOf(withFile(entry('["1"]')), { tags, image: 'acme/shop' })).toEqual({
        shop: ['docker.io/acme/shop:x', 'quay.io/acme/web:1'],
      });
    });

    it.each([
      ['quay.io/acme/web', 'give a tag that can move, such as ghcr.io/acme/web:1.2'],
      ['localhost:5000/acme/web', 'give a tag that can move'],
      [`quay.io/acme/web:1@sha256:${'0'.repeat(64)}`, 'give a tag that can move'],
      ['quay.io/Acme/web:1', 'repository names are lower case: quay.io/acme/web:1'],
      ['quay.io/acme/web:a b', 'give an image reference'],
    ])('%s is none', async (text, why) => {
      expect(await failureOf(discovered(withFile(entry(`["${text}"]`))))).toContain(why);
    });

    it.each([
      ['of an entry', entry('["1", quay.io/acme/web:1]')],
      ['of all', 'tags: ["1", quay.io/acme/web:1]\n'],
      ['of the same registry', entry('["1", ghcr.io/acme/other:1]')],
    ])(
      '%s are refused of a file of the repository where the run says where the image is published',
      async (_, text) => {
        const root = withFile(text);
        const image = 'ghcr.io/acme/shop';
        expect(await failureOf(discovered(root, { image }))).toMatch(
          /^config \.base-image-refresh\.yml: tags of shop name (?:quay|ghcr)\.io\S+:1, and the run says that it is published in ghcr\.io\/acme\/shop; give every tag by the input tags, or leave the input image out\.$/,
        );
        expect(await releasesOf(root, { image, tags: 'quay.io/acme/web:1' })).toEqual({ shop: ['quay.io/acme/web:1'] });
        const elsewhere = join(root, '..', 'of-the-run.yml');
        writeFileSync(elsewhere, text);
        expect((await releasesOf(root, { image, config: elsewhere })).shop).toHaveLength(2);
      },
    );
  });

  it('several need a name for each', async () => {
    const root = shop({ 'web/Dockerfile': file, 'api/Dockerfile': file });
    expect(await releasesOf(root, { image: 'web=acme/web:1\napi=acme/api:2' })).toEqual({
      web: ['docker.io/acme/web:1'],
      api: ['docker.io/acme/api:2'],
    });
    expect(await failureOf(discovered(root, { image: 'acme/web' }))).toBe(
      'usage image: one image was given, but the repository builds 2: api, web; write NAME=REFERENCE for each, or choose one with file.',
    );
    expect(await failureOf(discovered(root, { image: 'wep=acme/web' }))).toBe(
      'usage image: the repository builds no image called "wep"; name one of api, web.',
    );
  });

  it('the configuration file gives name, context, target, arguments, platforms and tags by Dockerfile', async () => {
    const config = [
      'images:',
      '  - dockerfile: web/Dockerfile',
      '    name: front',
      '    image: ghcr.io/acme/front',
      '    tags: [stable]',
      '    context: .',
      '    target: build',
      '    platforms: [linux/arm64]',
      '    build-args: { V: "13" }',
    ];
    const web = 'ARG V=12\nFROM debian:$V AS build\nFROM scratch\n';
    const root = shop({ 'web/Dockerfile': web, '.base-image-refresh.yml': `${config.join('\n')}\n` });
    const { builds } = await discovered(root);
    const [{ build, dockerfile } = { build: undefined, dockerfile: undefined }] = builds;
    expect(build).toMatchObject({ name: 'front', context: '.', target: 'build', args: { V: '13' } });
    expect(build?.platforms.map(formatPlatform)).toEqual(['linux/arm64']);
    expect(build?.releases.map(formatReference)).toEqual(['ghcr.io/acme/front:stable']);
    expect(build?.provenance).toEqual({
      name: '.base-image-refresh.yml',
      context: '.base-image-refresh.yml',
      target: '.base-image-refresh.yml',
      args: '.base-image-refresh.yml',
      platforms: '.base-image-refresh.yml',
      image: '.base-image-refresh.yml',
    });
    const bases = dockerfile?.kind === 'read' ? dockerfile.bases : [];
    expect(bases.map(({ reference }) => formatReference(reference))).toEqual(['docker.io/library/debian:13']);
  });

  it('several images of one Dockerfile', async () => {
    const config = [
      'images:',
      '  - { dockerfile: web/Dockerfile, image: acme/web }',
      '  - { dockerfile: all/Dockerfile, name: one, target: one, image: acme/one }',
      '  - { dockerfile: all/Dockerfile, name: two, target: two, image: acme/two }',
    ];
    const root = shop({
      'web/Dockerfile': file,
      'all/Dockerfile': 'FROM debian:1 AS one\nFROM debian:2 AS two\n',
      '.base-image-refresh.yml': `${config.join('\n')}\n`,
    });
    expect(await releasesOf(root, {})).toEqual({
      one: ['docker.io/acme/one:latest'],
      two: ['docker.io/acme/two:latest'],
      web: ['docker.io/acme/web:latest'],
    });
  });

  it('an entry for a Dockerfile that is not there is refused', async () => {
    const config = 'images:\n  - dockerfile: wep/Dockerfile\n    image: acme/web\n';
    const root = shop({ 'web/Dockerfile': file, '.base-image-refresh.yml': config });
    expect(await failureOf(discovered(root))).toBe(
      'config .base-image-refresh.yml: images names wep/Dockerfile, but there are web (web/Dockerfile); give its dockerfile.',
    );
  });
});

describe('ONBUILD triggers of an image that the repository builds', () => {
  it('fire in what it builds on that image', async () => {
    const config = [
      'images:',
      '  - { dockerfile: base/Dockerfile, image: acme/base }',
      '  - { dockerfile: web/Dockerfile, image: acme/web }',
    ];
    const root = shop({
      'base/Dockerfile': 'FROM debian:12\nONBUILD COPY --from=busybox:1 / /\nONBUILD RUN x\n',
      'web/Dockerfile': '# web\nFROM acme/base AS web\n',
      '.base-image-refresh.yml': `${config.join('\n')}\n`,
    });
    const { document } = await detected(root);
    const bases = document.dockerfiles.flatMap(({ path, bases }) => bases.map((base) => ({ path, ...base })));
    expect(bases.map(({ path, reference, via, line, stage }) => [path, reference, via, line, stage])).toEqual([
      ['base/Dockerfile', 'docker.io/library/debian:12', 'from', 1, 0],
      ['web/Dockerfile', 'docker.io/acme/base:latest', 'from', 2, 'web'],
      ['web/Dockerfile', 'docker.io/library/busybox:1', 'copy-from', 2, 'web'],
    ]);
  });
});

describe('detect', () => {
  it('prints what the contract says', async () => {
    const text =
      '# syntax=docker/dockerfile:1\nARG V=20\nFROM --platform=$BUILDPLATFORM node:$V AS Build\nFROM nginx\n';
    const { document, failures } = await detected(shop({ 'web/Dockerfile': text, 'x/Dockerfile': 'FORM a\n' }));
    expect(failures).toEqual([]);
    const [architecture] = process.arch === 'x64' ? ['amd64'] : [process.arch];
    expect(document).toEqual({
      schemaVersion: 1,
      dockerfiles: [
        {
          path: 'web/Dockerfile',
          failure: null,
          bases: [
            {
              reference: 'docker.io/docker/dockerfile:1',
              raw: 'docker/dockerfile:1',
              via: 'syntax',
              line: 1,
              stage: null,
              reachable: true,
              platform: null,
            },
            {
              reference: 'docker.io/library/node:20',
              raw: 'node:$V',
              via: 'from',
              line: 3,
              stage: 'build',
              reachable: false,
              platform: `linux/${architecture}`,
            },
            {
              reference: 'docker.io/library/nginx:latest',
              raw: 'nginx',
              via: 'from',
              line: 4,
              stage: 1,
              reachable: true,
              platform: null,
            },
          ],
        },
        {
          path: 'x/Dockerfile',
          failure: { code: 'unknown-instruction', line: 1, detail: 'unknown instruction: FORM' },
          bases: [],
        },
      ],
    });
  });

  it('lists only what the target needs', async () => {
    const root = shop({ Dockerfile: 'FROM a AS one\nFROM b AS two\nFROM one AS three\n' });
    const { document } = await detected(root, { target: 'three' });
    expect(document.dockerfiles[0]?.bases.map(({ raw }) => raw)).toEqual(['a']);
  });

  it('lists the images of every platform', async () => {
    const root = shop({ Dockerfile: 'FROM base-$TARGETARCH\n' });
    const { document } = await detected(root, { platform: 'linux/amd64,linux/arm64' });
    expect(document.dockerfiles[0]?.bases.map(({ reference }) => reference)).toEqual([
      'docker.io/library/base-amd64:latest',
      'docker.io/library/base-arm64:latest',
    ]);
  });
});

describe('an include pattern that matches nothing', () => {
  const files = { 'web/Dockerfile': file, 'api/Dockerfile': file };
  const remedy = 'correct the pattern, or set allow-empty where there may be no image';

  it.each(['wbe', 'wbe/**', '**/Dockerfile.web', 'web/Dockerfile.prod'])('%s is a usage failure', async (pattern) => {
    const root = shop(files);
    const detail = `matches no Dockerfile below ${root}`;
    const failure = { code: 'usage', subject: `include ${pattern}`, detail, remedy, retryable: false };
    const { builds, failures } = await discovered(root, { include: `web\n${pattern}` });
    expect(builds.map(({ build }) => build.name)).toEqual(['web']);
    expect(failures).toEqual([failure]);
  });

  it('is none where the run allows it, and where every pattern matches', async () => {
    expect((await discovered(shop(files), { include: 'wbe', 'allow-empty': 'true' })).failures).toEqual([]);
    expect((await discovered(shop(files), { include: 'web\n**/api' })).failures).toEqual([]);
  });

  it('is not counted where only --file says what the run is about', async () => {
    expect((await discovered(shop(files), { include: 'wbe', file: 'web/Dockerfile' })).failures).toEqual([]);
  });
});
