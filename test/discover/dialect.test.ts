import { describe, expect, onTestFinished, test } from 'vitest';
import type { BuildOrder } from '../../core/rebuild/engine.ts';
import { createEngines, type EngineParts } from '../../core/rebuild/engines.ts';
import { createWorld } from '../../core/world.ts';
import { detected, discovered, shop } from './support.ts';

const text = 'ARG base=alpine:3.19\nFROM ${base}\nARG tool=busybox:1.36\nCOPY --from=${tool} /x /x\n';
const bases = ['docker.io/library/alpine:3.19', 'docker.io/library/busybox:1.36'];

async function basesIn(name: string, settings = '') {
  const { document } = await detected(shop({ [name]: text, '.base-image-refresh.yml': settings }));
  return document.dockerfiles.map(({ bases: found, failure }) =>
    failure === null ? found.map(({ reference }) => reference) : `${failure.code} ${failure.line}`,
  );
}

describe('a file is read as Buildah reads it', () => {
  test.each([
    ['Containerfile', ''],
    ['Containerfile.web', ''],
    ['web.Containerfile', ''],
    ['Dockerfile', 'engine: buildah\n'],
    ['Dockerfile', 'engine: podman\n'],
    ['Dockerfile', 'images: [{dockerfile: Dockerfile, engine: podman}]\n'],
    ['Dockerfile', 'engine: buildx\nimages: [{dockerfile: Dockerfile, engine: podman}]\n'],
  ])('%s with %j', async (name, settings) => {
    expect(await basesIn(name, settings)).toEqual([bases]);
  });

  test.each([
    ['Dockerfile', ''],
    ['Containerfile', 'engine: buildx\n'],
    ['Containerfile', 'images: [{dockerfile: Containerfile, engine: buildx}]\n'],
  ])('and as BuildKit does: %s with %j', async (name, settings) => {
    expect(await basesIn(name, settings)).toEqual(['invalid-reference 4']);
  });
});

test('engines that cannot read it say so before anything is built', async () => {
  const root = shop({ Containerfile: text });
  const world = createWorld();
  onTestFinished(() => world.close());
  const [found] = (await discovered(root)).builds;
  const engines = createEngines({ world } as Partial<EngineParts> as EngineParts);
  const order = { build: found?.build, root, pins: [] } as Partial<BuildOrder> as BuildOrder;
  for (const name of ['buildx', 'docker', 'acr-tasks']) {
    expect(await engines.find((engine) => engine.name === name)?.suits(order)).toEqual({
      kind: 'unsuitable',
      why: 'Containerfile:4 is written as only Buildah reads it',
      remedy: 'build it with podman or buildah',
    });
  }
});
