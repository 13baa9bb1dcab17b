import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeFailure } from '../../core/failure.ts';
import { formatReference } from '../../core/oci/reference.ts';
import { discovered, shop } from './support.ts';

const file = 'FROM debian:12\n';
const pipeline =
  'steps:\n- task: Docker@2\n  inputs: { repository: ghcr.io/other/app, tags: latest, Dockerfile: Dockerfile, buildContext: . }\n';
const workflow =
  'on: push\njobs: { a: { steps: [{ uses: docker/build-push-action@v6, with: { context: "..", file: Dockerfile, push: true, tags: "ghcr.io/other/app:1" } }] } }\n';

async function found(root: string, inputs: Readonly<Record<string, string>> = {}) {
  const { builds, notices } = await discovered(root, inputs);
  return {
    builds: builds.map(({ build }) => [build.dockerfile, ...build.releases.map(formatReference)].join(' ')),
    notices: notices.map(describeFailure),
  };
}

describe('a folder of third parties', () => {
  it.each(['vendor', 'third_party', 'third-party', 'testdata', 'examples', 'fixtures', 'lib/vendor'])(
    '%s claims no image and holds none, and is named',
    async (folder) => {
      const root = shop({
        Dockerfile: file,
        [`${folder}/azure-pipelines.yml`]: pipeline,
        [`${folder}/Dockerfile`]: file,
        [`${folder}/x/.github/workflows/a.yml`]: workflow,
        [`${folder}/compose.yaml`]: 'services: { a: { image: other/app, build: .. } }\n',
      });
      const { builds, notices } = await found(root);
      expect(builds).toEqual(['Dockerfile']);
      expect(notices).toEqual([
        `${root}: ${folder}/Dockerfile, ${folder}/x/.github/workflows/a.yml are of third parties, examples or tests, and left out; name the folder with include to have it taken in.`,
      ]);
    },
  );

  it('is taken in where include names it, and speaks of its own folder', async () => {
    const files = {
      Dockerfile: file,
      'third_party/x/Dockerfile': file,
      'third_party/x/ci/azure-pipelines.yml': pipeline,
      'third_party/x/sub/.github/workflows/a.yml': workflow,
    };
    expect(await found(shop(files), { include: '**\nthird_party/x/**' })).toEqual({
      builds: ['Dockerfile', 'third_party/x/Dockerfile ghcr.io/other/app:latest'],
      notices: [],
    });
  });

  it('is a submodule, or another repository, of any name', async () => {
    const files = {
      Dockerfile: file,
      '.gitmodules': '[submodule "a"]\n\tpath = deps/a\n\turl = https://example.com/a\n',
      'deps/a/Dockerfile': file,
      'cloned/azure-pipelines.yml': pipeline,
      'cloned/Dockerfile': file,
      'deps/b/Dockerfile': file,
    };
    const root = shop(files);
    mkdirSync(join(root, 'cloned/.git'));
    const { builds, notices } = await found(root);
    expect(builds).toEqual(['Dockerfile', 'deps/b/Dockerfile']);
    expect(notices).toEqual([expect.stringContaining(': cloned/Dockerfile, deps/a/Dockerfile are of third parties')]);
  });

  it('holds what the configuration or a workflow of the repository names', async () => {
    const files = {
      'examples/a/Dockerfile': file,
      'examples/b/Dockerfile': file,
      '.base-image-refresh.yml': 'images: [{ dockerfile: examples/a/Dockerfile, image: "ghcr.io/acme/a:1" }]\n',
      '.github/workflows/b.yml':
        'on: push\njobs: { a: { steps: [{ uses: docker/build-push-action@v6, with: { context: examples/b, push: true, tags: "ghcr.io/acme/b:1" } }] } }\n',
    };
    expect((await found(shop(files))).builds).toEqual([
      'examples/a/Dockerfile ghcr.io/acme/a:1',
      'examples/b/Dockerfile ghcr.io/acme/b:1',
    ]);
  });
});

it('a workflow of a nested folder says nothing of what stands above it', async () => {
  const files = {
    Dockerfile: file,
    'sub/.github/workflows/a.yml': workflow.replace('file: Dockerfile', 'file: ../Dockerfile'),
  };
  expect((await found(shop(files))).builds).toEqual(['Dockerfile']);
});
