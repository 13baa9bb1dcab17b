import { describe, expect, it } from 'vitest';
import { interpolate, readEnvFile } from '../../core/discover/interpolate.ts';
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

describe('variables in a Compose file', () => {
  const env = readEnvFile('A=1\nE=\nexport Q="x # y" # z\n# C=1\nD=a#b # c\nnot a line\n');
  it.each([
    ['$A ${A} ${E}|', '1 1 |'],
    ['${N:-d} ${N-d} ${E:-d} ${E-d}|', 'd d d |'],
    ['${A:+x} ${E:+x} ${E+x} ${N+x}|', 'x  x |'],
    ['${A:?m} ${N:?m}|', '1 ${N:?m}|'],
    ['$$A ${Q} ${D} $', '$A x # y a#b $'],
  ])('%s', (text, expected) => {
    expect(interpolate(text, env)).toBe(expected);
  });
});
