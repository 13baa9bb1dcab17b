import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Config } from '../core/config/model.ts';
import { describeFailure, fail } from '../core/failure.ts';
import { formatReference } from '../core/oci/reference.ts';
import type { Engine } from '../core/rebuild/engine.ts';
import { refresh } from '../core/refresh.ts';
import { renderHtml } from '../core/report/html.ts';
import { parseReport, serialise } from '../core/report/json.ts';
import { renderMarkdown } from '../core/report/markdown.ts';
import type { RefreshReport } from '../core/report/report.ts';
import { readPromotions } from '../core/report/saved-promotions.ts';
import { renderTable } from '../core/report/table.ts';
import { conclusionOf } from '../core/report/totals.ts';
import type { Finding } from '../core/scan/finding.ts';
import type { Scanner } from '../core/scan/scanner.ts';
import { createWorld } from '../core/world.ts';
import { makeImage, makeIndex, makeLayer } from '../testing/images.ts';
import { pushImage } from '../testing/push.ts';
import { startRegistry, type TestRegistry } from '../testing/registry.ts';
import { at, closeHarnesses } from './registry/harness.ts';
import { createTestEngine, createTestRun, createTestScanner, finding, testConfig } from './support/run.ts';

let server: TestRegistry;
let root: string;
beforeEach(async () => {
  server = await startRegistry();
  root = await mkdtemp(join(tmpdir(), 'refresh-test-'));
});
afterEach(async () => {
  await server.close();
  await rm(root, { recursive: true });
});
afterAll(closeHarnesses);

const base = async (content: string) => makeImage({ layers: [await makeLayer({ 'etc/base': content })] });

/** A base that moved, `platform` on it and `web` on `platform`, both published on the old one. */
async function site() {
  const [old, fresh] = [await base('old'), await base('new')];
  await pushImage(server.store, 'library/base', old, '1');
  const platform = makeIndex([makeImage({ base: old })], {
    annotations: { 'org.opencontainers.image.base.digest': old.descriptor.digest },
  });
  await pushImage(server.store, 'team/platform', platform, '1');
  const web = makeIndex([makeImage({ base: old, layers: [await makeLayer({ app: 'web' })] })], {
    annotations: { 'org.opencontainers.image.base.digest': platform.descriptor.digest },
  });
  await pushImage(server.store, 'team/web', web, '1');
  await pushImage(server.store, 'library/base', fresh, '1');
  await write('platform/Dockerfile', `FROM ${server.host}/library/base:1\nRUN true\n`);
  await write('web/Dockerfile', `FROM ${server.host}/team/platform:1\nCOPY . /\n`);
  server.forgetRequests();
  return {
    old,
    fresh,
    platform: platform.descriptor.digest,
    shipped: platform.entries.map(({ descriptor }) => descriptor.digest),
    web: web.descriptor.digest,
  };
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

const images = (): Pick<Config, 'imageInputs'> => ({
  imageInputs: { platform: at(server, 'team/platform', '1'), web: at(server, 'team/web', '1') },
});

const nothing: Scanner = createTestScanner(() => []);
const digest = (repository: string) => server.store.digestOf(repository, '1');

async function run(
  options: { readonly engine?: Engine; readonly scanner?: Scanner; readonly config?: Partial<Config> } = {},
): Promise<RefreshReport> {
  const { engine = createTestEngine(server), scanner = nothing } = options;
  return refresh(createTestRun(testConfig(root, { ...images(), ...options.config }), { engine, scanner }));
}

const named = (report: RefreshReport, name: string) => {
  const image = report.images.find((entry) => entry.name === name);
  if (image === undefined) throw new Error(`no ${name} in the report`);
  return image;
};

// Those of records stand beside them.
const imageTags = (repository: string) => server.store.tags(repository).filter((tag) => !/^bir-[kp]1-/.test(tag));

describe('refresh', () => {
  it('rebuilds parent before child on exactly what was compared, and promotes what passed', async () => {
    const { fresh, platform, web } = await site();
    const engine = createTestEngine(server);
    const report = await run({ engine });
    expect(engine.orders.map(({ build }) => build.name)).toEqual(['platform', 'web']);
    const [first, second] = engine.orders;
    expect(first?.pins.map((pin) => pin.digest)).toEqual([fresh.descriptor.digest]);
    expect(second?.pins.map((pin) => pin.digest)).toEqual([named(report, 'platform').build?.digest]);
    expect(second?.pins[0] && formatReference(second.pins[0].source)).toContain('/team/platform:bir-c1-');
    expect(digest('team/platform')).toBe(named(report, 'platform').promotion?.digest);
    expect(digest('team/web')).toBe(named(report, 'web').promotion?.digest);
    expect([platform, web]).not.toContain(digest('team/web'));
    expect(conclusionOf(report, 'never')).toBe('succeeded');
  });

  it('builds a child as soon as its own parent is finished, whatever else of the run is still at work', async () => {
    await site();
    await write('slow/Dockerfile', `FROM ${server.host}/library/base:1\nCOPY . /\n`);
    const engine = createTestEngine(server);
    let begun = () => {};
    const childBegun = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const patient: Engine = {
      ...engine,
      rebuild: async (order) => {
        if (order.build.name === 'web') begun();
        if (order.build.name === 'slow') await childBegun;
        return engine.rebuild(order);
      },
    };
    const imageInputs = { ...images().imageInputs, slow: at(server, 'team/slow', '1') };
    const report = await run({ engine: patient, config: { imageInputs } });
    expect(report.images.map(({ name, promotion }) => [name, promotion === null])).toEqual([
      ['platform', false],
      ['slow', false],
      ['web', false],
    ]);
  });

  it('has nothing to do when it is run again', async () => {
    await site();
    await run();
    const engine = createTestEngine(server);
    const report = await run({ engine });
    expect(engine.orders).toEqual([]);
    expect(report.images.map(({ verdict }) => verdict)).toEqual(['current', 'current']);
  });

  it('never writes to a release tag before the gate', async () => {
    await site();
    let scanned = false;
    const scanner = createTestScanner((repository) => {
      const moves = server.writes().filter(({ path }) => path === `/v2/${repository}/manifests/1`);
      expect(moves).toEqual([]);
      scanned = true;
      return [];
    });
    await run({ scanner });
    expect(scanned).toBe(true);
  });

  it('builds a child that has a reason of its own on what its base has published, where that was not refreshed', async () => {
    const { platform } = await site();
    await pushImage(server.store, 'library/tools', await base('tools'), '1');
    await write(
      'web/Dockerfile',
      `FROM ${server.host}/team/platform:1\nCOPY --from=${server.host}/library/tools:1 /etc /etc\n`,
    );
    const engine = createTestEngine(server);
    const scanner = createTestScanner((repository) => (repository === 'team/platform' ? [finding('CVE-1')] : []));
    const report = await run({ engine, scanner });
    expect(named(report, 'platform').gate?.verdict).toBe('fail');
    expect(named(report, 'web').failure).toBeNull();
    expect(named(report, 'web').promotion).not.toBeNull();
    const order = engine.orders.find(({ build }) => build.name === 'web');
    expect(order?.pins.find((pin) => pin.base.runtime)?.digest).toBe(platform);
    expect(named(report, 'web').plan?.because.at(-1)).toMatch(
      /^its base platform did not pass the gate, so it is built on .*team\/platform:1 as published, sha256:/,
    );
  });

  it('leaves the release tag of what fails the gate, and does not build children on it', async () => {
    const { platform, web } = await site();
    const engine = createTestEngine(server);
    const report = await run({ engine, scanner: createTestScanner(() => [finding('CVE-1')]) });
    expect(digest('team/platform')).toBe(platform);
    expect(digest('team/web')).toBe(web);
    expect(named(report, 'platform').gate?.verdict).toBe('fail');
    expect(named(report, 'web').failure?.detail).toBe('its base platform did not pass the gate, so it was not rebuilt');
    expect(engine.orders).toHaveLength(1);
    expect(conclusionOf(report, 'never')).toBe('policy-failed');
  });

  it('judges one image by its own policy', async () => {
    const { web } = await site();
    const scanner = createTestScanner(() => [finding('CVE-1', 'medium')]);
    const strict = { dockerfile: 'web/Dockerfile', name: 'web', tags: [], platforms: [], args: {} };
    const report = await run({ scanner, config: { images: [{ ...strict, gate: { severityThreshold: 'medium' } }] } });
    expect(named(report, 'platform').promotion).not.toBeNull();
    expect(named(report, 'web').gate?.verdict).toBe('fail');
    expect(digest('team/web')).toBe(web);
  });

  it('judges by the files that the policy names', async () => {
    const { platform } = await site();
    const gate = { severityThreshold: 'high', onlyFixable: false, newOnly: false, exceptions: [] } as const;
    const config: Partial<Config> = { gate: { ...gate, ignoreFiles: ['.trivyignore'] } };
    const scanner = createTestScanner(() => [finding('CVE-1')]);
    const engine = createTestEngine(server);
    const without = await run({ engine, scanner, config });
    const { failure } = named(without, 'platform');
    expect(failure && describeFailure(failure)).toBe(
      '.trivyignore: is named in gate.ignore-files but no such file or folder; correct the path, or take it out.',
    );
    expect(conclusionOf(without, 'never')).toBe('usage-error');
    expect(engine.orders).toEqual([]);
    expect(digest('team/platform')).toBe(platform);
    await write('.trivyignore', 'CVE-1\n');
    const report = await run({ scanner, config });
    expect(named(report, 'platform').gate?.exceptionsUsed.map(({ source }) => source)).toEqual(['.trivyignore:1']);
    expect(digest('team/platform')).toBe(named(report, 'platform').promotion?.digest);
  });

  it('leaves everything where it is when the scanner fails, and does not call that a pass', async () => {
    const { platform } = await site();
    const broken: Scanner = {
      name: 'broken',
      scan: () => Promise.reject(fail('scan-failed', 'trivy', 'wrote no report', 'run it by hand')),
    };
    const report = await run({ scanner: broken });
    expect(digest('team/platform')).toBe(platform);
    expect(named(report, 'platform').gate?.verdict).toBe('inconclusive');
    expect(conclusionOf(report, 'never')).toBe('incomplete');
  });

  it('shows what the refresh fixed and what it brought', async () => {
    const { shipped } = await site();
    const scanner = createTestScanner((_, found) =>
      shipped.some((one) => one === found)
        ? [finding('CVE-OLD'), finding('CVE-BOTH', 'low')]
        : [finding('CVE-NEW', 'low'), finding('CVE-BOTH', 'low')],
    );
    const { scan } = named(await run({ scanner }), 'platform');
    const ids = (findings: readonly Finding[] | undefined) => findings?.map(({ id }) => id);
    expect(ids(scan?.fixed)).toEqual(['CVE-OLD']);
    expect(ids(scan?.introduced)).toEqual(['CVE-NEW']);
  });

  it('goes on with other images when one fails', async () => {
    await site();
    await write('api/Dockerfile', `FROM ${server.host}/library/base:1\nRUN false\n`);
    const engine = createTestEngine(server);
    const failing: Engine = {
      ...engine,
      rebuild: (order) =>
        order.build.name === 'api'
          ? Promise.reject(fail('build-failed', 'api', 'RUN false ended with 1'))
          : engine.rebuild(order),
    };
    const config = { imageInputs: { ...images().imageInputs, api: at(server, 'team/api', '1') } };
    const report = await run({ engine: failing, config });
    expect(
      named(report, 'api').failure && describeFailure(named(report, 'api').failure ?? fail('internal', '', '').failure),
    ).toBe('api: RUN false ended with 1.');
    expect(named(report, 'web').promotion).not.toBeNull();
    expect(conclusionOf(report, 'never')).toBe('incomplete');
  });

  it('keeps what it found when the promotion is refused', async () => {
    const { web } = await site();
    server.inject({ method: 'PUT', path: '/v2/team/web/manifests/1', effect: { kind: 'status', status: 403 } });
    const report = await run();
    const image = named(report, 'web');
    expect(image.failure?.code).toBe('forbidden');
    expect(image.build).not.toBeNull();
    expect(image.gate?.verdict).toBe('pass');
    expect(image.promotion).toBeNull();
    expect(digest('team/web')).toBe(web);
  });

  it('sends no write to any registry in a dry run, and still says what it would do', async () => {
    await site();
    const engine = createTestEngine(server);
    const report = await run({ engine, config: { dryRun: true } });
    expect(server.writes()).toEqual([]);
    expect(engine.orders).toEqual([]);
    expect(named(report, 'platform').plan).toMatchObject({ action: 'rebuild', level: 0 });
    expect(named(report, 'web').plan).toEqual({
      action: 'rebuild',
      because: ['its base platform is rebuilt in this run'],
      engine: { name: 'buildx', why: 'it is available' },
      level: 1,
    });
  });

  it('brings a further release tag that lags behind up to the first, and moves one that is named twice once', async () => {
    await site();
    await run();
    const config: Partial<Config> = { imageInputs: images().imageInputs, tags: ['1', 'latest', '1'] };
    const report = await run({ config });
    const { plan, promotion } = named(report, 'platform');
    expect(plan?.because).toEqual([`${server.host}/team/platform:latest has never been published`]);
    expect(promotion?.tags.map(({ reference }) => reference)).toEqual([
      `${server.host}/team/platform:1`,
      `${server.host}/team/platform:latest`,
    ]);
    expect(server.store.digestOf('team/platform', 'latest')).toBe(digest('team/platform'));
    expect((await run({ config })).images.map(({ verdict }) => verdict)).toEqual(['current', 'current']);
  });

  it('builds what was never published', async () => {
    await site();
    await write('new/Dockerfile', `FROM ${server.host}/library/base:1\n`);
    const report = await run({
      config: { imageInputs: { ...images().imageInputs, new: at(server, 'team/new', '1') } },
    });
    expect(named(report, 'new').bases[0]?.verdict).toBe('missing');
    expect(named(report, 'new').promotion?.tags).toEqual([
      { reference: formatReference(at(server, 'team/new', '1')), previous: null },
    ]);
  });

  it('records what each promotion moved, for a rollback', async () => {
    const { platform } = await site();
    const report = await run();
    const recorded = (await readPromotions(createWorld(), join(root, '.base-image-refresh'))).records;
    expect(recorded.map(({ digest, tags }) => ({ digest, tags }))).toContainEqual({
      digest: named(report, 'platform').promotion?.digest,
      tags: [{ reference: `${server.host}/team/platform:1`, previous: platform }],
    });
    expect(recorded).toHaveLength(2);
  });

  it('takes the candidate tag of what was promoted away, and leaves what was held under the key of its build', async () => {
    await site();
    const report = await run({
      scanner: createTestScanner((repository) => (repository === 'team/web' ? [finding('CVE-1')] : [])),
    });
    expect(report.images.map(({ gate, candidate }) => [gate?.verdict, candidate?.state])).toEqual([
      ['pass', 'removed'],
      ['fail', 'kept'],
    ]);
    expect(imageTags('team/platform')).toEqual(['1']);
    expect(imageTags('team/web')).toEqual(['1', expect.stringMatching(/^bir-c1-[0-9a-f]{64}$/)]);
  });

  it('takes the candidate tag away where the run could not go on after the push', async () => {
    await site();
    const engine = createTestEngine(server);
    const unproven: Engine = {
      ...engine,
      rebuild: async (order) => {
        await engine.rebuild(order);
        throw fail('build-failed', order.build.name, 'BuildKit used another base');
      },
    };
    const report = await run({ engine: unproven });
    expect(named(report, 'platform').failure?.detail).toBe('BuildKit used another base');
    expect(imageTags('team/platform')).toEqual(['1']);
  });

  it('keeps candidate tags where that is asked for, and rollback tags', async () => {
    const { platform } = await site();
    const report = await run({
      config: { promotion: { keepCandidates: true, candidateMaxAge: 86_400_000, rollbackTag: 'was-{tag}' } },
    });
    const { candidate, build, promotion } = named(report, 'platform');
    expect(candidate).toEqual({ state: 'kept' });
    expect(imageTags('team/platform').map((tag) => tag.replace(/^bir-c1-.*/, 'bir'))).toEqual(['1', 'bir', 'was-1']);
    expect(build?.candidate).toContain(':bir-c1-');
    expect(server.store.digestOf('team/platform', 'was-1')).toBe(platform);
    expect(promotion?.tags).toEqual([
      {
        reference: `${server.host}/team/platform:1`,
        previous: platform,
        rollback: `${server.host}/team/platform:was-1`,
      },
    ]);
  });

  it('fails an image whose release tag went with the candidate tag and cannot be put back, with the command', async () => {
    await site();
    const engine = createTestEngine(server);
    const plain = createTestRun(testConfig(root, images()), { engine, scanner: nothing });
    const registry = {
      ...plain.registry,
      deleteManifest: async () => {
        const promoted = server.store.digestOf('team/platform', '1');
        server.store.deleteManifest('team/platform', promoted ?? '');
        server.inject({
          method: 'PUT',
          path: '/v2/team/platform/manifests/1',
          effect: { kind: 'status', status: 403 },
        });
      },
    };
    const report = await refresh({ ...plain, registry });
    const { candidate, failure, promotion } = named(report, 'platform');
    expect(candidate?.state).toBe('lost');
    expect(failure?.subject).toBe(`${server.host}/team/platform:1`);
    expect(failure?.remedy).toContain(
      `crane tag ${server.host}/team/platform@${promotion?.digest} ${server.host}/team/platform:1`.replace(
        / \S+:1$/,
        ' 1',
      ),
    );
    expect(parseReport(serialise(report), 'report.json')).toEqual(report);
    expect(conclusionOf(report, 'never')).toBe('incomplete');
    const words = `release tags of ${server.host}/team/platform:1 may be gone: the registry was asked to remove the candidate tag bir-c1-`;
    expect(renderTable(report).replace(/\s+/g, ' ')).toContain(`The ${words}`);
    expect(renderMarkdown(report)).toContain(`The ${words}`);
    expect(renderHtml(report)).toContain(`<dt>May be lost</dt><dd>${words}`);
  });

  it('keeps verdict, scan and candidate of what could not be signed', async () => {
    await site();
    const sign = {
      tool: 'cosign',
      transparencyLog: false,
      recursive: true,
      attestations: [],
      path: '/bin/false',
    } as const;
    const image = named(await run({ config: { sign } }), 'platform');
    expect(image.failure).not.toBeNull();
    expect([image.gate?.verdict, image.candidate?.state, image.promotion]).toEqual(['pass', 'kept', null]);
    expect(image.scan).not.toBeNull();
  });

  it('says in every format what it had to leave in the registry', async () => {
    await server.close();
    server = await startRegistry({ deletes: false });
    await site();
    const report = await run();
    const words = `127.0.0.1:${server.host.split(':')[1]}/team/platform:bir-c1-`;
    expect(named(report, 'platform').candidate).toEqual({ state: 'left', why: 'registry does not allow deletion' });
    expect(parseReport(serialise(report), 'report.json')).toEqual(report);
    expect(renderTable(report).replace(/\s+/g, ' ')).toContain(
      'was left: registry does not allow deletion; so were 1 more.',
    );
    expect(renderMarkdown(report)).toContain('was left: registry does not allow deletion; so were 1 more.');
    expect(renderHtml(report)).toContain('was left: registry does not allow deletion');
    expect(renderHtml(report)).toContain(words);
    expect(conclusionOf(report, 'never')).toBe('succeeded');
  });

  describe('cascade', () => {
    /** `platform` on a base, `web` on `platform`, `shop` on `web`, all published and up to date with each other. */
    async function chain() {
      const { old, fresh, platform } = await site();
      const web = server.store.digestOf('team/web', '1');
      const shop = makeIndex([makeImage({ base: old, layers: [await makeLayer({ app: 'shop' })] })], {
        annotations: { 'org.opencontainers.image.base.digest': web ?? '' },
      });
      await pushImage(server.store, 'team/shop', shop, '1');
      await write('shop/Dockerfile', `FROM ${server.host}/team/web:1\n`);
      const config = { imageInputs: { ...images().imageInputs, shop: at(server, 'team/shop', '1') } };
      return { old, fresh, platform, config };
    }

    it('stops where a parent came out with the same content for the platforms of the child', async () => {
      const { old, config } = await chain();
      // Another index, as provenance makes it, over the very manifest that was published.
      const again = makeIndex([makeImage({ base: old })], { annotations: { built: 'again' } });
      const engine = createTestEngine(server, async () => again);
      const report = await run({ engine, config: { ...config, continuity: { accept: ['base-layers'] } } });
      expect(engine.orders.map(({ build }) => build.name)).toEqual(['platform']);
      expect(digest('team/platform')).toBe(again.descriptor.digest);
      const { host } = server;
      expect(named(report, 'web').plan).toMatchObject({
        action: 'skip',
        because: [`${host}/team/platform:1 came out as it was`],
      });
      expect(named(report, 'shop').plan).toMatchObject({
        action: 'skip',
        because: [`${host}/team/web:1 came out as it was`],
      });
      expect(conclusionOf(report, 'never')).toBe('succeeded');
    });

    it('goes on where it really changed, and where the child has a reason of its own', async () => {
      const { old, config } = await chain();
      const changed = await run({ config });
      expect(changed.totals).toMatchObject({ rebuilt: 3, promoted: 3 });
      await site();
      const again = makeIndex([makeImage({ base: old })], { annotations: { built: 'again' } });
      const engine = createTestEngine(server, async () => again);
      await run({ engine, config: { ...config, force: true, continuity: { accept: ['base-layers'] } } });
      expect(engine.orders.map(({ build }) => build.name)).toEqual(['platform', 'web', 'shop']);
    });

    it('skips all that stands on an image that failed, with the reason, and the rest goes on', async () => {
      const { config } = await chain();
      await write('api/Dockerfile', `FROM ${server.host}/library/base:1\n`);
      const engine = createTestEngine(server);
      const failing: Engine = {
        ...engine,
        rebuild: (order) =>
          order.build.name === 'platform'
            ? Promise.reject(fail('build-failed', 'platform', 'RUN false ended with 1'))
            : engine.rebuild(order),
      };
      const imageInputs = { ...config.imageInputs, api: at(server, 'team/api', '1') };
      const report = await run({ engine: failing, config: { imageInputs } });
      const words = ['web', 'shop'].map((name) => named(report, name).failure).map((f) => f && describeFailure(f));
      expect(words).toEqual([
        'web: its base platform was not refreshed, so it was not rebuilt; fix platform first.',
        'shop: its base web was not refreshed, so it was not rebuilt; fix web first.',
      ]);
      expect(named(report, 'api').promotion).not.toBeNull();
      expect(conclusionOf(report, 'never')).toBe('incomplete');
    });

    it('holds children of an image that failed its tests', async () => {
      const { config, platform } = await chain();
      const images_ = [
        { dockerfile: 'platform/Dockerfile', tags: [], platforms: [], args: {}, tests: { structure: ['none.yaml'] } },
      ];
      await write('none.yaml', 'schemaVersion: 2.0.0\nfileExistenceTests: [{ name: x, path: /x }]\n');
      const report = await run({ config: { ...config, images: images_ } });
      expect(digest('team/platform')).toBe(platform);
      expect(named(report, 'web').failure?.detail).toBe(
        'its base platform did not pass its tests, so it was not rebuilt',
      );
      expect(conclusionOf(report, 'never')).toBe('policy-failed');
    });

    it('names the way round a cycle and leaves it alone, while the rest goes on', async () => {
      await site();
      await write('platform/Dockerfile', `FROM ${server.host}/team/web:1\n`);
      await write('api/Dockerfile', `FROM ${server.host}/library/base:1\n`);
      const engine = createTestEngine(server);
      const report = await run({
        engine,
        config: { imageInputs: { ...images().imageInputs, api: at(server, 'team/api', '1') } },
      });
      expect(['platform', 'web'].map((name) => named(report, name).failure?.detail)).toEqual([
        'its bases form a cycle: platform → web → platform',
        'its bases form a cycle: web → platform → web',
      ]);
      expect(engine.orders.map(({ build }) => build.name)).toEqual(['api']);
      expect(conclusionOf(report, 'never')).toBe('incomplete');
    });
  });
});
