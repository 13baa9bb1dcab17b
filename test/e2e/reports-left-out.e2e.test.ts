import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { World } from '../../core/ports.ts';
import { containersEngine } from '../../core/rebuild/buildah.ts';
import { buildxEngine } from '../../core/rebuild/buildx.ts';
import { dockerEngine } from '../../core/rebuild/docker.ts';
import type { Engine } from '../../core/rebuild/engine.ts';
import type { PinnedContext } from '../../core/rebuild/pinned-build.ts';
import { createRegistry } from '../../core/registry/client.ts';
import { createWorld } from '../../core/world.ts';
import { orderOf } from '../rebuild/support.ts';
import { defaultBuild } from '../support/default-settings.ts';
import { makeStore } from './setup/containers.ts';
import { type RunningRegistry, startDistribution } from './setup/distribution.ts';
import { startDockerd } from './setup/dockerd.ts';
import { describeWith, program } from './setup/parts.ts';
import { must } from './setup/run.ts';

interface Tool {
  readonly env: Readonly<Record<string, string>>;
  end(): Promise<unknown>;
}

const daemon = (part: 'dockerd' | 'dockerd-20.10') => async (): Promise<Tool> => {
  const { env, stop } = await startDockerd({ part });
  return { env, end: stop };
};
const store = (tool: 'buildah' | 'podman') => async (): Promise<Tool> => {
  const { env, remove } = await makeStore(tool);
  return { env, end: remove };
};

const engines = [
  ['buildx', ['dockerd'], daemon('dockerd'), buildxEngine],
  ['docker', ['dockerd-20.10'], daemon('dockerd-20.10'), dockerEngine],
  ['buildah', ['buildah'], store('buildah'), (context: PinnedContext) => containersEngine('buildah', context)],
  ['podman', ['podman'], store('podman'), (context: PinnedContext) => containersEngine('podman', context)],
] as const;

const files = {
  Dockerfile: 'FROM scratch\nCOPY . /app/\n',
  'page.html': '<h1>page</h1>\n',
  'a.log': 'left out\n',
  'logs/keep.log': 'brought back\n',
  '.base-image-refresh/report.json': '{}\n',
  '.base-image-refresh/keep.log': 'no exception brings it back\n',
};

describe.each(engines)('%s', (name, parts, begin, create) => {
  describeWith([...parts, 'distribution', 'crane'], 'on real parts', () => {
    let folder: string;
    let distribution: RunningRegistry;
    let tool: Tool;
    let world: World & { close(): Promise<void> };
    let engine: Engine;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'bir-left-out-'));
      distribution = await startDistribution();
      tool = await begin();
      world = { ...createWorld(), env: tool.env };
      const config = { credentials: {}, mirrors: {}, insecureHosts: [], concurrency: 4, deadline: 300_000 };
      const registry = createRegistry(world, config);
      const outputDirectory = join(folder, '.base-image-refresh');
      engine = create({ world, registry, config, settings: defaultBuild, outputDirectory, log: () => {} });
    });
    afterAll(async () => {
      await world?.close();
      await tool?.end();
      await distribution?.stop();
      await rm(folder, { recursive: true, force: true });
    });

    const own = { Dockerfile: 'FROM scratch\nCOPY . /app/\n', 'Dockerfile.dockerignore': '*.html\n!**/keep.log\n' };
    const known = [
      ['an ignore file', { '.dockerignore': '**/*.log\n!**/keep.log\n' }, ['app/logs/keep.log', 'app/page.html']],
      ['no ignore file', {}, ['app/a.log', 'app/logs/keep.log', 'app/page.html']],
      ['an ignore file of the Dockerfile', own, ['app/a.log', 'app/logs/keep.log']],
    ] as const;
    // Docker's classic builder knows no ignore file of a Dockerfile, and is not chosen there.
    test.each(name === 'docker' ? known.slice(0, 2) : known)(
      'reports do not enter an image that is built with %s',
      async (_, more, expected) => {
        for (const [path, text] of Object.entries({
          '.dockerignore': '',
          'Dockerfile.dockerignore': '',
          ...files,
          ...more,
        })) {
          await rm(join(folder, path), { force: true });
          await mkdir(dirname(join(folder, path)), { recursive: true });
          if (text !== '') await writeFile(join(folder, path), text);
        }
        const order = orderOf({ registry: distribution.host, repository: 'team/web' }, [], { root: folder });
        expect(await engine.suits(order)).toMatchObject({ kind: 'suitable' });
        const { digest } = await engine.rebuild(order);
        const out = join(folder, 'out.tar');
        await must(program('crane', 'crane'), ['export', '--insecure', `${distribution.host}/team/web@${digest}`, out]);
        const listed = (await must('tar', ['-tf', out])).trim().split('\n');
        await rm(out);
        const copied = listed.filter((path) => /\.(?:html|json|log)$/.test(path));
        expect(copied.toSorted()).toEqual(expected);
      },
    );
  });
});
