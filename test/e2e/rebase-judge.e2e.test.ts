import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BaseImage } from '../../core/dockerfile/base-image.ts';
import { readDockerfile } from '../../core/dockerfile/read.ts';
import { asDigest, type Digest } from '../../core/oci/digest.ts';
import { formatReference, parseReference, type Reference, withDigest } from '../../core/oci/reference.ts';
import type { BuildOrder } from '../../core/rebuild/engine.ts';
import { rebaseEngine } from '../../core/rebuild/rebase.ts';
import { createRegistry } from '../../core/registry/client.ts';
import type { Registry } from '../../core/registry/registry.ts';
import { createWorld } from '../../core/world.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { baseOf, orderOf, pinOf } from '../rebuild/support.ts';
import { imageComparison } from './judge/compare.ts';
import { engineView, viewDifferences } from './judge/engine-view.ts';
import { isKnownRefusal } from './judge/known-refusals.ts';
import { writeJudgeContext } from './judge/rootfs.ts';
import { applications, dockerfileOn, movedBase, moves, oldBase } from './judge/tables.ts';
import { type RunningDockerd, startDockerd } from './setup/dockerd.ts';
import { describeWith } from './setup/parts.ts';

const seed = Number(process.env.REBASE_JUDGE_SEED ?? 0);
/** How many of the pairs that are said to be safe the engine runs beside their builds. */
const run = Number(process.env.REBASE_JUDGE_RUNS ?? 10);
const chosen = asked(moves, process.env.REBASE_JUDGE_MOVES ?? '4');
const named = asked(applications, process.env.REBASE_JUDGE_APPLICATIONS ?? '22');

/** `all` of a table, its rows by name, or so many from all over it. */
function asked<T>(table: Readonly<Record<string, T>>, wanted: string): readonly (readonly [string, T])[] {
  const rows = Object.entries(table);
  if (wanted === 'all') return rows;
  const count = Number(wanted);
  return Number.isNaN(count) ? rows.filter(([name]) => wanted.split(',').includes(name)) : spread(rows, count);
}

/** As many as are wanted, from all over a list; the seed says where it begins. */
function spread<T>(list: readonly T[], wanted: number): readonly T[] {
  const step = Math.max(1, Math.floor(list.length / wanted));
  return [...list.slice(seed % step), ...list.slice(0, seed % step)]
    .filter((_, at) => at % step === 0)
    .slice(0, wanted);
}

function basesIn(text: string): readonly BaseImage[] {
  const platform = { os: 'linux', architecture: 'amd64' };
  const reading = readDockerfile(text, { args: {}, platforms: { build: platform, target: platform }, contexts: {} });
  if (reading.kind === 'refused') throw new Error(reading.detail);
  return reading.bases;
}

interface Judgement {
  readonly move: string;
  readonly name: string;
  readonly verdict: 'equal' | 'different' | 'no build';
  readonly isSafe: boolean;
  readonly why: string;
  readonly differences: readonly string[];
  /** What was rebased, and what was built; absent where there is no build. */
  readonly images?: readonly [Reference, Reference];
}

// A rebase is safe where nothing that can be seen tells it from a build: BuildKit builds what is rebased here.
describeWith(['dockerd'], 'the judge of rebases', () => {
  let folder: string;
  let server: TestRegistry;
  let engine: RunningDockerd;
  let world: ReturnType<typeof createWorld>;
  let registry: Registry;
  const limit = pLimit(3);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bir-judge-'));
    server = await startRegistry();
    engine = await startDockerd({ part: 'dockerd' });
    await writeJudgeContext(folder);
    world = createWorld({ cwd: folder });
    const config = { credentials: {}, mirrors: {}, insecureHosts: [], concurrency: 8, deadline: 600_000 };
    registry = createRegistry(world, config);
  });
  afterAll(async () => {
    await world?.close();
    await engine?.stop();
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Builds and pushes images by name, all at once; where one of them fails, one by one, and that one is left out. */
  async function buildAll(
    texts: Readonly<Record<string, string>>,
    provenance: 'disabled=true' | 'mode=max' = 'disabled=true',
  ): Promise<ReadonlyMap<string, Digest>> {
    const names = Object.keys(texts);
    const file = join(folder, 'bake.json');
    const target = Object.fromEntries(
      names.map((name, at) => [
        `t${at}`,
        {
          context: folder,
          // Bake would expand it.
          'dockerfile-inline': (texts[name] ?? '').replaceAll('${', () => '$${'),
          attest: [`type=provenance,${provenance}`],
          output: [`type=image,name=${server.host}/${name},push=true`],
        },
      ]),
    );
    await writeFile(file, JSON.stringify({ group: { default: { targets: Object.keys(target) } }, target }));
    try {
      await engine.docker('buildx', 'bake', `--allow=fs=${folder}`, '--file', file, '--metadata-file', `${file}.out`);
    } catch (error) {
      if (!/did not complete successfully|failed to/.test(String(error))) throw error;
      if (names.length === 1) return new Map();
      const apart: (readonly [string, Digest])[] = [];
      for (const name of names) apart.push(...(await buildAll({ [name]: texts[name] ?? '' }, provenance)));
      return new Map(apart);
    }
    const metadata = JSON.parse(await readFile(`${file}.out`, 'utf8'));
    return new Map(
      names.flatMap((name, at) => {
        const digest = asDigest(metadata[`t${at}`]?.['containerimage.digest'] ?? '');
        return digest === undefined ? [] : [[name, digest] as const];
      }),
    );
  }

  const imageOf = (name: string, digest: Digest): Reference =>
    withDigest(parseReference(`${server.host}/${name}`), digest);

  test(`of ${chosen.length} moves and ${named.length} applications (seed ${seed}), what is said to be safe is what a build makes`, async () => {
    const old = (await buildAll({ 'base:old': `${oldBase.join('\n')}\n` })).get('base:old');
    if (old === undefined) throw new Error('the base cannot be built');
    const onBase = (digest: Digest) => `${server.host}/base@${digest}`;
    const moved = chosen.map(([move, lines]) => [`base:${move}`, movedBase(onBase(old), lines)] as const);
    const bases = await buildAll(Object.fromEntries(moved));
    const all = (tag: string, base: Digest) => {
      const texts = named.map(([name, lines]) => [`app-${name}:${tag}`, dockerfileOn(onBase(base), lines)] as const);
      return buildAll(Object.fromEntries(texts), tag === '1' ? 'mode=max' : 'disabled=true');
    };
    const apps = await all('1', old);
    expect([bases.size, apps.size]).toEqual([chosen.length, named.length]);
    const builds = new Map<string, Digest>();
    for (const [move] of chosen) {
      for (const [name, digest] of await all(`built-${move}`, bases.get(`base:${move}`) ?? old))
        builds.set(name, digest);
    }
    const compare = imageComparison(registry);
    const rebase = rebaseEngine({ world, registry, policy: 'when-safe' });
    const forced = rebaseEngine({ world, registry, policy: 'force' });
    const judged = await Promise.all(
      chosen.flatMap(([move]) =>
        named.map(([name, lines]) =>
          limit(async (): Promise<Judgement> => {
            const fresh = bases.get(`base:${move}`) ?? old;
            const app = apps.get(`app-${name}:1`) ?? old;
            const published = {
              reference: imageOf(`app-${name}`, app),
              manifest: await registry.manifest(imageOf(`app-${name}`, app)),
            };
            const tag = `${server.host}/base:${move}`;
            const text = dockerfileOn(tag, lines);
            const repository = parseReference(`${server.host}/app-${name}`);
            const order = (used: readonly BaseImage[], inline?: string): BuildOrder => {
              const candidate = { ...repository, tag: `rebased-${move}` };
              const how = { dockerfile: undefined, ...(inline === undefined ? {} : { inline }) };
              const pins = used.map((base) => ({ ...pinOf(base, fresh, old), source: imageOf('base', fresh) }));
              return { ...orderOf(repository, pins, { published, build: how }), candidate };
            };
            // With the Dockerfile at hand, and with what provenance has of it alone: neither may be wrong.
            const whole = order(basesIn(text), text);
            const answers = [await rebase.suits(whole), await rebase.suits(order([baseOf(tag)]))];
            const isSafe = answers.some(({ kind }) => kind === 'suitable');
            const [first] = answers;
            const why = first?.kind === 'unsuitable' ? first.why : '';
            const built = builds.get(`app-${name}:built-${move}`);
            if (built === undefined) return { move, name, verdict: 'no build', isSafe, why, differences: [] };
            const { reference } = await forced.rebuild(whole);
            const images = [reference, imageOf(`app-${name}`, built)] as const;
            const differences = await compare(...images);
            const verdict = differences.length === 0 ? 'equal' : 'different';
            return { move, name, verdict, isSafe, why, differences, images };
          }),
        ),
      ),
    );
    const count = (wanted: (one: Judgement) => boolean) => judged.filter(wanted).length;
    const refused = judged.filter(({ isSafe, verdict }) => !isSafe && verdict === 'equal');
    const figures = {
      pairs: judged.length,
      safeAndEqual: count(({ isSafe, verdict }) => isSafe && verdict === 'equal'),
      rightlyRefused: count(({ isSafe, verdict }) => !isSafe && verdict !== 'equal'),
      refusedThoughEqual: refused.length,
    };
    if (process.env.REBASE_JUDGE_REPORT !== undefined) {
      const lines = refused.map(({ move, name, why }) => `${move} × ${name}: ${why}`);
      await writeFile(process.env.REBASE_JUDGE_REPORT, `${JSON.stringify(figures)}\n${lines.join('\n')}\n`);
    }
    expect(judged.filter(({ isSafe, verdict }) => isSafe && verdict !== 'equal')).toEqual([]);
    expect(figures.safeAndEqual).toBeGreaterThan(figures.pairs / 3);
    const seen: Record<string, readonly string[]> = {};
    const safe = judged.filter(({ isSafe, images }) => isSafe && images !== undefined);
    for (const { move, name, images = [] } of spread(safe, run)) {
      const [rebased, built] = images.map(formatReference);
      const [a, b] = [await engineView(engine, folder, rebased ?? ''), await engineView(engine, folder, built ?? '')];
      expect(a.size).toBeGreaterThan(20);
      seen[`${move} × ${name}`] = viewDifferences(a, b);
    }
    expect(Object.keys(seen)).toHaveLength(Math.min(run, safe.length));
    expect(seen).toEqual(Object.fromEntries(Object.keys(seen).map((pair) => [pair, []])));
    // What is refused though it is equal may not grow: a pair more needs a reason, and a line there.
    const news = refused.filter(({ move, name }) => !isKnownRefusal(move, name));
    expect(news.map(({ move, name, why }) => `${move} × ${name}: ${why}`)).toEqual([]);
  }, 1_800_000);
});
