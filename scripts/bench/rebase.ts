import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench, Outcome, Target } from './bench.ts';
import { type BenchEngine, startEngine } from './engine.ts';
import type { Row } from './measure.ts';
import { inTurn, measured, medianOf, type Program, peakOf, type Sample, time } from './measure.ts';
import { findPeer } from './parts.ts';
import { type BenchRegistry, startRegistryProcess } from './registry.ts';

const megabytes = 200;

/** An image with one layer of its own is put on a new base of 200 MB. */
export async function rebase(bench: Bench): Promise<Outcome> {
  const registry = await startRegistryProcess(bench, { latency: 0, tokens: false });
  const engine = await startEngine();
  try {
    await registry.fill({ kind: 'rebase', megabytes });
    return await compare(bench, registry, engine);
  } finally {
    if (engine.kind === 'present') await engine.stop();
    await registry.stop();
  }
}

async function compare(bench: Bench, registry: BenchRegistry, engine: BenchEngine): Promise<Outcome> {
  const output = join(bench.folder, 'reports');
  const own = rebasing(bench, registry.host, output);
  const forced = rebasing(bench, registry.host, output, '--rebase', 'force');
  const crane = findPeer('crane', 'crane');
  const uploaded = new Map<string, number>();
  const take = (name: string, program: Program, before?: () => Promise<unknown>) => async (): Promise<Sample> => {
    await rm(output, { recursive: true, force: true });
    await before?.();
    await registry.forget();
    const { milliseconds } = await time(program);
    const { uploaded: bytes } = await registry.count();
    // What was there already after the first run need not be sent again.
    uploaded.set(name, Math.max(bytes, uploaded.get(name) ?? 0));
    return { milliseconds };
  };
  const samples = await inTurn(bench.runs, {
    own: take('own', own),
    forced: take('forced', forced),
    ...(crane.kind === 'present' ? { crane: take('crane', craneRebase(crane.path, registry.host)) } : {}),
  });
  const builds =
    engine.kind === 'present'
      ? await inTurn(Math.min(bench.runs, 3), { build: await building(bench, registry.host, engine, take) })
      : {};
  const peak = await peakOf(own, bench.folder);
  const bytes = (name: string) => `${uploaded.get(name) ?? 0} bytes uploaded`;
  const rows: readonly Row[] = [
    measured(
      'base-image-refresh rebase --candidate-only',
      (samples.own ?? []).map((one) => ({ ...one, megabytes: peak })),
      bytes('own'),
    ),
    measured('the same with --rebase force, which proves as little as crane', samples.forced, bytes('forced')),
    crane.kind === 'present'
      ? measured(`crane rebase ${crane.version}`, samples.crane, bytes('crane'))
      : { what: 'crane rebase', kind: 'absent', why: crane.why },
    engine.kind === 'present'
      ? measured(`docker buildx build --no-cache ${engine.version}, base not yet there`, builds.build, bytes('build'))
      : { what: 'docker buildx build --no-cache', kind: 'absent', why: engine.why },
  ];
  return { title: `One layer on a base of ${megabytes} MB, in one registry`, rows, targets: targetsOf(rows, uploaded) };
}

function rebasing(bench: Bench, host: string, output: string, ...more: readonly string[]): Program {
  const args = [bench.cli, 'rebase', `${host}/team/web:1`, '--candidate-only', '--output-dir', output, ...more];
  return { file: process.execPath, args, env: { HOME: bench.folder }, cwd: bench.folder };
}

function craneRebase(file: string, host: string): Program {
  const base = `${host}/library/debian`;
  const bases = ['--old_base', `${base}:v1`, '--new_base', `${base}:v2`];
  return { file, args: ['rebase', '--insecure', `${host}/team/web:1`, ...bases, '-t', `${host}/team/web:crane`] };
}

type Take = (name: string, program: Program, before?: () => Promise<unknown>) => () => Promise<Sample>;

// A base that has just moved is on no machine that builds yet: it is taken away before each run.
async function building(
  bench: Bench,
  host: string,
  { docker, env }: Extract<BenchEngine, { readonly kind: 'present' }>,
  take: Take,
): Promise<() => Promise<Sample>> {
  const context = join(bench.folder, 'web');
  await mkdir(join(context, 'app'), { recursive: true });
  await writeFile(join(context, 'app/server'), 'server\n'.repeat(1000));
  await writeFile(join(context, 'Dockerfile'), `FROM ${host}/library/debian:12\nCOPY app /app\n`);
  const push = `--output=type=image,name=${host}/team/built:1,push=true,store=false,registry.insecure=true`;
  const program = { file: docker, args: ['buildx', 'build', '--no-cache', push, context], env };
  return take('build', program, () => time({ file: docker, args: ['buildx', 'prune', '--all', '--force'], env }));
}

function targetsOf(
  [own, forced, crane, build]: readonly Row[],
  uploaded: ReadonlyMap<string, number>,
): readonly Target[] {
  const [ours, bare, cranes, builds] = [own, forced, crane, build].map(medianOf);
  const [sent, craneSent] = [uploaded.get('own'), uploaded.get('crane')];
  const absent = (text: string): Target => ({ text, measured: 'not here', isMet: null });
  const twice = 'at most 2 × the time of crane';
  const bytes = 'at most 4 KB more uploaded than by crane';
  const twenty = 'at least 20 × faster than a build';
  const withCrane =
    ours === undefined || bare === undefined || cranes === undefined || sent === undefined || craneSent === undefined
      ? [absent(twice), absent(bytes)]
      : [
          { text: twice, measured: `${(ours / cranes).toFixed(2)} ×`, isMet: ours <= 2 * cranes },
          {
            text: `${twice}, proving as little`,
            measured: `${(bare / cranes).toFixed(2)} ×`,
            isMet: bare <= 2 * cranes,
          },
          { text: bytes, measured: `${sent - craneSent} bytes more`, isMet: sent <= craneSent + 4096 },
        ];
  if (ours === undefined || builds === undefined) return [...withCrane, absent(twenty)];
  return [...withCrane, { text: twenty, measured: `${(builds / ours).toFixed(1)} ×`, isMet: builds >= 20 * ours }];
}
