import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeImage } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { archiveOf } from '../layers/archive.ts';
import { layerShapes } from '../layers/shapes.ts';
import { type ContainersStore, makeStore } from './setup/containers.ts';
import { type RunningDockerd, startDockerd } from './setup/dockerd.ts';
import { describeWith } from './setup/parts.ts';
import { must, run } from './setup/run.ts';

// What the unit tests hold the model of layers to is what engines make of the same archives.
const shapes = Object.entries(layerShapes);

let server: TestRegistry;
beforeAll(async () => {
  server = await startRegistry();
  for (const [name, { layers }] of shapes) {
    const image = makeImage({ layers: await Promise.all(layers.map(archiveOf)), config: { Cmd: ['x'] } });
    await pushImage(server.store, name, image, '1');
  }
});
afterAll(() => server?.close());

/** What every image holds, and undefined for those that the engine cannot unpack. */
async function inAll(unpack: (reference: string) => Promise<readonly string[]>) {
  const found: [string, readonly string[] | undefined][] = [];
  for (const [name] of shapes) {
    const files = await unpack(`${server.host}/${name}:1`).catch((error: Error) => {
      if (!/file exists|not a directory|no such file/.test(error.message)) throw error;
      return undefined;
    });
    found.push([name, files?.toSorted()]);
  }
  return Object.fromEntries(found);
}

const expected = Object.fromEntries(shapes.map(([name, { files }]) => [name, files?.toSorted()]));

describe.each(['buildah', 'podman'] as const)('%s', (tool) => {
  describeWith([tool], 'unpacks layers as the model has it', () => {
    let store: ContainersStore;
    beforeAll(async () => {
      store = await makeStore(tool);
    });
    afterAll(() => store?.remove());

    test('each by itself', async () => {
      const files = await inAll(async (reference) => {
        const verb = tool === 'buildah' ? 'from' : 'create';
        // What podman pulls for it is named before the container.
        const made = await store.run(verb, '--quiet', '--tls-verify=false', reference);
        const container = made.trim().split('\n').at(-1) ?? '';
        const folder = (await store.run('mount', container)).trim();
        // A whiteout of nothing is seen in its folder, and is not there: find complains of it.
        const { stdout } = await run('find', [folder, '-mindepth', '1', '-printf', '%y %P -> %l\\n']);
        const lines = stdout.split('\n').filter((line) => line !== '');
        await store.run('rm', container);
        return lines.map((line) => {
          const name = line.slice(2);
          return line.startsWith('l') ? name : name.replace(/ -> $/, line.startsWith('d') ? '/' : '');
        });
      });
      expect(files).toEqual(expected);
    });
  });
});

describe.each(['dockerd', 'dockerd-20.10'] as const)('%s', (part) => {
  describeWith([part], 'unpacks layers as the model has it', () => {
    let engine: RunningDockerd;
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'bir-shapes-'));
      engine = await startDockerd({ part });
    });
    afterAll(async () => {
      await engine?.stop();
      await rm(folder, { recursive: true, force: true });
    });

    test('each by itself', async () => {
      const file = join(folder, 'export.tar');
      const files = await inAll(async (reference) => {
        await engine.docker('pull', '-q', reference);
        const container = (await engine.docker('create', reference)).trim();
        await engine.docker('export', '-o', file, container);
        const [names, links] = [await must('tar', ['-tf', file]), await must('tar', ['-tvf', file])];
        const targets = links.split('\n');
        return names.split('\n').flatMap((name, at) => {
          // What the engine itself puts into every container.
          if (name === '' || /^(?:dev|proc|sys|etc|\.dockerenv)(?:\/|$)/.test(name)) return [];
          const [, target] = / -> (.*)$/.exec(targets[at] ?? '') ?? [];
          return [target === undefined ? name : `${name} -> ${target}`];
        });
      });
      expect(files).toEqual(expected);
    });
  });
});
