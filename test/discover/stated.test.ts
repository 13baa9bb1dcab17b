import { describe, expect, it } from 'vitest';
import { formatPlatform } from '../../core/oci/platform.ts';
import { formatReference } from '../../core/oci/reference.ts';
import { discovered, named, shop } from './support.ts';

const file = 'ARG V=12\nFROM debian:$V AS base\nFROM base AS prod\n';

async function builds(files: Record<string, string>) {
  const found = await discovered(shop(files));
  return found.builds.map(({ build }) => ({
    name: build.name,
    dockerfile: build.dockerfile,
    context: build.context,
    target: build.target,
    args: build.args,
    platforms: build.platforms.map(formatPlatform),
    releases: build.releases.map(formatReference),
    image: build.provenance.image,
  }));
}

function workflow(...inputs: readonly string[]): string {
  const step = ['- uses: docker/build-push-action@v6', '  with:', ...inputs.map((input) => `    ${input}`)];
  return ['on: push', 'jobs:', '  publish:', '    steps:', ...step.map((line) => `      ${line}`)].join('\n');
}

describe('a workflow that calls docker/build-push-action', () => {
  it('says how an image is built and where it is published, as far as a text can', async () => {
    const text = workflow(
      'context: src',
      'file: web/Dockerfile',
      'target: prod',
      "push: ${{ github.event_name != 'pull_request' }}",
      'platforms: linux/amd64,linux/arm64',
      'build-args: |',
      '  V=13',
      '  SHA=${{ github.sha }}',
      'tags: |',
      '  ghcr.io/acme/web:latest',
      '  ghcr.io/acme/web:${{ github.sha }}',
    );
    expect(await builds({ '.github/workflows/ci.yml': text, 'web/Dockerfile': file })).toEqual([
      {
        name: 'web',
        dockerfile: 'web/Dockerfile',
        context: 'src',
        target: 'prod',
        args: { V: '13' },
        platforms: ['linux/amd64', 'linux/arm64'],
        releases: ['ghcr.io/acme/web:latest'],
        image: '.github/workflows/ci.yml jobs.publish',
      },
    ]);
  });

  it.each([
    ['pushes nothing', workflow('tags: acme/web', 'push: false')],
    ['says nothing of pushing', workflow('tags: acme/web')],
    ['knows its tags only when it runs', workflow('push: true', 'tags: ${{ steps.meta.outputs.tags }}')],
    ['knows its target only when it runs', workflow('push: true', 'tags: acme/web', 'target: ${{ vars.TARGET }}')],
    ['knows its file only when it runs', workflow('push: true', 'tags: acme/web', 'file: ${{ vars.FILE }}')],
    ['builds what is elsewhere', workflow('push: true', 'tags: acme/web', 'context: https://example.com/a.git')],
    ['builds outside the repository', workflow('push: true', 'tags: acme/web', 'context: ../a')],
    ['is no YAML', '{'],
    ['is another file', 'jobs: [1, 2]'],
  ])('states nothing where it %s', async (_, text) => {
    expect(await named(shop({ '.github/workflows/ci.yml': text, Dockerfile: file }))).toEqual(['shop Dockerfile']);
  });

  it('is read with its environment, its matrix and the tags of its metadata', async () => {
    const text = [
      'env: { REGISTRY: ghcr.io, NAME: acme/shop, SECRET: "${{ secrets.X }}" }',
      'jobs:',
      '  publish:',
      '    env: { PREFIX: "${{ env.REGISTRY }}/${{ env.NAME }}" }',
      '    strategy:',
      '      matrix:',
      '        part: [api, web, old]',
      '        exclude: [{ part: old }]',
      '        include: [{ part: web, v: { major: 13 } }, { part: extra, file: Extra.Dockerfile }]',
      '    steps:',
      '    - { uses: docker/metadata-action@v5, id: meta, with: { images: "${{ env.PREFIX }}-${{ matrix.part }}", tags: "type=sha\\ntype=raw,value=latest,enable={{is_default_branch}}\\ntype=raw,value=x,enable=false" } }',
      '    - uses: docker/build-push-action@v6',
      '      with:',
      '        context: ${{ matrix.part }}',
      '        file: ${{ matrix.part }}/Dockerfile',
      '        build-args: |',
      '          V=${{ matrix.v.major }}',
      '          S=${{ env.SECRET }}',
      '        tags: ${{ steps.meta.outputs.tags }}',
      '        outputs: type=image,push=true',
    ].join('\n');
    const files = { 'api/Dockerfile': file, 'web/Dockerfile': file, 'extra/Dockerfile': file, 'old/Dockerfile': file };
    const found = await builds({ '.github/workflows/ci.yml': text, ...files });
    expect(found.map(({ dockerfile, args, releases }) => [dockerfile, args, releases])).toEqual([
      ['api/Dockerfile', { V: '' }, ['ghcr.io/acme/shop-api:latest']],
      ['extra/Dockerfile', { V: '' }, ['ghcr.io/acme/shop-extra:latest']],
      ['old/Dockerfile', {}, []],
      ['web/Dockerfile', { V: '13' }, ['ghcr.io/acme/shop-web:latest']],
    ]);
  });

  it.each([
    ['context: "{{defaultContext}}:sub"', 'sub/Dockerfile', 'sub'],
    ['file: sub/prod.docker', 'sub/prod.docker', '.'],
    ['context: sub', 'sub/Dockerfile', 'sub'],
  ])('with %s builds %s', async (input, dockerfile, context) => {
    const text = workflow('push: true', 'tags: acme/web', input);
    const found = await builds({ '.github/workflows/ci.yml': text, 'sub/Dockerfile': file, 'sub/prod.docker': file });
    expect(found.find(({ name }) => name === 'web')).toMatchObject({ dockerfile, context });
  });

  it('counts for a file that is chosen, and nothing else does', async () => {
    const text = workflow('push: true', 'tags: acme/web', 'file: web/Dockerfile');
    const compose = 'services: { inline: { image: acme/i, build: { dockerfile_inline: FROM debian } } }';
    const files = {
      '.github/workflows/ci.yml': text,
      'compose.yaml': compose,
      'web/Dockerfile': file,
      Dockerfile: file,
    };
    const { builds: found } = await discovered(shop(files), { file: 'web/Dockerfile' });
    expect(found.map(({ build }) => [build.name, build.dockerfile, build.context])).toEqual([
      ['web', 'web/Dockerfile', '.'],
    ]);
    const other = await discovered(shop(files), { file: 'Dockerfile' });
    expect(other.builds.map(({ build }) => [build.name, build.provenance])).toEqual([['shop', {}]]);
  });

  it('goes over bake, and bake over Compose', async () => {
    const compose = 'services: { web: { image: acme/compose, build: . } }';
    const bake = JSON.stringify({ target: { web: { tags: ['acme/bake:1'] } } });
    const action = workflow('push: true', 'tags: acme/workflow:1');
    const files = { Dockerfile: file, 'compose.yaml': compose };
    const releases = async (more: Record<string, string>) =>
      (await builds({ ...files, ...more })).map((build) => build.releases);
    expect(await releases({})).toEqual([['docker.io/acme/compose:latest']]);
    expect(await releases({ 'docker-bake.json': bake })).toEqual([['docker.io/acme/bake:1']]);
    expect(await releases({ 'docker-bake.json': bake, '.github/workflows/a.yaml': action })).toEqual([
      ['docker.io/acme/workflow:1'],
    ]);
  });
});

describe('a bake file in JSON', () => {
  it('says how its targets are built, with variables and inheritance', async () => {
    const bake = {
      variable: { TAG: { default: '1.0' } },
      target: {
        common: { args: { V: '13', W: '1' }, platforms: ['linux/arm64'] },
        web: {
          inherits: ['common'],
          context: 'src',
          dockerfile: '../Dockerfile',
          target: 'prod',
          args: { W: '2' },
          tags: ['acme/web:${TAG}', 'acme/web:${UNKNOWN}'],
        },
      },
    };
    expect(await builds({ 'docker-bake.json': JSON.stringify(bake), Dockerfile: file })).toEqual([
      {
        name: 'web',
        dockerfile: 'Dockerfile',
        context: 'src',
        target: 'prod',
        args: { V: '13', W: '2' },
        platforms: ['linux/arm64'],
        releases: ['docker.io/acme/web:1.0'],
        image: 'docker-bake.json target.web',
      },
    ]);
  });

  it.each(['{', '[]', '{"target":7}', '{"target":{"a":{"inherits":["a"],"tags":["acme/a"],"context":".."}}}'])(
    '%s states nothing and does no harm',
    async (text) => {
      expect(await named(shop({ 'docker-bake.json': text, Dockerfile: file }))).toEqual(['shop Dockerfile']);
    },
  );
});
