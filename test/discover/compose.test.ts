import { describe, expect, it } from 'vitest';
import { createExpansion, interpolate, readEnvFile } from '../../core/discover/interpolate.ts';
import { formatPlatform } from '../../core/oci/platform.ts';
import { formatReference } from '../../core/oci/reference.ts';
import { detected, discovered, named, shop } from './support.ts';

const file = 'ARG V=12\nFROM debian:$V AS base\nFROM base AS prod\n';

async function only(files: Record<string, string>, inputs: Record<string, string> = {}) {
  const { builds, failures } = await discovered(shop(files), inputs);
  expect(failures).toEqual([]);
  const [found] = builds;
  if (found === undefined || builds.length > 1) throw new Error(`${builds.length} builds`);
  const { build, dockerfile } = found;
  const bases = dockerfile.kind === 'read' ? dockerfile.bases.map(({ reference }) => formatReference(reference)) : [];
  return { build, bases, releases: build.releases.map(formatReference) };
}

it('a Compose file that is broken is a warning with its line', async () => {
  const { notices } = await discovered(shop({ Dockerfile: 'FROM debian\n', 'compose.yaml': 'services:\n  a: b: c\n' }));
  expect(notices.map(({ subject }) => subject)).toEqual(['compose.yaml:2']);
});

describe('a Compose file', () => {
  it('says how an image is built and where it is published', async () => {
    const compose = [
      'services:',
      '  web:',
      '    image: ghcr.io/acme/web:${TAG:-1}',
      '    build:',
      '      context: ./src',
      '      dockerfile: ../Dockerfile',
      '      target: prod',
      '      args: { V: "13" }',
      '      platforms: [linux/amd64, linux/arm64]',
      '      tags: [ghcr.io/acme/web:stable]',
      '      additional_contexts: [debian:13=docker-image://debian:14]',
      '  db: { image: postgres }',
    ];
    const found = await only({ 'compose.yaml': compose.join('\n'), '.env': 'TAG="2.0" # now\n', Dockerfile: file });
    expect(found.build).toMatchObject({ name: 'web', dockerfile: 'Dockerfile', context: 'src', target: 'prod' });
    expect(found.build.args).toEqual({ V: '13' });
    expect(found.build.platforms.map(formatPlatform)).toEqual(['linux/amd64', 'linux/arm64']);
    expect(found.bases).toEqual(['docker.io/library/debian:14']);
    expect(found.releases).toEqual(['ghcr.io/acme/web:2.0', 'ghcr.io/acme/web:stable']);
    const from = 'compose.yaml services.web';
    const facts = ['name', 'context', 'args', 'target', 'platforms', 'contexts', 'image'];
    expect(found.build.provenance).toEqual(Object.fromEntries(facts.map((fact) => [fact, from])));
  });

  it('is overridden by what the run is told', async () => {
    const compose = 'services: { web: { image: acme/web, build: { context: ., args: [V=13] } } }';
    const inputs = { 'build-arg': 'V=14', platform: 'linux/arm64', tags: '7', target: 'base' };
    const found = await only({ 'docker-compose.yml': compose, Dockerfile: file }, inputs);
    expect(found.bases).toEqual(['docker.io/library/debian:14']);
    expect(found.build).toMatchObject({ target: 'base', args: { V: '14' } });
    expect(found.releases).toEqual(['docker.io/acme/web:7']);
  });

  it('counts for nothing where the user means another image, or where a service has none of its own', async () => {
    const dev = 'services: { dev: { image: web-dev, build: { context: ., target: base, args: { V: 1 } } } }';
    const other = await only({ 'compose.yaml': dev, Dockerfile: file }, { image: 'acme/web' });
    expect(other.build).toMatchObject({ name: 'shop', args: {}, provenance: { image: 'the image input' } });
    expect(other.build.target).toBeUndefined();
    const plain = await only({ 'compose.yaml': 'services: { dev: { build: . } }', Dockerfile: file });
    expect(plain.build).toMatchObject({ name: 'shop', provenance: {} });
  });

  it('several services of one image are one build; extends within the file is followed', async () => {
    const compose = [
      'x-build: &build { context: ., args: { V: 13 } }',
      'services:',
      '  web: { image: acme/web, build: *build }',
      '  worker: { image: acme/web, build: *build, command: work }',
      '  other: { extends: { service: web }, image: acme/other, build: { target: base } }',
    ];
    const root = shop({ 'compose.yml': compose.join('\n'), Dockerfile: file });
    const { builds } = await discovered(root);
    expect(builds.map(({ build }) => [build.name, build.target, build.args])).toEqual([
      ['web', undefined, { V: '13' }],
      ['other', 'base', { V: '13' }],
    ]);
  });

  it('has an override put over it as Compose does', async () => {
    const found = await only({
      'compose.yaml':
        'services: { web: { image: acme/web:1, build: { context: ., args: { V: 13, W: 1 }, tags: [acme/x:1] } } }',
      'compose.override.yml': 'services: { web: { image: acme/web:2, build: { args: [W=2], target: prod } } }',
      'docker-compose.yml': 'services: { web: { image: acme/never, build: . } }',
      Dockerfile: file,
    });
    expect(found.build).toMatchObject({ target: 'prod', args: { V: '13', W: '2' } });
    expect(found.releases).toEqual(['docker.io/acme/web:2', 'docker.io/acme/x:1']);
    expect(found.build.provenance.image).toBe('compose.yaml and compose.override.yml services.web');
  });

  it('may take values back and replace them whole', async () => {
    const base =
      'services: { web: { image: acme/web:1, build: { context: ., args: { V: 13 } } }, old: { image: acme/old, build: { target: base } } }';
    const over = [
      'services:',
      '  web: { build: !override { context: ., target: prod } }',
      '  old: { image: !reset null, build: !reset null }',
    ];
    const found = await only({ 'compose.yaml': base, 'compose.override.yaml': over.join('\n'), Dockerfile: file });
    expect(found.build).toMatchObject({ name: 'web', target: 'prod', args: {} });
  });

  it('extends services of other files, whose paths count from there', async () => {
    const found = await only({
      'compose.yaml': 'services: { web: { image: acme/web, extends: { file: common/base.yml, service: base } } }',
      'common/base.yml':
        'services: { base: { build: { context: ../src, args: { V: 13 } }, extends: { service: root } }, root: { build: { target: prod } } }',
      'src/Dockerfile': file,
    });
    expect(found.build).toMatchObject({
      dockerfile: 'src/Dockerfile',
      context: 'src',
      target: 'prod',
      args: { V: '13' },
    });
  });

  it('includes other files, with folders and environments of their own', async () => {
    const { builds } = await discovered(
      shop({
        'compose.yaml':
          'include: [infra/a.yml, { path: [b/one.yml, b/two.yml], project_directory: c, env_file: b/vars }]',
        '.env': 'OUTER=1',
        'infra/a.yml': 'services: { a: { image: "acme/a:${TAG}-${OUTER}", build: . } }',
        'infra/.env': 'TAG=7',
        'infra/Dockerfile': file,
        'b/one.yml': 'services: { b: { build: ., image: "acme/b:${TAG}" } }',
        'b/two.yml': 'services: { b: { build: { target: prod } } }',
        'b/vars': 'TAG=8',
        'c/Dockerfile': file,
      }),
    );
    expect(builds.map(({ build }) => [build.dockerfile, build.target, build.releases.map(formatReference)])).toEqual([
      ['c/Dockerfile', 'prod', ['docker.io/acme/b:8']],
      ['infra/Dockerfile', undefined, ['docker.io/acme/a:7-1']],
    ]);
  });

  it('knows merge keys, profiles, arguments from .env, and contexts of folders and services', async () => {
    const compose = [
      'x-base: &base { context: ., args: [V, NONE] }',
      'services:',
      '  lib: { image: "acme/lib:1" }',
      '  web:',
      '    profiles: [release]',
      '    image: acme/web',
      '    platform: linux/arm64',
      '    build:',
      '      <<: *base',
      '      additional_contexts: { lib: "service:lib", src: ./src, debian: docker-image://debian:1 }',
    ];
    const found = await only({ 'a/compose.yaml': compose.join('\n'), 'a/.env': 'V=13', 'a/Dockerfile': file });
    expect(found.build).toMatchObject({
      args: { V: '13' },
      contexts: { lib: 'docker-image://acme/lib:1', src: 'a/src', debian: 'docker-image://debian:1' },
    });
    expect(found.build.platforms.map(formatPlatform)).toEqual(['linux/arm64']);
  });

  it('that extends what is not there ends well', async () => {
    const compose = 'services: { web: { image: acme/web, build: ., extends: { file: no.yml, service: x } } }';
    const { releases } = await only({ 'compose.yaml': compose, Dockerfile: file });
    expect(releases).toEqual(['docker.io/acme/web:latest']);
  });

  it.each([
    [
      'includes itself',
      'include: [compose.yaml, { path: 7 }, null]\nservices: { web: { image: acme/web, build: . } }',
      'includes itself (compose.yaml → compose.yaml)',
    ],
    [
      'extends itself',
      'services: { web: { image: acme/web, build: ., extends: { service: web } } }',
      'extends itself (compose.yaml services.web → compose.yaml services.web)',
    ],
    ['has aliases of aliases', bomb(), 'is YAML that comes to more than 250000 values, which is the bound'],
  ])('that %s is a failure, and the rest is read', async (_, compose, detail) => {
    const { builds, failures } = await discovered(shop({ 'compose.yaml': compose, Dockerfile: file }));
    expect(failures).toMatchObject([{ detail }]);
    expect(builds.map(({ build }) => build.dockerfile)).toEqual(['Dockerfile']);
  });

  it('may hold the Dockerfile itself', async () => {
    const inline = "services: { web: { build: { dockerfile_inline: 'FROM debian:9' } } }";
    const { document } = await detected(shop({ 'a/compose.yaml': inline }));
    expect(document.dockerfiles).toMatchObject([
      { path: 'a/compose.yaml', bases: [{ reference: 'docker.io/library/debian:9', line: 1 }] },
    ]);
  });

  it.each([
    ['no YAML', '{'],
    ['no mapping', '- a'],
    ['contexts from elsewhere', 'services: { w: { image: a, build: "https://example.com/a.git" } }'],
    ['contexts outside the repository', 'services: { w: { image: a, build: ../.. } }'],
    ['Dockerfiles that are not there', 'services: { w: { image: a, build: nowhere } }'],
    ['services that are none', 'services: { w: 1, x: null, y: [], z: { build: 7 } }'],
  ])('with %s states nothing and does no harm', async (_, compose) => {
    expect(await named(shop({ 'compose.yaml': compose, Dockerfile: file }))).toEqual(['shop Dockerfile']);
  });
});

// Nine levels of nine aliases each are more values than any memory holds.
function bomb(): string {
  const levels = Array.from(
    { length: 9 },
    (_, at) => `l${at + 1}: &l${at + 1} [${Array(9).fill(`*l${at}`).join(', ')}]`,
  );
  return ['l0: &l0 [x]', ...levels, 'services: { web: { image: acme/web, build: . } }'].join('\n');
}

describe('variables in a Compose file', () => {
  const env = readEnvFile(
    '\uFEFFA=1\nE=\nexport Q="x # y" # z\n# C=1\nD=a#b # c\nnot a line\n',
    createExpansion('.env'),
  );
  it.each([
    ['$A ${A} ${E}|', '1 1 |'],
    ['${N:-d} ${N-d} ${E:-d} ${E-d}|', 'd d d |'],
    ['${A:+x} ${E:+x} ${E+x} ${N+x}|', 'x  x |'],
    ['${A:?m} ${N:?m}|', '1 ${N:?m}|'],
    ['$$A ${Q} ${D} $', '$A x # y a#b $'],
    ['${N:-${E:-$A}}${N:-a}b}|', '1ab}|'],
    ['${A:+${N-x}}${N:?${A}}|', 'x${N:?${A}}|'],
    ['${ A} ${A ${1} $1 ${A!x}', '${ A} ${A ${1} $1 ${A!x}'],
  ])('%s', (text, expected) => {
    expect(interpolate(text, env, createExpansion('compose.yaml'))).toBe(expected);
  });
});
