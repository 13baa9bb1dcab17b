import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench, Outcome, Target } from './bench.ts';
import type { Row } from './measure.ts';
import { inTurn, measured, medianOf, type Program, peakOf, type Sample, time } from './measure.ts';
import { findPeer } from './parts.ts';
import { type BenchRegistry, type Requests, requestWords, startRegistryProcess } from './registry.ts';

const [dockerfiles, bases, latency, concurrency] = [500, 200, 50, 16];

interface Resolved {
  readonly row: Row;
  /** Of one run; absent with the peer. */
  readonly requests?: Requests;
}

/** The digests of 200 bases of 500 Dockerfiles, over a registry that takes 50 ms for each answer. */
export async function resolve(bench: Bench): Promise<Outcome> {
  const registry = await startRegistryProcess(bench, { latency, tokens: true });
  try {
    await registry.fill({ kind: 'images', count: dockerfiles, bases });
    await registry.fill({ kind: 'bases', count: bases });
    const folder = await writeRepository(bench, registry.host);
    const programs = programsFor(bench, registry.host, folder);
    const present = programs.flatMap(({ name, program }) => (program.kind === 'program' ? [[name, program.run]] : []));
    const requests = new Map<string, Requests>();
    const takes = Object.fromEntries(
      present.map(([name, program]) => [
        name,
        () => sample(bench, registry, program as Program, name as string, requests),
      ]),
    );
    const samples = await inTurn(bench.runs, takes);
    const peaks = await peaksOf(bench, folder);
    const results = programs.map(({ name, what, program }): Resolved => {
      if (program.kind === 'absent') return { row: { what, kind: 'absent', why: program.why } };
      const counted = requests.get(name);
      const own = (samples[name] ?? []).map((one) => withPeak(one, peaks[name]));
      return {
        row: measured(what, own, counted === undefined ? '' : requestWords(counted)),
        ...(counted === undefined ? {} : { requests: counted }),
      };
    });
    return { title: title(), rows: results.map(({ row }) => row), targets: targetsOf(results, await bare(bench)) };
  } finally {
    await registry.stop();
  }
}

function title(): string {
  return `${dockerfiles} Dockerfiles, ${bases} bases in ${bases} repositories, tokens, ${latency} ms for each answer, ${concurrency} requests at once`;
}

async function sample(
  bench: Bench,
  registry: BenchRegistry,
  program: Program,
  name: string,
  requests: Map<string, Requests>,
): Promise<Sample> {
  await rm(join(bench.folder, 'reports'), { recursive: true, force: true });
  await registry.forget();
  const { milliseconds, stdout } = await time(program);
  const digests = new Set(stdout.match(/sha256:[0-9a-f]{64}/g));
  if (name !== 'check' && digests.size !== bases) throw new Error(`${name} answered ${digests.size} digests`);
  requests.set(name, await registry.count());
  return { milliseconds };
}

function withPeak(one: Sample, megabytes: number | undefined): Sample {
  return megabytes === undefined ? one : { ...one, megabytes };
}

async function peaksOf(bench: Bench, folder: string): Promise<Readonly<Record<string, number>>> {
  return {
    resolve: await peakOf(ours(bench, folder), bench.folder),
    check: await peakOf(checking(bench, folder), bench.folder),
  };
}

async function bare(bench: Bench): Promise<number> {
  const samples = await inTurn(bench.runs, { node: () => time({ file: process.execPath, args: ['-e', '0'] }) });
  return medianOf(measured('node', samples.node)) ?? 0;
}

type Maybe = { readonly kind: 'program'; readonly run: Program } | { readonly kind: 'absent'; readonly why: string };

function programsFor(bench: Bench, host: string, folder: string) {
  const references = Array.from({ length: bases }, (_, number) => `${host}/base/${number}:1`);
  const env = { HOME: bench.folder, DOCKER_CONFIG: bench.folder };
  const inParallel = (
    what: string,
    part: string,
    args: readonly string[],
    prefix = '',
  ): { what: string; program: Maybe } => {
    const peer = findPeer(part, part);
    if (peer.kind === 'absent') return { what, program: peer };
    const run = {
      file: 'xargs',
      args: ['-P', String(concurrency), '-n', '1', peer.path, ...args],
      stdin: references.map((reference) => `${prefix}${reference}\n`).join(''),
      env: { ...env, ...peer.env },
    };
    return { what: `${what} ${peer.version}`, program: { kind: 'program', run } };
  };
  return [
    { name: 'resolve', what: 'resolving, as `check` does it', program: { kind: 'program', run: ours(bench, folder) } },
    { name: 'crane', ...inParallel('xargs, crane digest', 'crane', ['digest', '--insecure']) },
    {
      name: 'skopeo',
      ...inParallel(
        'xargs, skopeo inspect --no-tags',
        'skopeo',
        ['inspect', '--no-tags', '--tls-verify=false', '--format', '{{.Digest}}'],
        'docker://',
      ),
    },
    {
      name: 'check',
      what: `\`check\`, which reads ${dockerfiles} published images too`,
      program: { kind: 'program', run: checking(bench, folder) },
    },
  ] as const satisfies readonly { name: string; what: string; program: Maybe }[];
}

function ours(bench: Bench, folder: string): Program {
  return { file: process.execPath, args: [bench.program('resolve-process'), folder], env: { HOME: bench.folder } };
}

function checking(bench: Bench, folder: string): Program {
  const output = join(bench.folder, 'reports');
  const options = ['--config', configOf(bench), '--format', 'json', '--output-dir', output];
  const args = [bench.cli, 'check', folder, ...options];
  return { file: process.execPath, args, env: { HOME: bench.folder } };
}

function configOf({ folder }: Bench): string {
  return join(folder, 'images.yml');
}

async function writeRepository(bench: Bench, host: string): Promise<string> {
  const folder = join(bench.folder, 'repository');
  const images: string[] = [];
  for (let number = 0; number < dockerfiles; number++) {
    await mkdir(join(folder, String(number)), { recursive: true });
    await writeFile(join(folder, String(number), 'Dockerfile'), `FROM ${host}/base/${number % bases}:1\nCOPY . /app\n`);
    images.push(`  - dockerfile: ${number}/Dockerfile\n    image: ${host}/team/${number}:1\n`);
  }
  // Only `check` needs to know where the images are published.
  await writeFile(configOf(bench), `images:\n${images.join('')}`);
  return folder;
}

function targetsOf(results: readonly Resolved[], node: number): readonly Target[] {
  const [own, crane, skopeo, check] = results;
  const counted = own?.requests;
  const wall = medianOf(own?.row) ?? Number.NaN;
  // What no client can do without: to learn of the token server, to get a token, and the references in rounds.
  const bound = Math.ceil(bases / concurrency) * latency + 2 * latency + node;
  const memory = own?.row.kind === 'measured' ? (own.row.samples[0]?.megabytes ?? Number.NaN) : Number.NaN;
  const memoryOfCheck = check?.row.kind === 'measured' ? (check.row.samples[0]?.megabytes ?? Number.NaN) : Number.NaN;
  const head = counted?.head ?? Number.NaN;
  const token = counted?.token ?? Number.NaN;
  return [
    {
      text: `at most ${bases} HEAD and 7 token requests, never more than 2 for one reference`,
      measured: `${head} HEAD, ${token} token, ${counted?.most} at most`,
      isMet: head <= bases && token <= 7 && (counted?.most ?? 3) <= 2,
    },
    {
      text: `at most 1.3 × the bound of ${bound.toFixed(0)} ms (${Math.ceil(bases / concurrency)} rounds, 2 for the token, start of Node)`,
      measured: `${(wall / bound).toFixed(2)} ×`,
      isMet: wall <= 1.3 * bound,
    },
    { text: 'less than 150 MB', measured: `${memory.toFixed(0)} MB`, isMet: memory < 150 },
    {
      text: `\`check\` of all ${dockerfiles} images in less than 150 MB`,
      measured: `${memoryOfCheck.toFixed(0)} MB`,
      isMet: memoryOfCheck < 150,
    },
    ...against('crane digest', wall, counted, crane),
    ...against('skopeo inspect', wall, counted, skopeo),
  ];
}

function against(name: string, wall: number, own: Requests | undefined, peer: Resolved | undefined): readonly Target[] {
  const theirs = medianOf(peer?.row);
  if (theirs === undefined || own === undefined || peer?.requests === undefined) {
    return [{ text: `3 × faster than ${name}, with 3 × fewer requests`, measured: 'not here', isMet: null }];
  }
  const requests = total(peer.requests) / total(own);
  return [
    { text: `3 × faster than ${name}`, measured: `${(theirs / wall).toFixed(1)} ×`, isMet: theirs >= 3 * wall },
    { text: `3 × fewer requests than ${name}`, measured: `${requests.toFixed(1)} ×`, isMet: requests >= 3 },
  ];
}

function total({ head, get, token, ping, write }: Requests): number {
  return head + get + token + ping + write;
}
