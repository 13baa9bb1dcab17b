import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RefreshReport, ReportedImage } from '../../core/report/report.ts';
import { saying } from '../support/scanner.ts';
import { type AzureSite, startAzure } from './setup/azure.ts';
import { runCli } from './setup/cli.ts';
import { makeStore } from './setup/containers.ts';
import { type RunningRegistry, startDistribution } from './setup/distribution.ts';
import { type RunningDockerd, startDockerd } from './setup/dockerd.ts';
import { describeWith, program } from './setup/parts.ts';
import { attestSbom, publishRelease, publishSmallBase, said, writeSource } from './setup/releases.ts';
import { must, run } from './setup/run.ts';

const engines = ['buildx', 'docker', 'buildah', 'podman', 'rebase', 'acr-tasks'] as const;
type EngineUnderTest = (typeof engines)[number];
const names = ['full', 'packed', 'plain', 'two'] as const;
type Name = (typeof names)[number];

// A scanner that finds nothing: what is found has its own tests.
const findsNothing = JSON.stringify({
  version: '2.1.0',
  runs: [{ tool: { driver: { name: 'anyscan', version: '7', rules: [{ id: 'CVE-1999-1' }] } }, results: [] }],
});

describeWith(
  ['dockerd', 'dockerd-20.10', 'buildah', 'podman', 'distribution', 'crane', 'cosign', 'notation', 'trivy'],
  'the form of a release',
  () => {
    let folder: string;
    /** A configuration of the run stands outside the repository. */
    let outside: string;
    let registry: RunningRegistry;
    let revision: string;
    let azure: AzureSite;
    const daemons: RunningDockerd[] = [];
    const stores: { remove(): Promise<void> }[] = [];
    const environments = new Map<EngineUnderTest, Readonly<Record<string, string>>>();
    const reports = new Map<EngineUnderTest, { readonly code: number | null; readonly report: RefreshReport }>();

    const crane = (...args: readonly string[]) => must(program('crane', 'crane'), [...args, '--insecure']);
    const cosign = (...args: readonly string[]) =>
      run(program('cosign', 'cosign'), args, {
        cwd: folder,
        env: { PATH: process.env.PATH ?? '', HOME: folder, COSIGN_PASSWORD: 'for this test only' },
      });
    const insecure = ['--insecure-ignore-tlog=true', '--allow-http-registry'];
    const released = (engine: EngineUnderTest, name: Name) => `${registry.host}/${engine}/${name}:1`;
    // What ACR Tasks build is in a registry of Azure, which the real registry stands for.
    const named = (engine: EngineUnderTest, name: Name) =>
      released(engine, name).replace(registry.host, engine === 'acr-tasks' ? azure.registryHost : registry.host);
    const manifest = async (reference: string) => JSON.parse(await crane('manifest', reference));
    const digest = async (reference: string) => (await crane('digest', reference)).trim();
    const at = (reference: string, digest: string) => reference.replace(/:1$/, `@${digest}`);
    const configOf = async (reference: string) =>
      JSON.parse(await crane('config', '--platform', 'linux/amd64', reference));
    const imageOf = (engine: EngineUnderTest, name: Name): ReportedImage => {
      const found = reports.get(engine)?.report.images.find((image) => image.name === name);
      if (found === undefined) throw new Error(`no ${name} of ${engine}`);
      return found;
    };

    async function publishAll(engine: RunningDockerd, base: string): Promise<void> {
      const origin = (name: Name) => `${registry.host}/origin/${name}:1`;
      const zstd = 'oci-mediatypes=true,compression=zstd';
      const builds: Readonly<Record<Name, readonly string[]>> = {
        full: ['--provenance=mode=min'],
        packed: ['--provenance=false', `--output=type=image,name=${origin('packed')},push=true,${zstd}`],
        plain: ['--provenance=false'],
        two: ['--provenance=mode=min', '--platform=linux/amd64,linux/arm64'],
      };
      for (const name of names)
        await publishRelease(engine, join(folder, name), origin(name), builds[name], { revision, base });
      await attestSbom(registry.host, 'origin/full', '1');
      for (const name of ['full', 'two'] as const) {
        const options = ['--yes', '--recursive', '--key', 'team.key', '--signing-config', 'signing.json'];
        const exact = at(origin(name), await digest(origin(name)));
        const signed = await cosign('sign', ...options, '--allow-http-registry', exact);
        expect(signed.code, signed.stderr).toBe(0);
      }
      // With the tags by which a registry without referrers finds signatures.
      for (const each of engines)
        for (const name of names)
          await crane('copy', '--all-tags', origin(name).slice(0, -2), released(each, name).slice(0, -2));
      const copied = await cosign('verify', '--key', 'team.pub', ...insecure, released('rebase', 'two'));
      expect(copied.code, copied.stderr).toBe(0);
    }

    const refresh = async (
      engine: EngineUnderTest,
      images: readonly Name[],
      options: readonly string[],
      settings: object = {},
    ) => {
      const out = await mkdtemp(join(outside, 'out-'));
      const config = join(out, 'config.yml');
      const scanner = {
        tool: 'command',
        command: saying(findsNothing),
        format: 'sarif',
        'accept-unproven': 'image',
      };
      await writeFile(
        config,
        JSON.stringify({
          scanner,
          ...settings,
          images: images.map((name) => ({ name, dockerfile: `${name}/Dockerfile`, image: named(engine, name) })),
        }),
      );
      const found = [program('cosign', 'cosign'), program('trivy', 'trivy'), process.execPath].map((file) =>
        dirname(file),
      );
      const given = environments.get(engine) ?? {};
      const env = { ...given, PATH: [...found, given.PATH].join(delimiter), COSIGN_PASSWORD: 'for this test only' };
      const files = images.flatMap((name) => ['--file', `${name}/Dockerfile`]);
      // What stands for Azure takes one build after the other.
      const azures = engine === 'acr-tasks' ? ['--acr-registry-id', azure.resource, '--concurrency', '1'] : [];
      const ran = await runCli(
        [
          'refresh',
          '--config',
          config,
          '--engine',
          engine,
          '--format',
          'json',
          '--output-dir',
          out,
          ...files,
          ...azures,
          ...options,
        ],
        { cwd: folder, env },
      );
      if (!ran.stdout.startsWith('{')) throw new Error(ran.stderr);
      return { code: ran.code, report: JSON.parse(ran.stdout) as RefreshReport, out };
    };
    const signing = (attest = ['record', 'scan']) => ({
      sign: { tool: 'cosign', key: join(folder, 'team.key'), 'transparency-log': false, attest },
    });

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'bir-form-'));
      outside = await mkdtemp(join(tmpdir(), 'bir-form-out-'));
      registry = await startDistribution();
      const [modern, classic] = [await startDockerd(), await startDockerd({ part: 'dockerd-20.10' })];
      daemons.push(modern, classic);
      azure = await startAzure(registry.host, modern);
      environments
        .set('buildx', modern.env)
        .set('acr-tasks', azure.env)
        .set('docker', classic.env)
        .set('rebase', { PATH: process.env.PATH ?? '' });
      for (const tool of ['buildah', 'podman'] as const) {
        const store = await makeStore(tool);
        stores.push(store);
        environments.set(tool, store.env);
      }
      expect((await cosign('generate-key-pair', '--output-key-prefix', 'team')).code).toBe(0);
      expect((await cosign('signing-config', 'create', '--out', 'signing.json')).code).toBe(0);
      const base = await publishSmallBase(registry.host, 'v1');
      revision = await writeSource(folder, registry.host, names);
      await publishAll(modern, base);
      await publishSmallBase(registry.host, 'v2');
    });
    afterAll(async () => {
      for (const store of stores) await store.remove();
      await azure?.stop();
      for (const daemon of daemons) await daemon.stop();
      await registry?.stop();
      for (const made of [folder, outside]) await rm(made, { recursive: true, force: true });
    });

    describe.each(engines)('by %s', (engine) => {
      beforeAll(async () => {
        // Each attestation takes as long as the signature: of what this tool attests, one engine is enough.
        const attest = engine === 'buildx' ? ['record', 'scan'] : ['none'];
        reports.set(engine, await refresh(engine, names, [], signing(attest)));
      });

      test('what the pipeline said of the release stays, and what the base says follows it', async () => {
        for (const name of ['full', 'plain'] as const) {
          const image = imageOf(engine, name);
          expect(image.continuity?.broken, JSON.stringify(image.failure)).toEqual([]);
          expect(image.promotion?.digest).toBe(await digest(released(engine, name)));
          const { config } = await configOf(released(engine, name));
          expect(config.Labels).toMatchObject({
            'of.base': 'v2',
            'org.opencontainers.image.version': said.version,
            'org.opencontainers.image.vendor': said.vendor,
            'org.opencontainers.image.revision': revision,
          });
          expect(config.Env).toContain('BASE_VERSION=v2');
          expect(config).toMatchObject({ User: '1000', Entrypoint: ['/app'], ExposedPorts: { '8080/tcp': {} } });
          expect(config.Healthcheck.Test).toEqual(['CMD-SHELL', 'true']);
          const top = await manifest(released(engine, name));
          const own =
            top.manifests === undefined ? top : await manifest(at(released(engine, name), top.manifests[0].digest));
          expect(own.annotations).toMatchObject({ 'org.opencontainers.image.vendor': said.vendor });
        }
      });

      test('an index stays one, with its annotations, its SBOM and its provenance', async () => {
        const index = await manifest(released(engine, 'full'));
        expect(index.annotations).toMatchObject({ 'of.index': 'yes' });
        const [image, ...others] = index.manifests;
        const types: string[] = [];
        for (const { digest, annotations } of others) {
          expect(annotations['vnd.docker.reference.digest']).toBe(image.digest);
          for (const layer of (await manifest(at(released(engine, 'full'), digest))).layers) {
            types.push(layer.annotations['in-toto.io/predicate-type']);
            const statement = JSON.parse(await crane('blob', at(released(engine, 'full'), layer.digest)));
            expect(statement.subject[0].digest.sha256).toBe(image.digest.slice(7));
          }
        }
        expect(types).toContain('https://spdx.dev/Document');
        expect(types.some((type) => type.startsWith('https://slsa.dev/provenance/'))).toBe(true);
      });

      test('a plain manifest stays one', async () => {
        const plain = await manifest(released(engine, 'plain'));
        expect(plain.manifests).toBeUndefined();
        expect(plain.layers.length).toBeGreaterThan(1);
      });

      test('what was signed is signed, index and platforms alike', async () => {
        const top = await digest(released(engine, 'full'));
        const { manifests } = await manifest(released(engine, 'full'));
        for (const one of [top, manifests[0].digest]) {
          const said = await cosign('verify', '--key', 'team.pub', ...insecure, at(released(engine, 'full'), one));
          expect(said.code, said.stderr).toBe(0);
        }
      });

      test('layers stay compressed as they were, or the image is held', async () => {
        const image = imageOf(engine, 'packed');
        const { layers } = await manifest(released(engine, 'packed'));
        for (const { mediaType } of layers.slice(1)) expect(mediaType).toMatch(/\+zstd$/);
        if (engine !== 'docker' && engine !== 'acr-tasks')
          return expect(image.continuity?.broken, JSON.stringify(image.failure)).toEqual([]);
        expect(image.held, JSON.stringify(image.failure)).toMatchObject({
          because: 'continuity',
          remedy: expect.stringContaining('buildx'),
        });
        expect(image.promotion).toBeNull();
      });

      test('both platforms stay, or the image is not built', async () => {
        const image = imageOf(engine, 'two');
        const { manifests } = await manifest(released(engine, 'two'));
        const platforms = manifests.map(
          ({ platform }: { readonly platform: { readonly architecture: string } }) => platform.architecture,
        );
        expect(platforms).toEqual(expect.arrayContaining(['amd64', 'arm64']));
        if (engine === 'docker') return expect(image.failure?.detail).toContain('linux/arm64');
        expect(image.promotion?.digest, JSON.stringify([image.failure, image.continuity])).toBe(
          await digest(released(engine, 'two')),
        );
      });
    });

    test('a signed image is not replaced by an unsigned one: it is held, with exit code 1 and the remedy', async () => {
      await publishSmallBase(registry.host, 'v1');
      const before = await digest(released('buildx', 'full'));
      const { code, report } = await refresh('buildx', ['full'], []);
      const [image] = report.images;
      expect(code).toBe(1);
      expect(image?.held).toEqual({ because: 'continuity', remedy: expect.stringContaining('set sign to cosign') });
      expect(await digest(released('buildx', 'full'))).toBe(before);
      const accepted = await refresh('buildx', ['full'], ['--continuity-accept', 'signature,attestations']);
      expect(accepted.code).toBe(0);
      expect(await digest(released('buildx', 'full'))).not.toBe(before);
    });

    describe('an image that another signed', () => {
      const other = (name: string) => `${registry.host}/others/${name}:1`;
      // Programs and images of their own: what the engines refreshed is left as it is.
      async function refreshOther(name: string, sign: object, options: readonly string[] = []) {
        const out = await mkdtemp(join(outside, 'out-'));
        const scanner = { tool: 'command', command: saying(findsNothing), format: 'sarif' };
        const images = [{ name: 'full', dockerfile: 'full/Dockerfile', image: other(name) }];
        const settings = { scanner: { ...scanner, 'accept-unproven': 'image' }, sign, images };
        await writeFile(join(out, 'config.yml'), JSON.stringify(settings));
        const tools = [program('cosign', 'cosign'), program('notation', 'notation'), program('trivy', 'trivy')];
        const PATH = [...[...tools, process.execPath].map((file) => dirname(file)), process.env.PATH].join(delimiter);
        const env = { PATH, HOME: folder, COSIGN_PASSWORD: 'for this test only' };
        const given = ['--engine', 'rebase', '--format', 'json', '--output-dir', out, '--file', 'full/Dockerfile'];
        const ran = await runCli(['refresh', '--config', join(out, 'config.yml'), ...given, ...options], {
          cwd: folder,
          env,
        });
        if (!ran.stdout.startsWith('{')) throw new Error(ran.stderr);
        return { code: ran.code, image: (JSON.parse(ran.stdout) as RefreshReport).images[0], stderr: ran.stderr };
      }
      const notation = (...args: readonly string[]) =>
        must(program('notation', 'notation'), args, {
          cwd: folder,
          env: { PATH: process.env.PATH ?? '', HOME: folder },
        });
      const remedy = 'sign with the key or identity that signed it, or accept signature';

      beforeAll(async () => {
        await publishSmallBase(registry.host, 'v2');
        expect((await cosign('generate-key-pair', '--output-key-prefix', 'other')).code).toBe(0);
        for (const name of ['team', 'other']) await notation('cert', 'generate-test', name);
      });

      test('is held where cosign has another key, until that is accepted', async () => {
        await crane('copy', `${registry.host}/origin/full:1`, other('cosign'));
        const before = await digest(other('cosign'));
        const exact = at(other('cosign'), before);
        const options = ['--yes', '--key', 'other.key', '--signing-config', 'signing.json', '--allow-http-registry'];
        expect((await cosign('sign', ...options, exact)).code).toBe(0);
        const held = await refreshOther('cosign', signing().sign);
        expect(held.image?.continuity?.broken, held.stderr).toMatchObject([
          { what: 'signature by cosign', from: 'another key', to: 'the key of this run' },
        ]);
        expect([held.code, held.image?.held, await digest(other('cosign'))]).toEqual([
          1,
          { because: 'continuity', remedy },
          before,
        ]);
        const accepted = await refreshOther('cosign', signing().sign, ['--continuity-accept', 'signature']);
        expect(accepted.code, accepted.stderr).toBe(0);
        const now = at(other('cosign'), await digest(other('cosign')));
        expect((await cosign('verify', '--key', 'team.pub', ...insecure, now)).code).toBe(0);
      });

      test('is held where notation has another certificate, and refreshed where it has the same', async () => {
        await crane('copy', `${registry.host}/origin/full:1`, other('notation'));
        const before = await digest(other('notation'));
        await notation('sign', '--insecure-registry', '--key', 'other', at(other('notation'), before));
        const sign = (key: string) => ({ tool: 'notation', key, attest: ['none'], recursive: false });
        const held = await refreshOther('notation', sign('team'));
        expect(held.image?.continuity?.broken, held.stderr).toMatchObject([
          {
            what: 'signature by notation',
            from: expect.stringMatching(/CN=other, SHA-256 /),
            to: expect.stringMatching(/CN=team, SHA-256 /),
          },
        ]);
        expect([held.code, held.image?.held, await digest(other('notation'))]).toEqual([
          1,
          { because: 'continuity', remedy },
          before,
        ]);
        await crane('copy', at(other('notation'), before), other('notation-same'));
        await notation('sign', '--insecure-registry', '--key', 'other', at(other('notation-same'), before));
        const same = await refreshOther('notation-same', sign('other'));
        expect(same.code, same.stderr).toBe(0);
        expect(same.image?.continuity?.broken).toEqual([]);
      });
    });
  },
);
