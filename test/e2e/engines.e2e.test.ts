import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readProvenance } from '../../core/baseline/provenance.ts';
import type { Config } from '../../core/config/model.ts';
import type { Build } from '../../core/discover/build.ts';
import { asDigest, type Digest } from '../../core/oci/digest.ts';
import { parseReference, type Reference } from '../../core/oci/reference.ts';
import type { World } from '../../core/ports.ts';
import { buildxEngine } from '../../core/rebuild/buildx.ts';
import type { BuildOrder, Engine, Pin } from '../../core/rebuild/engine.ts';
import { rebaseEngine } from '../../core/rebuild/rebase.ts';
import type { BuildSettings } from '../../core/rebuild/settings.ts';
import { createRegistry } from '../../core/registry/client.ts';
import type { Registry } from '../../core/registry/registry.ts';
import { createWorld } from '../../core/world.ts';
import { startRegistry } from '../../testing/registry.ts';
import { baseOf, orderOf, pinOf } from '../rebuild/support.ts';
import { failureOf } from '../registry/harness.ts';
import { defaultBuild } from '../support/default-settings.ts';
import { changedPackages, publishBase } from './setup/base-pair.ts';
import { type RunningRegistry, startDistribution } from './setup/distribution.ts';
import { type RunningDockerd, startDockerd } from './setup/dockerd.ts';
import { describeWith, program } from './setup/parts.ts';
import { must } from './setup/run.ts';
import { publishTwoPlatforms } from './setup/two-platforms.ts';

interface Tools {
  readonly world: World & { close(): Promise<void> };
  readonly registry: Registry;
  readonly buildx: Engine;
  readonly rebase: Engine;
}

/** The engines over the real world, with the environment of a client of this daemon. */
function toolsFor(
  env: Readonly<Record<string, string>>,
  settings: Partial<Config['registry']> = {},
  rules: Partial<BuildSettings> = {},
): Tools {
  const world = { ...createWorld(), env };
  const config = { credentials: {}, mirrors: {}, insecureHosts: [], concurrency: 8, deadline: 600_000, ...settings };
  const registry = createRegistry(world, config);
  const log = () => {};
  return {
    world,
    registry,
    buildx: buildxEngine({ world, registry, config, settings: { ...defaultBuild, ...rules }, log }),
    rebase: rebaseEngine({ world, registry, policy: 'when-safe' }),
  };
}

describeWith(['dockerd', 'distribution', 'crane', 'debian-pair'], 'engines on real parts', () => {
  let folder: string;
  let distribution: RunningRegistry;
  let engine: RunningDockerd;
  let tools: Tools;
  let v1: Digest;
  let v2: Digest;
  const openssl = changedPackages().find(({ name }) => name === 'openssl');

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bir-engines-'));
    distribution = await startDistribution();
    engine = await startDockerd({ mirror: distribution.host });
    // The tag has moved on to v2 already: only the digest leads to v1.
    v1 = (await publishBase(distribution.host, 'v1')) as Digest;
    v2 = (await publishBase(distribution.host, 'v2')) as Digest;
    tools = toolsFor(engine.env, { mirrors: { 'docker.io': distribution.host } });
  });

  afterAll(async () => {
    await tools?.world.close();
    await engine?.stop();
    await distribution?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const crane = (...args: readonly string[]) => must(program('crane', 'crane'), [...args, '--insecure']);
  const release = (name: string): Reference & { readonly tag: string } => ({
    registry: distribution.host,
    repository: `team/${name}`,
    tag: '1',
  });
  const mirrored = () => ({ mirrors: { 'docker.io': distribution.host } });
  const runIn = (reference: Reference & { readonly digest: Digest }, ...command: readonly string[]) =>
    engine.docker(
      'run',
      '--rm',
      '--network=none',
      `${reference.registry}/${reference.repository}@${reference.digest}`,
      ...command,
    );

  async function orderFor(
    name: string,
    dockerfile: string,
    pins: readonly Pin[],
    parts: Partial<Omit<BuildOrder, 'build'>> & { readonly build?: Partial<Build> } = {},
  ): Promise<BuildOrder> {
    const root = join(folder, name);
    await mkdir(root, { recursive: true });
    await writeFile(join(root, 'Dockerfile'), dockerfile);
    await writeFile(join(root, 'page.html'), '<h1>page</h1>\n');
    return orderOf(release(name), pins, { root, ...parts, build: { name, ...parts.build } });
  }

  /** Builds with buildx on v1 and publishes the result as the release that a refresh finds. */
  async function published(name: string, dockerfile: string, build: Partial<Build> = {}) {
    const order = await orderFor(name, dockerfile, [pinOf(baseOf('debian:12'), v1)], { build });
    const built = await tools.buildx.rebuild(order);
    await crane('tag', `${distribution.host}/team/${name}@${built.digest}`, '1');
    const reference = release(name);
    tools.registry.forget(reference);
    return { reference, manifest: await tools.registry.manifest(reference) };
  }

  describe('buildx', () => {
    test('suits this docker, and not one of release 20.10', async () => {
      const order = await orderFor('any', 'FROM debian:12\n', []);
      expect(await tools.buildx.suits(order)).toEqual({ kind: 'suitable' });
      const old = {
        ...engine.env,
        PATH: dirname(program('dockerd-20.10', 'docker')),
        DOCKER_CONFIG: join(folder, 'no-plugins'),
      };
      const { world, buildx } = toolsFor(old);
      expect(await buildx.suits(order)).toMatchObject({
        kind: 'unsuitable',
        remedy: 'install the docker-buildx plugin',
      });
      await world.close();
    });

    test('does not suit where no daemon answers', async () => {
      const { world, buildx } = toolsFor({ ...engine.env, DOCKER_HOST: `unix://${folder}/none.sock` });
      expect(await buildx.suits(await orderFor('any', 'FROM debian:12\n', []))).toEqual({
        kind: 'unsuitable',
        why: `the docker builder cannot be reached (Cannot connect to the Docker daemon at unix://${folder}/none.sock. Is the docker daemon running?)`,
        remedy: 'start the Docker daemon or set DOCKER_HOST',
      });
      await world.close();
    });

    test('builds an unchanged Dockerfile on the digest that was compared, though the tag has moved', async () => {
      const dockerfile =
        'FROM debian:12 AS build\nRUN dpkg-query -W openssl > /built-with\nFROM debian:12\nCOPY --from=build /built-with /\n';
      const pins = [
        pinOf(baseOf('debian:12', { stage: 'build', runtime: false }), v1),
        pinOf(baseOf('debian:12', { stage: 1 }), v1),
      ];
      const order = await orderFor('stages', dockerfile, pins);
      const built = await tools.buildx.rebuild(order);
      expect(await runIn(built.reference, 'cat', '/built-with')).toBe(`openssl\t${openssl?.from}\n`);
      expect((await crane('digest', `${distribution.host}/team/stages:candidate`)).trim()).toBe(built.digest);
      expect((await crane('ls', `${distribution.host}/team/stages`)).trim()).toBe('candidate');
      const index = JSON.parse(await crane('manifest', `${distribution.host}/team/stages@${built.digest}`));
      const child = JSON.parse(
        await crane('manifest', `${distribution.host}/team/stages@${index.manifests[0].digest}`),
      );
      expect([index.annotations, child.annotations]).toEqual([order.annotations, order.annotations]);
      expect(await engine.docker('image', 'ls', '--quiet', `${distribution.host}/team/stages:candidate`)).toBe('');
    });

    test.each([
      ['latest', 'FROM debian\n', 'debian'],
      ['spelled-out', 'FROM docker.io/library/debian:12\n', 'docker.io/library/debian:12'],
      ['with-argument', 'ARG V=12\nFROM debian:$V\n', 'debian:12'],
      ['copied-from', 'FROM scratch\nCOPY --from=debian:12 /etc/debian_version /\n', 'debian:12'],
      [
        'mounted-from',
        'FROM debian:12\nRUN --mount=from=debian:12,target=/m cp /m/etc/debian_version /x\n',
        'debian:12',
      ],
    ])('pins a base that is %s', async (name, dockerfile, expanded) => {
      const built = await tools.buildx.rebuild(await orderFor(name, dockerfile, [pinOf(baseOf(expanded), v1)]));
      const manifest = await tools.registry.manifest(built.reference);
      const [provenance] = await readProvenance(tools.registry, { reference: built.reference, manifest });
      expect(provenance?.materials.map(({ digest }) => digest)).toEqual([v1]);
    });

    test('moves a base that is held at a digest in the Dockerfile', async () => {
      const expanded = `debian:12@${v1}`;
      const built = await tools.buildx.rebuild(
        await orderFor('held', `FROM ${expanded}\n`, [pinOf(baseOf(expanded), v2)]),
      );
      expect(await runIn(built.reference, 'dpkg-query', '-W', 'openssl')).toBe(`openssl\t${openssl?.to}\n`);
    });

    test('keeps a stage that is named like its image, instructions and all', async () => {
      const dockerfile =
        'FROM debian AS debian\nRUN dpkg-query -W openssl > /kept\nFROM debian:12\nCOPY --from=debian /kept /kept\n';
      await crane('tag', `${distribution.host}/library/debian@${v2}`, 'latest');
      const pins = [pinOf(baseOf('debian', { stage: 'debian', runtime: false }), v1), pinOf(baseOf('debian:12'), v2)];
      const built = await tools.buildx.rebuild(await orderFor('named', dockerfile, pins));
      expect(await runIn(built.reference, 'cat', '/kept')).toBe(`openssl\t${openssl?.from}\n`);
    });

    test('refuses an image that the Dockerfile took in unseen', async () => {
      const order = await orderFor(
        'unseen',
        'FROM debian:12\nCOPY --from=docker.io/library/debian:latest /etc/issue /\n',
        [pinOf(baseOf('debian:12'), v1)],
      );
      await crane('tag', `${distribution.host}/library/debian@${v2}`, 'latest');
      expect(await failureOf(tools.buildx.rebuild(order))).toMatchObject({
        code: 'build-failed',
        message: expect.stringContaining(`it was built on docker.io/library/debian:latest@${v2}, which is not pinned`),
      });
    });

    test('builds for several platforms and proves each', async () => {
      const base = await publishTwoPlatforms(tools.registry, distribution.host, 'library/two', v1);
      const platforms = ['amd64', 'arm64'].map((architecture) => ({ os: 'linux', architecture }));
      const pin = pinOf(baseOf(`${distribution.host}/library/two:1`), base);
      const order = await orderFor('two', `FROM ${distribution.host}/library/two:1\nCOPY page.html /\n`, [pin], {
        build: { platforms },
      });
      const built = await tools.buildx.rebuild(order);
      const manifest = await tools.registry.manifest(built.reference);
      const provenances = await readProvenance(tools.registry, { reference: built.reference, manifest });
      expect(provenances.map(({ materials }) => materials.map(({ digest }) => digest))).toEqual([[base], [base]]);
      expect(built.notes).toEqual([]);
    });

    test("pins the frontend too: what the Dockerfile's first line names is not even asked for", async () => {
      const lines: string[] = [];
      const config = {
        credentials: {},
        mirrors: { 'docker.io': distribution.host },
        insecureHosts: [],
        concurrency: 8,
        deadline: 600_000,
      };
      const listening = buildxEngine({ ...tools, config, settings: defaultBuild, log: (line) => lines.push(line) });
      const frontend = baseOf('docker/dockerfile:1', { via: 'syntax', stage: null, runtime: false });
      // Debian is no frontend, so the build ends there; it shows which image was started as one.
      const pin = { ...pinOf(frontend, v1), source: parseReference(`debian@${v1}`) };
      const order = await orderFor('frontend', '# syntax=docker/dockerfile:1\nFROM scratch\n', [pin]);
      expect((await failureOf(listening.rebuild(order))).code).toBe('build-failed');
      expect(lines.join('\n')).toContain(
        `resolve image config for docker-image://${distribution.host}/library/debian@${v1}`,
      );
      expect(lines.join('\n')).not.toContain('docker/dockerfile');
    });

    test('mounts a secret, and keeps it out of image, log and provenance', async () => {
      const dockerfile = 'FROM debian:12\nRUN --mount=type=secret,id=npm wc -c < /run/secrets/npm > /length\n';
      const secrets = [{ id: 'npm', from: { kind: 'env', name: 'NPM_TOKEN' } }] as const;
      const given = toolsFor({ ...engine.env, NPM_TOKEN: 'very-secret' }, mirrored(), { secrets });
      const built = await given.buildx.rebuild(await orderFor('secret', dockerfile, [pinOf(baseOf('debian:12'), v1)]));
      expect(await runIn(built.reference, 'cat', '/length')).toBe('11\n');
      const manifest = await crane('manifest', `${distribution.host}/team/secret@${built.digest}`);
      for (const { digest } of JSON.parse(manifest).manifests) {
        const child = JSON.parse(await crane('manifest', `${distribution.host}/team/secret@${digest}`));
        for (const { digest: blob, mediaType } of [child.config, ...child.layers]) {
          if (/tar/.test(mediaType)) continue;
          expect(await crane('blob', `${distribution.host}/team/secret@${blob}`)).not.toContain('very-secret');
        }
      }
      await given.world.close();
    });

    test.each([
      ['no-cache', 'FROM debian:12\nRUN cat /proc/sys/kernel/random/uuid > /uuid\n', false],
      ['cache', 'FROM debian:12\nRUN cat /proc/sys/kernel/random/uuid > /uuid\n', true],
      [
        'no-cache-filters',
        'FROM debian:12\nRUN apt-get --version > /uuid; cat /proc/sys/kernel/random/uuid > /uuid\n',
        false,
      ],
      [
        'no-cache-filters',
        'FROM debian:12 AS Run\nRUN apt-get --version > /uuid; cat /proc/sys/kernel/random/uuid > /uuid\n',
        false,
      ],
      ['no-cache-filters', 'FROM debian:12\nRUN cat /proc/sys/kernel/random/uuid > /uuid\n', true],
      ['epoch', 'FROM debian:12\nARG BASE_IMAGE_REFRESH_EPOCH\nRUN cat /proc/sys/kernel/random/uuid > /uuid\n', false],
    ] as const)('with freshness %s, %j built again has the same layer: %s', async (freshness, dockerfile, isSame) => {
      const given = toolsFor(engine.env, mirrored(), { freshness });
      const order = await orderFor(`fresh-${freshness}`, dockerfile, [pinOf(baseOf('debian:12'), v1)]);
      const layers = async () => {
        const { digest } = await given.buildx.rebuild(order);
        const manifest = JSON.parse(await crane('manifest', `${distribution.host}/team/fresh-${freshness}@${digest}`));
        const image = `${distribution.host}/team/fresh-${freshness}@${manifest.manifests[0].digest}`;
        return JSON.parse(await crane('manifest', image)).layers[1].digest;
      };
      const [first, second] = [await layers(), await layers()];
      expect(first === second).toBe(isSame);
      await given.world.close();
    });

    test('says in one sentence why a step broke', async () => {
      const order = await orderFor('broken', 'FROM debian:12\nRUN echo "E: no such thing" >&2; exit 3\n', [
        pinOf(baseOf('debian:12'), v1),
      ]);
      const { code, message } = await failureOf(tools.buildx.rebuild(order));
      expect(code).toBe('build-failed');
      expect(message).toBe(
        'broken: docker buildx build failed: process "/bin/sh -c echo \\"E: no such thing\\" >&2; exit 3" did not complete successfully: exit code: 3 (E: no such thing).',
      );
    });

    test('logs in to the registry with the credentials that were given, and without them is refused', async () => {
      const authentication = { kind: 'basic', users: { me: 'pa:ss' } } as const;
      const secured = await startRegistry({ authentication });
      const candidate = { registry: secured.host, repository: 'team/web', tag: 'candidate' };
      const order = { ...(await orderFor('secured', 'FROM debian:12\n', [pinOf(baseOf('debian:12'), v1)])), candidate };
      const refused = await failureOf(tools.buildx.rebuild(order));
      expect(refused.message).toMatch(/401 Unauthorized.*; check that you may push there and are logged in\.$/);
      const credentials = { [secured.host]: { username: 'me', password: 'pa:ss' } };
      const known = toolsFor(engine.env, { credentials, mirrors: { 'docker.io': distribution.host } });
      const built = await known.buildx.rebuild(order);
      expect(secured.store.digestOf('team/web', 'candidate')).toBe(built.digest);
      await known.world.close();
      await secured.close();
    });
  });

  describe('rebase', () => {
    const dockerfile =
      'FROM debian:12\nRUN mkdir -p /srv/app\nCOPY page.html /srv/app/run\nCOPY page.html /srv/page.html\nENV PAGE=/srv/page.html\nCMD ["cat","/srv/page.html"]\n';

    test('puts a real image on the new base: it runs, with the packages of the new base', async () => {
      const image = await published('shop', dockerfile);
      const pins = [pinOf(baseOf('debian:12'), v2, v1)];
      const order = await orderFor('shop', dockerfile, pins, { published: image });
      expect(await tools.rebase.suits(order)).toMatchObject({ kind: 'suitable' });
      const built = await tools.rebase.rebuild(order);
      expect(await runIn(built.reference)).toBe('<h1>page</h1>\n');
      expect(await runIn(built.reference, 'cat', '/srv/app/run')).toBe('<h1>page</h1>\n');
      // dpkg-query's own placeholders.
      const showformat = '${Package}\\t${Version}\\n';
      const versions = await runIn(
        built.reference,
        'dpkg-query',
        '--show',
        '--showformat',
        showformat,
        ...changedPackages().map(({ name }) => name),
      );
      expect(versions.trim().split('\n').toSorted()).toEqual(
        changedPackages()
          .map(({ name, to }) => `${name}\t${to}`)
          .toSorted(),
      );
      expect((await crane('digest', `${distribution.host}/team/shop:1`)).trim()).toBe(image.manifest.descriptor.digest);
      expect(built.notes).toContain(
        '1 attestation of the published image not carried over, being about other bytes; provenance of the rebase was added',
      );
    });

    test('makes the layers that crane makes, and the configuration too but for its time', async () => {
      const image = await published('shop', dockerfile);
      const order = await orderFor('shop', dockerfile, [pinOf(baseOf('debian:12'), v2, v1)], { published: image });
      const built = await tools.rebase.rebuild(order);
      const { document } = await tools.registry.manifest(built.reference);
      const { document: old } = image.manifest;
      if (document.kind !== 'index' || old.kind !== 'index') throw new Error('no index');
      const shop = `${distribution.host}/team/shop`;
      const base = `${distribution.host}/library/debian`;
      await crane(
        'rebase',
        `${shop}@${old.manifests[0]?.digest}`,
        '--old_base',
        `${base}@${v1}`,
        '--new_base',
        `${base}@${v2}`,
        '--tag',
        `${shop}:crane`,
      );
      const [theirs, ours] = await Promise.all([
        crane('manifest', `${shop}:crane`),
        crane('manifest', `${shop}@${document.manifests[0]?.digest}`),
      ]);
      expect(JSON.parse(ours).layers).toEqual(JSON.parse(theirs).layers);
      const [craned, composed] = await Promise.all([
        crane('config', `${shop}:crane`),
        crane('config', `${shop}@${document.manifests[0]?.digest}`),
      ]);
      const [{ created: _, ...their }, { created: __, ...our }] = [JSON.parse(craned), JSON.parse(composed)];
      expect(our.rootfs).toEqual(their.rootfs);
      expect(our.config).toEqual(their.config);
    });

    test('reads layers that were compressed with zstd', async () => {
      const root = join(folder, 'zstd');
      await mkdir(root, { recursive: true });
      const name = `${distribution.host}/team/zstd`;
      for (const [tag, base] of [
        ['base', v1],
        ['fresh', v2],
      ] as const) {
        await writeFile(join(root, 'base'), `FROM ${distribution.host}/library/debian@${base}\nLABEL zstd=1\n`);
        await engine.docker(
          'buildx',
          'build',
          '--file',
          join(root, 'base'),
          '--provenance=false',
          '--output',
          `type=image,name=${name}:${tag},push=true,compression=zstd,force-compression=true,oci-mediatypes=true`,
          root,
        );
      }
      await writeFile(join(root, 'Dockerfile'), `FROM ${name}:base\nCOPY page.html /srv/run\n`);
      await writeFile(join(root, 'page.html'), '<h1>page</h1>\n');
      await engine.docker(
        'buildx',
        'build',
        '--file',
        join(root, 'Dockerfile'),
        '--provenance=false',
        '--output',
        `type=image,name=${name}:1,push=true,compression=zstd,force-compression=true,oci-mediatypes=true`,
        root,
      );
      const [from, to] = await Promise.all(
        ['base', 'fresh'].map(async (tag) => asDigest((await crane('digest', `${name}:${tag}`)).trim())),
      );
      if (from === undefined || to === undefined) throw new Error('no digest');
      const reference = parseReference(`${name}:1`);
      const manifest = await tools.registry.manifest(reference);
      const types =
        manifest.document.kind === 'manifest' ? manifest.document.layers.map(({ mediaType }) => mediaType) : [];
      expect(types).toEqual(Array(2).fill('application/vnd.oci.image.layer.v1.tar+zstd'));
      const order = orderOf(reference, [pinOf(baseOf(`${name}:base`), to, from)], {
        published: { reference, manifest },
        root,
      });
      const built = await tools.rebase.rebuild(order);
      expect(await runIn(built.reference, 'sh', '-c', 'cat /srv/run; dpkg-query -W openssl')).toBe(
        `<h1>page</h1>\nopenssl\t${openssl?.to}\n`,
      );
    });

    test.each([
      [
        'removes-a-package',
        'RUN dpkg --purge --force-all logsave',
        'layer 2 is bound to the old base: it touches var/lib/dpkg/status, which is of the package database (paths)',
      ],
      [
        'adds-a-user',
        'RUN useradd me',
        'its history has RUN "/bin/sh -c useradd me", whose result may depend on the base (history)',
      ],
      [
        'deletes-a-file',
        'RUN rm /etc/issue',
        'layer 2 is bound to the old base: it removes etc/issue, which is of the old base (paths)',
      ],
    ])('refuses an app that %s, and names the file', async (name, instruction, why) => {
      const text = `FROM debian:12\n${instruction}\n`;
      const image = await published(name, text);
      const order = await orderFor(name, text, [pinOf(baseOf('debian:12'), v2, v1)], { published: image });
      expect(await tools.rebase.suits(order)).toEqual({
        kind: 'unsuitable',
        why: expect.stringContaining(why),
        remedy: 'build it whole, with docker buildx',
      });
      expect((await failureOf(tools.rebase.rebuild(order))).code).toBe('unsafe-rebase');
    });
  });
});
