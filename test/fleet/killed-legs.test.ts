import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { discover } from '../../core/discover/discover.ts';
import { mergeRun } from '../../core/fleet/merge-run.ts';
import { runOf } from '../../core/fleet/plan-run.ts';
import { refreshLeg } from '../../core/fleet/refresh-leg.ts';
import { serialiseRun } from '../../core/fleet/run-file.ts';
import { annotationKeys } from '../../core/oci/manifest.ts';
import { plan } from '../../core/plan/plan.ts';
import type { World } from '../../core/ports.ts';
import { createBuildGuard } from '../../core/rebuild/repeats/guard.ts';
import { assembleReport } from '../../core/refresh/assemble-report.ts';
import { checkBuilds } from '../../core/refresh/check-builds.ts';
import type { Run } from '../../core/refresh/context.ts';
import type { RefreshReport } from '../../core/report/report.ts';
import { createWorld } from '../../core/world.ts';
import { type ImageIndex, makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { type Store, startRegistry } from '../../testing/registry.ts';
import { closeHarnesses, createHarness } from '../registry/harness.ts';
import { createTestEngine, createTestRun, createTestScanner, pinnedBase, testConfig } from '../support/run.ts';

// FLEET_SHARDS=100 FLEET_KILLS=300 FLEET_SEEDS=1,2 npx vitest run --project unit test/fleet/killed-legs.test.ts
const shards = Number(process.env.FLEET_SHARDS ?? 8);
const kills = Number(process.env.FLEET_KILLS ?? 20);
const seeds = (process.env.FLEET_SEEDS ?? '17').split(',').map(Number);
const real = createWorld();
afterAll(closeHarnesses);
afterAll(() => real.close());

/** Uniform in [0, 1), the same numbers for the same seed (mulberry32). */
function randomFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Does nothing, or ends the process after what it is given. */
type Step = (ended: () => void) => Promise<void>;

const tags = ['1', '1.2'];
const golden = Math.ceil(shards / 6);
const family = Array.from({ length: shards }, (_, at) => ({
  name: `app-${at}`,
  on: at < golden || at % 3 === 0 ? undefined : `app-${at % golden}`,
}));

test.each(seeds)(
  `${shards} legs that are killed ${kills} times: none lost, none built over its candidate, none promoted as two, none ungated (seed %i)`,
  async (seed) => {
    const server = await startRegistry();
    const root = await mkdtemp(join(tmpdir(), 'bir-kills-'));
    const { store } = server;
    const released = (name: string, tag = tags[0] ?? '') => store.digestOf(`fleet/${name}`, tag);
    const wrong: string[] = [];
    const building = new Set<string>();
    const promotedAs = new Map<string, string>();
    const found = { kills: 0, ended: 0, builds: 0, repeated: 0 };
    const built = new Set<string>();
    let sinceBuild = 0;
    const scanned = new Set<string>();
    try {
      const old = await publish(server, root);
      const config = testConfig(root, {
        tags,
        fleet: { shards, parentWait: 0, changedBases: [] },
        imageInputs: Object.fromEntries(
          family.map(({ name }) => [name, { registry: server.host, repository: `fleet/${name}` }]),
        ),
        build: { ...testConfig(root).build, attempts: 100 },
        // Who waits for the claim of a leg that is gone waits longer than tests of a registry have.
        registry: { ...testConfig(root).registry, deadline: 7_200_000 },
      });
      // A process does one thing after the other, and is gone in the middle of one.
      const engineOf = (step: Step) =>
        createTestEngine(server, async (order) => {
          const { name } = order.build;
          const key = order.candidate.tag?.replace(/^bir-c1-/, '') ?? '';
          found.builds += 1;
          const at = `${name}, build ${found.builds}`;
          // A candidate counts from when the register of its key has it as made: the tag alone anybody could have set.
          const { made = '', done = '', promoted = '' } = registerOf(store, name, key);
          const standing: unknown[] = [
            store.digestOf(`fleet/${name}`, `bir-c1-${key}`),
            ...tags.map((tag) => released(name, tag)),
          ];
          if ([made, done, promoted].some((digest) => standing.includes(digest)))
            wrong.push(`${at}: its candidate stands`);
          if (building.has(key)) wrong.push(`${at}: another builds it`);
          building.add(key);
          await step(() => building.delete(key));
          building.delete(key);
          // What ends in the two requests that write a register has to be built again, and nothing else.
          if (built.has(key) && sinceBuild > 3)
            wrong.push(`${at}: unrecorded ${sinceBuild} requests after it was made`);
          if (built.has(key)) found.repeated += 1;
          built.add(key);
          const layers = [await makeLayer({ built: at })];
          return makeIndex([makeImage({ ...pinnedBase(server, order), layers })], { annotations: order.annotations });
        });
      const scanner = createTestScanner((_, digest) => {
        scanned.add(digest);
        return [];
      });
      const runIn = (http: World['http'], step: Step = async () => {}): Run => {
        const { world, registry } = createHarness(config.registry, { world: { http } });
        const { attempts } = config.build;
        const guard = createBuildGuard(registry, world, { attempts, force: false, warn: () => {} });
        return { ...createTestRun(config, { engine: engineOf(step), scanner }), world, registry, guard };
      };
      const planning = runIn(real.http);
      const images = await checkBuilds(planning, (await discover(planning.world, config)).builds);
      const planned = plan(images, config);
      const run = await runOf(planning, planned, []);
      expect([run.totals.planned, run.legs.length]).toEqual([shards, shards]);
      const file = join(root, 'run.json');
      await writeFile(file, serialiseRun(run));
      const steps = planned.levels.flat().map((step, level) => ({ kind: 'planned', image: step.image, level, step }));
      const report = { ...assembleReport(planning, 'plan', steps as never, []), finishedAt: new Date().toISOString() };

      const reports: RefreshReport[] = [];
      // A process that is gone asks for nothing more and hears of nothing; what it asked for last may have been done.
      const leg = async (shard: string, last = Number.POSITIVE_INFINITY): Promise<boolean> => {
        let asked = 0;
        let builtAt: number | undefined;
        let die = () => {};
        const death = new Promise<false>((resolve) => {
          die = () => resolve(false);
        });
        const gone = () => new Promise<never>(() => {});
        const request: World['http'] = async (request) => {
          asked += 1;
          const own = asked;
          if (own > last) return gone();
          const answer = await real.http(request);
          // Nor does it hear of what was on its way when it went.
          if (asked < last) return answer;
          if (own !== last) return gone();
          await answer.body.cancel();
          if (builtAt !== undefined) sinceBuild = own - builtAt;
          die();
          return gone();
        };
        const run = runIn(request, async (ended) => {
          asked += 1;
          builtAt = asked;
          if (asked < last) return;
          ended();
          die();
          await gone();
        });
        const work = refreshLeg(run, { file, shard }).then((done) => {
          reports.push(done);
          return true as const;
        });
        return Promise.race([work, death]);
      };
      const faults = (name: string) =>
        tags.flatMap((tag) => {
          const digest = released(name, tag);
          if (digest === old.get(name)) return [];
          if (digest === undefined) return [`${name}:${tag} is gone`];
          const first = promotedAs.get(name) ?? digest;
          promotedAs.set(name, first);
          const hasRecord = store.tags(`fleet/${name}`).includes(`bir-p1-${digest.slice(7)}`);
          const children = JSON.parse(String(store.manifest(`fleet/${name}`, digest)?.bytes)).manifests;
          const wasScanned =
            scanned.has(digest) || children.every((child: { digest: string }) => scanned.has(child.digest));
          return [
            ...(digest === first ? [] : [`${name}:${tag} was promoted as ${first} and as ${digest}`]),
            ...(hasRecord ? [] : [`${name}:${tag} has no record`]),
            ...(wasScanned ? [] : [`${name}:${tag} was not scanned`]),
          ];
        });
      const random = randomFrom(seed);
      for (const { id, images } of run.legs) {
        const due = Math.ceil((kills * Number(id.split('/')[0])) / shards);
        let isDone = false;
        for (let tries = 0; found.kills < due && tries < 40; tries += 1) {
          isDone = await leg(id, 1 + Math.floor(random() * 60));
          if (isDone) found.ended += 1;
          else found.kills += 1;
          expect([...wrong, ...images.flatMap(faults)], `seed ${seed}, leg ${id}`).toEqual([]);
        }
        if (!isDone) expect(await leg(id)).toBe(true);
      }
      const merged = await mergeRun(runIn(real.http), run, [report, ...reports]);
      console.info(`${shards} legs: ${JSON.stringify(found)}`);
      expect(wrong).toEqual([]);
      expect(found.kills).toBe(kills);
      expect(merged.missing).toEqual([]);
      const lines = merged.report.images.map(({ name, promotion }) => [name, promotion?.digest ?? released(name)]);
      expect(lines.toSorted()).toEqual(family.map(({ name }) => [name, released(name)]).toSorted());
      for (const { name } of family) {
        expect(faults(name)).toEqual([]);
        expect(tags.map((tag) => released(name, tag) === old.get(name))).toEqual([false, false]);
        expect(new Set(tags.map((tag) => released(name, tag))).size).toBe(1);
      }
    } finally {
      await server.close();
      await rm(root, { recursive: true, force: true });
    }
  },
  1_200_000 + kills * 3000,
);

/** What the register of a build key says, read past the code that writes it. */
function registerOf(store: Store, name: string, key: string): Partial<Record<'made' | 'done' | 'promoted', string>> {
  const held = store.manifest(`fleet/${name}`, store.digestOf(`fleet/${name}`, `bir-k1-${key}`) ?? '');
  const { annotations = {} } = held === undefined ? {} : JSON.parse(String(held.bytes));
  return JSON.parse(annotations[annotationKeys.attempt] ?? '{}');
}

/** Publishes the family on the base as it was, moves the base, and writes the repository. */
async function publish({ store, host }: Awaited<ReturnType<typeof startRegistry>>, root: string) {
  const [before, after] = [
    makeImage({ layers: [await makeLayer({ base: '1' })] }),
    makeImage({ layers: [await makeLayer({ base: '2' })] }),
  ];
  const base = makeIndex([before]);
  await pushImage(store, 'library/base', base, '1');
  const made = new Map<string, { readonly index: ImageIndex; readonly image: typeof before }>();
  for (const { name, on } of family) {
    const parent = (on === undefined ? undefined : made.get(on)) ?? { index: base, image: before };
    const reference = on === undefined ? `${host}/library/base:1` : `${host}/fleet/${on}:1`;
    const image = makeImage({ base: parent.image, layers: [await makeLayer({ [name]: '' })] });
    const record = JSON.stringify([{ reference, digest: parent.index.descriptor.digest }]);
    const index = makeIndex([image], { annotations: { [annotationKeys.bases]: record } });
    made.set(name, { index, image });
    for (const tag of tags) await pushImage(store, `fleet/${name}`, index, tag);
    await mkdir(join(root, name));
    await writeFile(join(root, name, 'Dockerfile'), `FROM ${reference}\nRUN true\n`);
  }
  await pushImage(store, 'library/base', makeIndex([after]), '1');
  return new Map([...made].map(([name, { index }]) => [name, index.descriptor.digest as string]));
}
