import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Config } from '../../core/config/model.ts';
import type { Build } from '../../core/discover/build.ts';
import type { Digest } from '../../core/oci/digest.ts';
import type { World } from '../../core/ports.ts';
import { dockerEngine } from '../../core/rebuild/docker.ts';
import type { BuildOrder, Engine, Pin } from '../../core/rebuild/engine.ts';
import { createRegistry } from '../../core/registry/client.ts';
import type { Registry } from '../../core/registry/registry.ts';
import { createWorld } from '../../core/world.ts';
import { baseOf, orderOf, pinOf } from '../rebuild/support.ts';
import { failureOf } from '../registry/harness.ts';
import { defaultBuild } from '../support/default-settings.ts';
import { changedPackages, publishBase } from './setup/base-pair.ts';
import { type RunningRegistry, startDistribution } from './setup/distribution.ts';
import { type RunningDockerd, startDockerd } from './setup/dockerd.ts';
import { describeWith, program } from './setup/parts.ts';
import { must } from './setup/run.ts';
import { type Site, startSite } from './setup/site.ts';

describe.each(['dockerd-20.10', 'dockerd'] as const)('the classic builder of %s', (part) => {
  describeWith([part, 'distribution', 'crane', 'debian-pair'], 'on real parts', () => {
    let folder: string;
    let distribution: RunningRegistry;
    let daemon: RunningDockerd;
    let world: World & { close(): Promise<void> };
    let registry: Registry;
    let engine: Engine;
    let v1: Digest;
    let v2: Digest;
    const openssl = changedPackages().find(({ name }) => name === 'openssl');

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'bir-classic-'));
      distribution = await startDistribution();
      daemon = await startDockerd({ part, mirror: distribution.host });
      v1 = (await publishBase(distribution.host, 'v1')) as Digest;
      v2 = (await publishBase(distribution.host, 'v2')) as Digest;
      world = { ...createWorld(), env: daemon.env };
      const config: Config['registry'] = {
        credentials: {},
        mirrors: { 'docker.io': distribution.host },
        insecureHosts: [],
        concurrency: 8,
        deadline: 600_000,
      };
      registry = createRegistry(world, config);
      engine = dockerEngine({ world, registry, config, settings: defaultBuild, log: () => {} });
    });

    afterAll(async () => {
      await world?.close();
      await daemon?.stop();
      await distribution?.stop();
      await rm(folder, { recursive: true, force: true });
    });

    const crane = (...args: readonly string[]) => must(program('crane', 'crane'), [...args, '--insecure']);

    async function orderFor(name: string, dockerfile: string, pins: readonly Pin[], build: Partial<Build> = {}) {
      const root = join(folder, name);
      await mkdir(root, { recursive: true });
      await writeFile(join(root, 'Dockerfile'), dockerfile);
      await writeFile(join(root, 'page.html'), '<h1>page</h1>\n');
      const release = { registry: distribution.host, repository: `team/${name}`, tag: '1' };
      return orderOf(release, pins, { root, build: { name, ...build } });
    }

    const built = async (order: BuildOrder) => {
      expect(await engine.suits(order)).toEqual({ kind: 'suitable' });
      return engine.rebuild(order);
    };

    const runIn = (name: string, digest: Digest, ...command: readonly string[]) =>
      daemon.docker('run', '--rm', '--network=none', `${distribution.host}/team/${name}@${digest}`, ...command);

    test('builds on the digests that were compared, though the tag has moved, and annotates the result', async () => {
      const dockerfile = [
        'ARG V=12',
        'FROM debian:$V AS build',
        'RUN dpkg-query -W openssl > /built-with',
        'FROM debian:12',
        'COPY --from=build /built-with /',
        'COPY --from=debian:12 /etc/debian_version /other',
        'COPY page.html /',
        '',
      ].join('\n');
      const pins = [
        pinOf(baseOf('debian:12', { raw: 'debian:$V', line: 2, stage: 'build', runtime: false }), v1),
        pinOf(baseOf('debian:12', { line: 4, stage: 1 }), v1),
        pinOf(baseOf('debian:12', { line: 6, stage: 1, via: 'copy-from', runtime: false }), v1),
      ];
      const order = await orderFor('stages', dockerfile, pins);
      const image = await built(order);
      expect(await runIn('stages', image.digest, 'cat', '/built-with')).toBe(`openssl\t${openssl?.from}\n`);
      expect((await crane('digest', `${distribution.host}/team/stages:candidate`)).trim()).toBe(image.digest);
      const manifest = JSON.parse(await crane('manifest', `${distribution.host}/team/stages@${image.digest}`));
      expect(manifest.annotations).toEqual(order.annotations);
      const base = JSON.parse(await crane('manifest', `${distribution.host}/library/debian@${v1}`));
      expect(manifest.layers[0]).toEqual(base.layers[0]);
      expect(image.evidence).toBe('layers');
      expect(await daemon.docker('image', 'ls', '--quiet', `${distribution.host}/team/stages:candidate`)).toBe('');
    });

    test('moves a base that is held at a digest in the Dockerfile', async () => {
      const held = `debian:12@${v1}`;
      const image = await built(await orderFor('held', `FROM ${held}\n`, [pinOf(baseOf(held), v2)]));
      expect(await runIn('held', image.digest, 'dpkg-query', '-W', 'openssl')).toBe(`openssl\t${openssl?.to}\n`);
    });

    test('takes no layer from an earlier build', async () => {
      const dockerfile = 'FROM debian:12\nRUN cat /proc/sys/kernel/random/uuid > /uuid\n';
      const order = await orderFor('fresh', dockerfile, [pinOf(baseOf('debian:12'), v1)]);
      const [first, second] = [await built(order), await built(order)];
      expect(second.digest).not.toBe(first.digest);
    });

    test('knows of its platform what BuildKit would tell it', async () => {
      const dockerfile = 'FROM debian:12\nARG TARGETARCH\nRUN echo "for $TARGETARCH" > /for\n';
      const image = await built(await orderFor('arch', dockerfile, [pinOf(baseOf('debian:12'), v1)]));
      expect(await runIn('arch', image.digest, 'cat', '/for')).toBe('for amd64\n');
    });

    test('says why a step broke, and pushes nothing', async () => {
      const dockerfile = 'FROM debian:12\nRUN echo "E: no such thing" >&2; exit 3\n';
      const order = await orderFor('broken', dockerfile, [pinOf(baseOf('debian:12'), v1)]);
      const { code, message } = await failureOf(engine.rebuild(order));
      expect(code).toBe('build-failed');
      expect(message).toMatch(/^broken: docker build failed: The command '\/bin\/sh -c .*returned a non-zero code: 3/);
      expect(await crane('catalog', distribution.host)).not.toContain('team/broken');
    });

    test('leaves alone a file without a stage, which would end the daemon of release 20.10', async () => {
      const order = await orderFor('empty', '# nothing\nARG A=1\n', []);
      expect((await failureOf(engine.rebuild(order))).code).toBe('dockerfile');
      expect(await daemon.docker('version', '--format', '{{.Server.Os}}')).toBe('linux\n');
    });

    test.each([
      ['FROM debian:12\nRUN --mount=type=cache,target=/x true\n', 'it needs --mount of RUN on line 2'],
      ['FROM debian:12\nRUN <<EOF\ntrue\nEOF\n', 'it needs a here-document of RUN on line 2'],
      ['FROM debian:12\nCOPY --chmod=755 page.html /\n', 'it needs --chmod of COPY on line 2'],
    ])('does not suit %j', async (dockerfile, why) => {
      const order = await orderFor('modern', dockerfile, [pinOf(baseOf('debian:12'), v1)]);
      expect(await engine.suits(order)).toEqual({
        kind: 'unsuitable',
        why: `${why}, which Docker's classic builder does not know`,
        remedy: 'install the docker-buildx plugin',
      });
    });

    test('does not suit several platforms', async () => {
      const platforms = ['amd64', 'arm64'].map((architecture) => ({ os: 'linux', architecture }));
      const order = await orderFor('two', 'FROM debian:12\n', [pinOf(baseOf('debian:12'), v1)], { platforms });
      expect(await engine.suits(order)).toMatchObject({
        kind: 'unsuitable',
        why: "it is for linux/amd64, linux/arm64, and Docker's classic builder builds for linux/amd64 alone",
      });
    });
  });
});

describeWith(['dockerd-20.10', 'distribution', 'crane', 'debian-pair', 'trivy'], 'refresh without buildx', () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite({ part: 'dockerd-20.10' });
  });
  afterAll(() => site?.stop());

  test('auto says why it takes the classic builder, and the result is current at the next check', async () => {
    const image = `${site.gateway.host}/team/web:1`;
    await site.write({ Dockerfile: 'FROM debian:12\nRUN dpkg-query -W openssl > /built-with\n' });
    const args = ['--image', image, '--format', 'json', '--severity-threshold', 'none'];
    const first = await site.cli(['refresh', ...args]);
    expect(first.stderr).toMatch(/rebuilding with docker \(rebase: .*buildx: docker has no buildx plugin/);
    expect(first.code).toBe(0);
    await publishBase(site.registry.host, 'v2');
    const second = await site.cli(['refresh', ...args, '--engine', 'docker']);
    expect(second.stderr).toContain('rebuilding with docker (asked for)');
    const report = JSON.parse(second.stdout);
    expect(report.images[0].build).toMatchObject({ engine: 'docker', evidence: 'layers' });
    const openssl = changedPackages().find(({ name }) => name === 'openssl');
    expect(report.images[0].build.packages).toMatchObject({ platform: 'linux/amd64' });
    expect(report.images[0].build.packages.changes).toContainEqual({
      name: 'openssl:amd64',
      from: openssl?.from,
      to: openssl?.to,
    });
    expect(second.stderr).toContain('linux/amd64: packages that changed: ');
    expect(report.images[0].promotion.digest).toBe(await site.digest(image));
    const check = JSON.parse((await site.cli(['check', '--image', image, '--format', 'json'])).stdout);
    expect(check.images[0]).toMatchObject({ verdict: 'current', bases: [{ evidence: 'own-record' }] });
  });
});
