import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Config } from '../../core/config/model.ts';
import type { Build } from '../../core/discover/build.ts';
import type { Digest } from '../../core/oci/digest.ts';
import type { World } from '../../core/ports.ts';
import { containersEngine } from '../../core/rebuild/buildah.ts';
import type { Engine, Pin } from '../../core/rebuild/engine.ts';
import type { BuildSettings } from '../../core/rebuild/settings.ts';
import { createRegistry } from '../../core/registry/client.ts';
import type { Registry } from '../../core/registry/registry.ts';
import { createWorld } from '../../core/world.ts';
import { startRegistry } from '../../testing/registry.ts';
import { baseOf, orderOf, pinOf } from '../rebuild/support.ts';
import { failureOf } from '../registry/harness.ts';
import { defaultBuild } from '../support/default-settings.ts';
import { changedPackages, publishBase } from './setup/base-pair.ts';
import { type ContainersStore, makeStore } from './setup/containers.ts';
import { type RunningRegistry, startDistribution } from './setup/distribution.ts';
import { describeWith, program } from './setup/parts.ts';
import { must } from './setup/run.ts';
import { publishTwoPlatforms } from './setup/two-platforms.ts';

describe.each(['buildah', 'podman'] as const)('%s', (tool) => {
  describeWith([tool, 'distribution', 'crane', 'debian-pair'], 'on real parts', () => {
    let folder: string;
    let distribution: RunningRegistry;
    let store: ContainersStore;
    let world: World & { close(): Promise<void> };
    let registry: Registry;
    let config: Config['registry'];
    let v1: Digest;
    let v2: Digest;
    const openssl = changedPackages().find(({ name }) => name === 'openssl');

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'bir-buildah-'));
      distribution = await startDistribution();
      store = await makeStore(tool);
      v1 = (await publishBase(distribution.host, 'v1')) as Digest;
      v2 = (await publishBase(distribution.host, 'v2')) as Digest;
      world = { ...createWorld(), env: { ...store.env, NPM_TOKEN: 'very-secret' } };
      const mirrors = { 'docker.io': distribution.host };
      config = { credentials: {}, mirrors, insecureHosts: [], concurrency: 8, deadline: 600_000 };
      registry = createRegistry(world, config);
    });

    afterAll(async () => {
      await world?.close();
      await store?.remove();
      await distribution?.stop();
      await rm(folder, { recursive: true, force: true });
    });

    const engineWith = (settings: Partial<BuildSettings> = {}, log = (_: string) => {}): Engine =>
      containersEngine(tool, { world, registry, config, settings: { ...defaultBuild, ...settings }, log });
    const crane = (...args: readonly string[]) => must(program('crane', 'crane'), [...args, '--insecure']);

    async function orderFor(name: string, dockerfile: string, pins: readonly Pin[], build: Partial<Build> = {}) {
      const root = join(folder, name);
      await mkdir(root, { recursive: true });
      await writeFile(join(root, 'Dockerfile'), dockerfile);
      await writeFile(join(root, 'page.html'), '<h1>page</h1>\n');
      await writeFile(join(root, 'private.txt'), 'private\n');
      const release = { registry: distribution.host, repository: `team/${name}`, tag: '1' };
      return orderOf(release, pins, { root, build: { name, ...build } });
    }

    /** The layers that a build put on the base, as files; the last first. */
    async function ownLayers(name: string, digest: Digest): Promise<readonly string[]> {
      const repository = `${distribution.host}/v2/team/${name}`;
      const { layers } = JSON.parse(await crane('manifest', `${distribution.host}/team/${name}@${digest}`));
      const files: string[] = [];
      for (const layer of layers.slice(1)) {
        const file = join(folder, `${layer.digest.slice(7)}.tar.gz`);
        const blob = await fetch(`http://${repository}/blobs/${layer.digest}`);
        await writeFile(file, Buffer.from(await blob.arrayBuffer()));
        files.unshift(file);
      }
      return files;
    }

    /** The text of a file that a build put into the image. */
    async function fileIn(name: string, digest: Digest, path: string): Promise<string> {
      for (const file of await ownLayers(name, digest)) {
        if ((await must('tar', ['-tzf', file])).split('\n').includes(path)) return must('tar', ['-xzOf', file, path]);
      }
      throw new Error(`${name} has no ${path}`);
    }

    test('builds on the digests that were compared, though the tag has moved, and annotates the result', async () => {
      const dockerfile = [
        'ARG V=12',
        'FROM docker.io/library/debian:$V AS build',
        'ARG TARGETARCH',
        'RUN dpkg-query -W openssl > /built-with; echo $TARGETARCH >> /built-with',
        'FROM debian:12',
        'COPY --from=build /built-with /',
        'COPY --from=debian:12 /etc/debian_version /other',
        'HEALTHCHECK CMD true',
        '',
      ].join('\n');
      const pins = [
        pinOf(
          baseOf('docker.io/library/debian:12', {
            raw: 'docker.io/library/debian:$V',
            line: 2,
            stage: 'build',
            runtime: false,
          }),
          v1,
        ),
        pinOf(baseOf('debian:12', { line: 5, stage: 1 }), v1),
        pinOf(baseOf('debian:12', { line: 7, stage: 1, via: 'copy-from', runtime: false }), v1),
      ];
      const order = await orderFor('stages', dockerfile, pins);
      const engine = engineWith();
      expect(await engine.suits(order)).toEqual({ kind: 'suitable' });
      const image = await engine.rebuild(order);
      expect(await fileIn('stages', image.digest, 'built-with')).toBe(`openssl\t${openssl?.from}\namd64\n`);
      expect((await crane('digest', `${distribution.host}/team/stages:candidate`)).trim()).toBe(image.digest);
      const manifest = JSON.parse(await crane('manifest', `${distribution.host}/team/stages@${image.digest}`));
      expect(manifest.annotations).toEqual(order.annotations);
      const base = JSON.parse(await crane('manifest', `${distribution.host}/library/debian@${v1}`));
      expect(manifest.layers[0]).toEqual(base.layers[0]);
      const built = JSON.parse(await crane('config', `${distribution.host}/team/stages@${image.digest}`));
      expect(built.config.Healthcheck.Test).toEqual(['CMD-SHELL', 'true']);
      expect(image).toMatchObject({ engine: tool, evidence: 'layers', notes: [] });
      expect(await store.run('images')).not.toContain('candidate');
    });

    test('builds each of several platforms and puts them under one index', async () => {
      const platforms = ['amd64', 'arm64'].map((architecture) => ({ os: 'linux', architecture }));
      const base = await publishTwoPlatforms(registry, distribution.host, 'library/two', v1);
      const name = `${distribution.host}/library/two:1`;
      const order = await orderFor('two', `FROM ${name}\nCOPY page.html /\n`, [pinOf(baseOf(name), base)], {
        platforms,
      });
      const image = await engineWith().rebuild(order);
      const index = JSON.parse(await crane('manifest', `${distribution.host}/team/two@${image.digest}`));
      expect(index.manifests.map(({ platform }: { platform: object }) => platform)).toEqual([
        { os: 'linux', architecture: 'amd64' },
        { os: 'linux', architecture: 'arm64' },
      ]);
      expect(index.annotations).toEqual(order.annotations);
      await crane('validate', '--remote', `${distribution.host}/team/two@${image.digest}`);
    });

    test('hands secrets over by name, and folders and ignore files as they are', async () => {
      const lines: string[] = [];
      const secrets = [{ id: 'npm', from: { kind: 'env', name: 'NPM_TOKEN' } }] as const;
      const dockerfile = [
        'FROM debian:12',
        'RUN --mount=type=secret,id=npm wc -c < /run/secrets/npm > /length',
        'COPY . /context/',
        'COPY --from=assets logo.txt /',
        '',
      ].join('\n');
      const order = await orderFor('secret', dockerfile, [pinOf(baseOf('debian:12'), v2)], {
        contexts: { assets: './assets' },
      });
      await mkdir(join(order.root, 'assets'));
      await writeFile(join(order.root, 'assets', 'logo.txt'), 'logo\n');
      await writeFile(join(order.root, 'Dockerfile.dockerignore'), 'private.txt\n');
      const image = await engineWith({ secrets }, (line) => lines.push(line)).rebuild(order);
      expect(await fileIn('secret', image.digest, 'length')).toBe('11\n');
      expect(await fileIn('secret', image.digest, 'logo.txt')).toBe('logo\n');
      const listed = (await ownLayers('secret', image.digest)).map((file) => must('tar', ['-tzf', file]));
      const paths = (await Promise.all(listed)).join('');
      expect(paths).toContain('page.html');
      expect(paths).not.toContain('private.txt');
      expect(lines.join('\n')).not.toContain('very-secret');
    });

    test('logs in with the credentials that were given, and without them is refused', async () => {
      const authentication = { kind: 'basic', users: { me: 'pa:ss' } } as const;
      const secured = await startRegistry({ authentication });
      const candidate = { registry: secured.host, repository: 'team/web', tag: 'candidate' };
      const order = { ...(await orderFor('secured', 'FROM debian:12\n', [pinOf(baseOf('debian:12'), v1)])), candidate };
      const refused = await failureOf(engineWith().rebuild(order));
      expect(refused.message).toMatch(/push failed: .*; check that you may push there and are logged in\.$/);
      const known = { ...config, credentials: { [secured.host]: { username: 'me', password: 'pa:ss' } } };
      const engine = containersEngine(tool, {
        world,
        registry: createRegistry(world, known),
        config: known,
        settings: defaultBuild,
        log: () => {},
      });
      const built = await engine.rebuild(order);
      expect(secured.store.digestOf('team/web', 'candidate')).toBe(built.digest);
      await secured.close();
    });

    test('says why a step broke, and pushes nothing', async () => {
      const dockerfile = 'FROM debian:12\nRUN echo "E: no such thing" >&2; exit 3\n';
      const order = await orderFor('broken', dockerfile, [pinOf(baseOf('debian:12'), v1)]);
      const { code, message } = await failureOf(engineWith().rebuild(order));
      expect(code).toBe('build-failed');
      expect(message).toMatch(new RegExp(`^broken: ${tool} build failed: .*exit status 3`));
      expect(await crane('catalog', distribution.host)).not.toContain('team/broken');
    });
  });
});
