import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { checkCommand } from '../../core/commands/check.ts';
import type { Config } from '../../core/config/model.ts';
import { discover } from '../../core/discover/discover.ts';
import { fail } from '../../core/failure.ts';
import { annotationKeys } from '../../core/oci/manifest.ts';
import type { Files, World } from '../../core/ports.ts';
import { assembleReport } from '../../core/refresh/assemble-report.ts';
import { checkBuilds } from '../../core/refresh/check-builds.ts';
import { createRun } from '../../core/refresh/context.ts';
import type { RefreshReport } from '../../core/report/report.ts';
import { conclusionOf } from '../../core/report/totals.ts';
import { createWorld } from '../../core/world.ts';
import { makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { createApi } from '../../testing/registry/api.ts';
import { registryBehaviour } from '../../testing/registry/settings.ts';
import { createStore } from '../../testing/registry/store.ts';
import { createRecordingHost, testConfig } from '../support/run.ts';
import { type Mutation, mutatedHttp, mutation } from './mutations.ts';

const registry = '127.0.0.1:5000';
const dockerfile = `FROM ${registry}/library/base:1\nCOPY . /app\n`;
const root = '/repository';
const real = createWorld();

/** A folder with one Dockerfile and nothing else. */
const files: Files = {
  read: async (path) => Buffer.from(await files.readText(path)),
  readText: async (path) => {
    if (kindOf(path) === 'file') return dockerfile;
    throw fail('unreadable', path, 'no such file or folder');
  },
  write: async () => {},
  list: async (path) => (path === root ? [{ name: 'Dockerfile', kind: 'file' }] : []),
  stat: async (path) => ({ kind: kindOf(path), size: dockerfile.length }),
  entry: async () => ({ mode: 0o644, modified: new Date(0), isOwn: true }),
  leftovers: async () => [],
  realpath: async (path) => path,
  makeDirectory: async () => {},
  temporaryDirectory: async () => '/tmp/none',
  remove: async () => {},
};

const cacheDirectory = `${root}/.base-image-refresh/registry-cache`;

/** The same folder with a cache, which is kept apart for each run. */
function filesWith(entries: ReadonlyMap<string, Uint8Array>): { readonly files: Files; kept(): typeof entries } {
  const kept = new Map(entries);
  const stat: Files['stat'] = async (path) => {
    const entry = kept.get(path);
    if (path === cacheDirectory && kept.size > 0) return { kind: 'directory', size: 0 };
    return entry === undefined ? files.stat(path) : { kind: 'file', size: entry.length };
  };
  return {
    files: {
      ...files,
      stat,
      read: async (path) => kept.get(path) ?? files.read(path),
      write: async (path, data) => {
        if (path.startsWith(cacheDirectory) && data instanceof Uint8Array) kept.set(path, data);
      },
    },
    kept: () => kept,
  };
}

function kindOf(path: string) {
  if (path === root) return 'directory';
  return path === `${root}/Dockerfile` ? 'file' : 'absent';
}

const store = createStore();
const access = { '*': { anonymous: ['pull'] } } as const;
const api = createApi(store, registryBehaviour({ authentication: { kind: 'token', access } }));

/** What a run kept when the image was current, its base read by GET. */
let before: ReadonlyMap<string, Uint8Array> = new Map();

// The truth: the image is stale, for its base has moved since, and its provenance in annotations says so.
beforeAll(async () => {
  const layers = [await makeLayer({ 'etc/base': 'one' })];
  const { digest } = await pushImage(store, 'library/base', makeIndex([makeImage({ layers })]), '1');
  const annotations = { [annotationKeys.baseName]: `${registry}/library/base:1`, [annotationKeys.baseDigest]: digest };
  const web = makeImage({ layers: [...layers, await makeLayer({ app: 'web' })], annotations });
  await pushImage(store, 'team/web', makeIndex([web], { annotations }), '1');
  const cached = filesWith(new Map());
  const world = {
    ...mutatedWorld([{ kind: 'drop', name: 'docker-content-digest' }], { mutated: 0, asked: 0 }),
    files: cached.files,
  };
  expect((await reportOf(world, caching)).images[0]?.verdict).toBe('current');
  before = cached.kept();
  const moved = makeIndex([makeImage({ layers: [await makeLayer({ 'etc/base': 'two' })] })]);
  await pushImage(store, 'library/base', moved, '1');
});

/** A world whose registry mutates its answers; it counts those that it mutated. */
function mutatedWorld(mutations: readonly (Mutation | null)[], counts: { mutated: number; asked: number }): World {
  let slept = 0;
  const http = mutatedHttp(api, mutations);
  return {
    ...real,
    files,
    http: (request) => {
      if (mutations[counts.asked++ % mutations.length] != null) counts.mutated += 1;
      return http(request);
    },
    exec: async () => ({ kind: 'not-found' }),
    env: {},
    now: () => new Date(1_700_000_000_000 + slept),
    sleep: async (milliseconds) => {
      slept += milliseconds;
    },
    random: () => 0.5,
  };
}

const config = testConfig(root, {
  command: 'check',
  imageInputs: { '': { registry, repository: 'team/web', tag: '1' } },
  format: 'json',
});

const caching = { ...config, registry: { ...config.registry, cacheDirectory } };

let discovered: ReturnType<typeof discover> | undefined;

async function reportOf(world: World, settings: Config = config): Promise<RefreshReport> {
  discovered ??= discover({ ...real, files }, config);
  const { builds } = await discovered;
  const run = createRun(settings, createRecordingHost(), world);
  const checked = await checkBuilds(run, builds);
  return assembleReport(
    run,
    'check',
    checked.map((image) => ({ kind: 'checked', image })),
    [],
  );
}

function expectTruth(report: RefreshReport): void {
  const [image] = report.images;
  const verdicts = [image?.verdict, ...(image?.bases ?? []).map((base) => base.verdict)];
  for (const verdict of verdicts) {
    expect(['stale', 'unknown', 'missing', 'platform-missing', 'unrecorded']).toContain(verdict);
  }
  expect(conclusionOf(report, 'never')).toBe(image?.verdict === 'unknown' ? 'incomplete' : 'succeeded');
  expect(JSON.stringify(report)).not.toContain('"internal"');
}

test('without a mutation the image is stale', async () => {
  const host = createRecordingHost();
  const world = mutatedWorld([null], { mutated: 0, asked: 0 });
  expect(await checkCommand(config, host, world)).toBe('succeeded');
  const report = JSON.parse(host.printed.join('')) as RefreshReport;
  expect(report.images[0]).toMatchObject({ verdict: 'stale', bases: [{ verdict: 'stale' }] });
});

// A sample of another seed with each run of the tests; 2,600 come to more than 10,000 mutated answers.
const runs = Number(process.env.FUZZ_CHECK_RUNS ?? 900);

test('mutated answers to check: no crash, no hang, and what is stale is never called current', async () => {
  const scenario = fc.array(fc.option(mutation, { freq: 5 }), { minLength: 1, maxLength: 8 });
  const seen = new Map<string, number>();
  let total = 0;
  await fc.assert(
    fc.asyncProperty(scenario, async (mutations) => {
      const counts = { mutated: 0, asked: 0 };
      const report = await reportOf(mutatedWorld(mutations, counts));
      expectTruth(report);
      expect(counts.asked).toBeLessThan(200);
      total += counts.mutated;
      const verdict = report.images[0]?.verdict ?? '';
      seen.set(verdict, (seen.get(verdict) ?? 0) + 1);
    }),
    { numRuns: runs, endOnFailure: true },
  );
  expect(total).toBeGreaterThan(4 * runs);
  // The fuzz neither breaks everything nor nothing.
  expect(seen.get('stale')).toBeGreaterThan(runs / 26);
  expect(seen.get('unknown')).toBeGreaterThan(runs / 26);
}, 120_000);

test('the same with what was kept when the image was current', async () => {
  const scenario = fc.array(fc.option(mutation, { freq: 2 }), { minLength: 1, maxLength: 8 });
  expect(before.size).toBeGreaterThan(3);
  await fc.assert(
    fc.asyncProperty(scenario, async (mutations) => {
      const world = mutatedWorld(mutations, { mutated: 0, asked: 0 });
      expectTruth(await reportOf({ ...world, files: filesWith(before).files }, caching));
    }),
    { numRuns: Math.ceil(runs / 6), endOnFailure: true },
  );
}, 120_000);
