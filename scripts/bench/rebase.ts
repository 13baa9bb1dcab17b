import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench, Outcome, Target } from './bench.ts';
import { type BenchEngine, startEngine } from './engine.ts';
import type { Row } from './measure.ts';
import { cpuOf, inTurn, measured, medianOf, type Program, peakOf, type Sample, time } from './measure.ts';
import { findPeer } from './parts.ts';
import { type BenchRegistry, startRegistryProcess } from './registry.ts';

/** Of libraries, unpacked; packed they and Debian come to about 275 MB. */
const megabytes = 700;

/** An image with one layer of its own is put on a new base: Debian with a large layer of libraries. */
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
  const [uploaded, requests] = [new Map<string, number>(), new Map<string, number>()];
  const take = (name: string, program: Program, before?: () => Promise<unknown>) => async (): Promise<Sample> => {
    await rm(output, { recursive: true, force: true });
    await before?.();
    await registry.forget();
    const { milliseconds, cpu } = await time(program);
    const { uploaded: bytes, head, get } = await registry.count();
    // What was there already after the first run need not be sent again.
    uploaded.set(name, Math.max(bytes, uploaded.get(name) ?? 0));
    requests.set(name, head + get);
    return { milliseconds, cpu };
  };
  // Known to the first run that counts.
  await time(own);
  const samples = await inTurn(bench.runs, {
    known: take('known', own),
    own: take('own', own, () => rm(join(bench.folder, '.cache'), { recursive: true, force: true })),
    forced: take('forced', forced),
    ...(crane.kind === 'present' ? { crane: take('crane', craneRebase(crane.path, registry.host)) } : {}),
  });
  const builds =
    engine.kind === 'present'
      ? await inTurn(Math.min(bench.runs, 3), { build: await building(bench, registry.host, engine, take) })
      : {};
  const peak = await peakOf(own, bench.folder);
  const bytes = (name: string) => `${requests.get(name) ?? 0} reads, ${uploaded.get(name) ?? 0} bytes uploaded`;
  const rows: readonly Row[] = [
    measured(
      'base-image-refresh rebase --candidate-only, layers known',
      (samples.known ?? []).map((one) => ({ ...one, megabytes: peak })),
      bytes('known'),
    ),
    measured('the same for the first time', samples.own, bytes('own')),
    measured('the same with --rebase force, which proves as little as crane', samples.forced, bytes('forced')),
    crane.kind === 'present'
      ? measured(`crane rebase ${crane.version}`, samples.crane, bytes('crane'))
      : { what: 'crane rebase', kind: 'absent', why: crane.why },
    engine.kind === 'present'
      ? measured(`docker buildx build --no-cache ${engine.version}, base not yet there`, builds.build, bytes('build'))
      : { what: 'docker buildx build --no-cache', kind: 'absent', why: engine.why },
  ];
  return {
    title: `One layer on Debian with ${megabytes} MB of libraries, in one registry`,
    rows,
    targets: targetsOf(rows, uploaded),
  };
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
  [known, own, forced, crane, build]: readonly Row[],
  uploaded: ReadonlyMap<string, number>,
): readonly Target[] {
  const spent = (text: string, row: Row | undefined, most: number): Target => {
    const cpu = cpuOf(row);
    return {
      text,
      measured: cpu === undefined ? 'not here' : `${cpu.toFixed(2)} s`,
      isMet: cpu === undefined ? null : cpu <= most,
    };
  };
  const ratio = (
    text: string,
    more: Row | undefined,
    less: Row | undefined,
    isMet: (times: number) => boolean,
  ): Target => {
    const [a, b] = [medianOf(more), medianOf(less)];
    if (a === undefined || b === undefined) return { text, measured: 'not here', isMet: null };
    return { text, measured: `${(a / b).toFixed(1)} ×`, isMet: isMet(a / b) };
  };
  const [sent, craneSent] = [uploaded.get('own'), uploaded.get('crane')];
  const more = sent === undefined || craneSent === undefined ? undefined : sent - craneSent;
  return [
    spent('layers known: at most 0.5 CPU s', known, 0.5),
    spent('first time: at most 3 CPU s', own, 3),
    ratio('at least 10 × faster than the same build, layers known', build, known, (times) => times >= 10),
    ratio('at most 2 × the time of crane, proving as little', forced, crane, (times) => times <= 2),
    {
      text: 'at most 4 KB more uploaded than by crane',
      measured: more === undefined ? 'not here' : `${more} bytes more`,
      isMet: more === undefined ? null : more <= 4096,
    },
  ];
}
