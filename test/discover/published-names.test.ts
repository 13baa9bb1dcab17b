import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { describeFailure } from '../../core/failure.ts';
import { formatReference } from '../../core/oci/reference.ts';
import { metadataShapes, type Shape, workflowShapes } from './shapes.ts';
import { calledShapes, conditionShapes } from './shapes-conditions.ts';
import { furtherShapes } from './shapes-further.ts';
import { scriptShapes, severalShapes } from './shapes-scripts.ts';
import { shellShapes } from './shapes-shells.ts';
import { discovered, discoveredIn, discoveredWhereGitSays, shop } from './support.ts';

// A checkout as a clone makes it, with tags of releases.
function cloned(files: Readonly<Record<string, string>>): string {
  const root = shop(files);
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], { cwd: root });
  git('init', '-q', '-b', 'main');
  git('remote', 'add', 'origin', 'git@github.com:acme/app.git');
  git('commit', '-q', '--allow-empty', '-m', 'a');
  git('update-ref', 'refs/remotes/origin/main', 'HEAD');
  git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/main');
  for (const tag of tags) git('tag', tag);
  return root;
}

// What git says of such a checkout.
const tags = ['v1.9.0', 'v1.10.0', 'v2.3.4', 'v3.0.0-rc.1', 'other'];
const gitAnswers = (root: string) => ({
  'rev-parse --show-toplevel': root,
  'config --get': 'git@github.com:acme/app.git',
  'symbolic-ref --short': 'origin/main',
  'for-each-ref': tags.join('\n'),
});

async function published({ files }: Shape) {
  const { builds, notices, failures } = await discoveredWhereGitSays(shop(files), gitAnswers);
  expect(failures).toEqual([]);
  return {
    images: builds
      .filter(({ build }) => build.releases.length > 0)
      .map(({ build }) => `${build.dockerfile}: ${build.releases.map(formatReference).join(' ')}`),
    notices: notices.map(describeFailure),
  };
}

describe.each([
  ['docker/metadata-action', metadataShapes],
  ['a workflow', workflowShapes],
  ['a workflow with conditions', conditionShapes],
  ['a script', scriptShapes],
  ['a script of another kind', shellShapes],
  ['several images of one Dockerfile', severalShapes],
  ['a workflow that is called', calledShapes],
  ['what somebody could mistake', furtherShapes],
])('what %s publishes', (_, shapes) => {
  it.each(shapes.map((shape) => [shape.what, shape] as const))('%s', async (_what, shape) => {
    const { images, notices } = await published(shape);
    expect({ images, notices }).toEqual({
      images: shape.images,
      notices: (shape.notices ?? []).map((words) => expect.stringContaining(words)),
    });
  });
});

it('a folder that is no checkout of git says what its workflow and the run say', async () => {
  const text = `on: { push: { branches: [main], tags: ['v*.*.*'] } }
env: { REGISTRY: ghcr.io, IMAGE_NAME: "\${{ github.repository }}" }
jobs:
  build:
    steps:
    - { id: meta, uses: docker/metadata-action@v5, with: { images: "\${{ env.REGISTRY }}/\${{ env.IMAGE_NAME }}" } }
    - { uses: docker/build-push-action@v6, with: { context: ., push: true, tags: "\${{ steps.meta.outputs.tags }}" } }
`;
  const root = shop({ '.github/workflows/ci.yml': text, Dockerfile: 'FROM debian:12\n' });
  const { builds, notices } = await discoveredIn(root, { GITHUB_REPOSITORY: 'Acme/App', PATH: process.env.PATH ?? '' });
  expect(builds.map(({ build }) => [build.name, ...build.releases.map(formatReference)])).toEqual([
    ['app', 'ghcr.io/acme/app:main'],
    ['app-latest', 'ghcr.io/acme/app:latest'],
  ]);
  expect(notices.map(describeFailure)).toEqual([
    expect.stringContaining(
      'under further names that are not known: ghcr.io/acme/app:… (type=ref,event=tag: no tag of a release is in this checkout)',
    ),
  ]);
});

it('of the images of a branch and a release, the one that the user names is meant', async () => {
  const shape = metadataShapes.find(({ what }) => what === 'metadata: the defaults on everything');
  const root = cloned(shape?.files ?? {});
  const { builds } = await discovered(root, { image: 'ghcr.io/acme/app:latest' });
  expect(builds.map(({ build }) => build.releases.map(formatReference))).toEqual([['ghcr.io/acme/app:latest']]);
});
