import { describe, expect, it } from 'vitest';
import { describeFailure } from '../../core/failure.ts';
import { formatReference } from '../../core/oci/reference.ts';
import { workflowOf } from './shapes.ts';
import { discoveredWhereGitSays, shop } from './support.ts';

const bake = JSON.stringify({
  variable: { TAG: { default: 'dev' } },
  target: { app: { tags: ['ghcr.io/acme/app:${TAG}'] } },
});

async function published(steps: string, job = '') {
  const files = workflowOf('{ push: { branches: [main] } }', steps, { 'docker-bake.json': bake }, job);
  const { builds, notices } = await discoveredWhereGitSays(shop(files), (root) => ({
    'rev-parse --show-toplevel': root,
    'symbolic-ref --short': 'origin/main',
  }));
  return {
    images: builds.flatMap(({ build }) => build.releases.map(formatReference)),
    notices: notices.map(describeFailure),
  };
}

const action = (inputs: string) => `- uses: docker/bake-action@v6\n  with: { push: true${inputs} }`;

describe('a run of bake', () => {
  it.each([
    ['that says nothing more', action('')],
    ['that says where it caches, and for whom', action(', set: "*.cache-from=type=gha", builder: x, pull: true')],
    ['that names the files', action(', files: ./docker-bake.json, targets: app')],
    ['of a script', '- run: docker buildx bake --push app'],
    ['that only checks', '- uses: docker/bake-action@v6\n  with: { load: true, set: "*.args.A=b" }'],
  ])('%s publishes what its file says', async (_, steps) => {
    expect(await published(steps)).toEqual({ images: ['ghcr.io/acme/app:dev'], notices: [] });
  });

  const twoTargets = JSON.stringify({
    target: {
      app: { tags: ['ghcr.io/acme/app:dev'], args: { A: 'file', B: 'file' }, platforms: ['linux/amd64'] },
      site: { tags: ['ghcr.io/acme/site:dev'] },
      linked: { contexts: { base: 'target:site' }, tags: ['ghcr.io/acme/linked:dev'] },
    },
  });
  const over = (targets: string, ...lines: readonly string[]) =>
    `- uses: docker/bake-action@v6\n  with:\n    push: true\n${targets}    set: |\n${lines.map((line) => `      ${line}\n`).join('')}`;

  it('builds what it lays over its targets, and nothing over the others', async () => {
    const steps = over(
      '    targets: app\n',
      '*.args.A=set',
      'app.tags=ghcr.io/acme/app:1',
      'app.tags=ghcr.io/acme/app:2',
      'app.platform=linux/arm64',
      'app.target=prod',
      '*.cache-from=type=gha',
    );
    const files = workflowOf('{ push: { branches: [main] } }', steps, { 'docker-bake.json': twoTargets });
    const { builds, notices } = await discoveredWhereGitSays(shop(files), (root) => ({
      'rev-parse --show-toplevel': root,
      'symbolic-ref --short': 'origin/main',
    }));
    expect(notices).toEqual([]);
    const found = builds.map(({ build }) => [
      build.name,
      build.releases.map(formatReference),
      build.args,
      build.target,
    ]);
    expect(found).toEqual([
      ['app', ['ghcr.io/acme/app:1', 'ghcr.io/acme/app:2'], { A: 'set', B: 'file' }, 'prod'],
      ['site', ['ghcr.io/acme/site:dev'], {}, undefined],
      ['linked', ['ghcr.io/acme/linked:dev'], {}, undefined],
    ]);
    expect(builds[0]?.build.platforms).toEqual([{ os: 'linux', architecture: 'arm64' }]);
  });

  it.each([
    ['a group', over('    targets: all\n', '*.args.A=b'), 'it builds all, which is no target'],
    [
      'a target that it does not build',
      over('    targets: app\n', 'site.args.A=b'),
      'it sets site, which it does not build',
    ],
    [
      'a target with others below it',
      over('    targets: linked\n', '*.args.A=b'),
      'the targets that it is built on too',
    ],
    ['no image', over('', 'app.tags=Not An Image'), 'what is no image'],
    ['a label', over('', 'app.labels.a=b'), 'its set changes'],
    ['a value that only a run knows', over('', 'app.args.A=${{ vars.A }}'), 'its set changes'],
    ['an argument of the environment', over('', 'app.args.A'), 'its set changes'],
    [
      'two runs of which one lays something over',
      `${over('', 'app.args.A=b')}${action(', targets: app')}`,
      'several runs of bake build it',
    ],
  ])('holds its names where it sets %s', async (_, steps, words) => {
    const files = workflowOf('{ push: { branches: [main] } }', steps, { 'docker-bake.json': twoTargets });
    const { builds, notices } = await discoveredWhereGitSays(shop(files), (root) => ({
      'rev-parse --show-toplevel': root,
      'symbolic-ref --short': 'origin/main',
    }));
    expect(builds.flatMap(({ build }) => build.releases)).toEqual([]);
    expect(notices.map(describeFailure)).toContainEqual(expect.stringContaining(words));
  });

  it.each([
    ['tags', action(', set: "*.tags=ghcr.io/acme/app:1"'), 'its tags are laid over those of the bake file'],
    ['an argument', action(', set: "*.args.A=b"'), 'its set changes what the bake file says is built'],
    ['attestations', action(', sbom: true, provenance: mode=max'), 'its sbom, provenance change'],
    ['an input that is not known', action(', vars: A=b'), 'its vars changes'],
    ['another source', action(', source: "https://example.com/a.git"'), 'its source is not followed'],
    ['other files', action(', files: "docker-bake.json,extra.json"'), 'it reads extra.json, which is not followed'],
    ['a condition', action('').replace('  with', '  if: vars.X\n  with'), 'only if vars.X, which only a run knows'],
    [
      'a push that only a run knows',
      action('').replace('push: true', 'push: "${{ vars.X }}"'),
      'whether it is pushed depends: vars.X',
    ],
    [
      'an option of a script',
      '- run: docker buildx bake --push --set app.tags=ghcr.io/acme/app:1',
      '--set changes what its file says',
    ],
    [
      'a variable of the environment',
      action(''),
      'its variable TAG has the value of the environment',
      'env: { TAG: v1 }\n',
    ],
    ['a variable of a script', '- run: TAG=1 docker buildx bake --push', 'its variable TAG'],
  ])('that has %s publishes what is not known', async (_, steps, words, job = '') => {
    const { images, notices } = await published(steps, job);
    expect(images).toEqual([]);
    expect(notices).toContainEqual(expect.stringContaining(words));
    expect(notices.at(-1)).toMatch(/^\.github\/workflows\/ci\.yml:\d+: bake publishes target app in a way/);
  });
});
