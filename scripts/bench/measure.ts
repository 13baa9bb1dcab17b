import { spawn } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One run of a program. */
export interface Sample {
  readonly milliseconds: number;
  /** Seconds of processor time of the program and all that it started. */
  readonly cpu?: number;
  /** Peak resident memory of the program itself, in MB; where it was asked for. */
  readonly megabytes?: number;
}

export interface Program {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string;
  /** Exit codes that are no accident; 0 unless said. */
  readonly codes?: readonly number[];
}

export interface Ended {
  readonly milliseconds: number;
  /** Seconds of processor time of the program and all that it waited for. */
  readonly cpu: number;
  readonly stdout: string;
}

/** No run may take longer than this. */
const longest = 300_000;

/** Runs a program to its end; from the moment before it is started to the moment when it is gone. */
export function time(program: Program): Promise<Ended> {
  const { file, args, env = {}, codes = [0] } = program;
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn('/bin/sh', ['-c', '"$@"; code=$?; times >&3; exit $code', 'sh', file, ...args], {
      env: { PATH: process.env.PATH ?? '', ...env },
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
      timeout: longest,
      ...(program.cwd === undefined ? {} : { cwd: program.cwd }),
    });
    const [stdout, spent]: [Buffer[], Buffer[]] = [[], []];
    child.stdio[3]?.on('data', (chunk: Buffer) => spent.push(chunk));
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.stdin.on('error', () => {});
    child.stdin.end(program.stdin ?? '');
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const milliseconds = performance.now() - began;
      if (code !== null && codes.includes(code)) {
        const cpu = secondsOf(Buffer.concat(spent).toString('utf8'));
        return resolve({ milliseconds, cpu, stdout: Buffer.concat(stdout).toString('utf8') });
      }
      const said = Buffer.concat([...stderr, ...stdout])
        .toString('utf8')
        .slice(-2000);
      reject(new Error(`${file} ${args.slice(0, 3).join(' ')} ended with ${code ?? signal}: ${said}`));
    });
  });
}

// POSIX, times: the shell's own line, then that of what it has waited for, `0m1.23s 0m0.45s`.
function secondsOf(times: string): number {
  const [, children = ''] = times.split('\n');
  const parts = [...children.matchAll(/(\d+)m([\d.]+)s/g)];
  return parts.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0);
}

const hook = `process.on('exit', () => require('node:fs').writeFileSync(process.env.BENCH_PEAK, String(process.resourceUsage().maxRSS)));`;

/** Peak resident memory of a Node program in MB, by its own account, in a run that is not timed. */
export async function peakOf(program: Program, folder: string): Promise<number> {
  const [script, peak] = [join(folder, 'peak.cjs'), join(folder, 'peak')];
  await writeFile(script, hook);
  await rm(peak, { force: true });
  await time({ ...program, env: { ...program.env, BENCH_PEAK: peak, NODE_OPTIONS: `--require ${script}` } });
  return Number(await readFile(peak, 'utf8')) / 1024;
}

/** So many samples of each of several programs, taken in turn, so that what else the machine does meets them all. */
export async function inTurn(
  runs: number,
  takes: Readonly<Record<string, (run: number) => Promise<Sample>>>,
): Promise<Readonly<Record<string, readonly Sample[]>>> {
  const samples = new Map<string, Sample[]>();
  for (let run = 0; run < runs; run++) {
    for (const [name, take] of Object.entries(takes))
      samples.set(name, [...(samples.get(name) ?? []), await take(run)]);
  }
  return Object.fromEntries(samples);
}

/** The middle one of some numbers. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.ceil((sorted.length - 1) / 2)]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}

/** The median time of a row; undefined where there is none. */
export function medianOf(row: Row | undefined): number | undefined {
  if (row?.kind !== 'measured') return undefined;
  return median(row.samples.map(({ milliseconds }) => milliseconds));
}

/** The median of processor seconds of a row; undefined where there is none. */
export function cpuOf(row: Row | undefined): number | undefined {
  if (row?.kind !== 'measured') return undefined;
  const seconds = row.samples.flatMap(({ cpu }) => cpu ?? []);
  return seconds.length === 0 ? undefined : median(seconds);
}

/** A row of what was measured. */
export function measured(what: string, samples: readonly Sample[] | undefined, facts?: string): Row {
  return { what, kind: 'measured', samples: samples ?? [], ...(facts === undefined ? {} : { facts }) };
}

/** One measured thing, ours or a peer's; `absent` where the peer is not on this machine. */
export type Row = { readonly what: string } & (
  | { readonly kind: 'measured'; readonly samples: readonly Sample[]; readonly facts?: string }
  | { readonly kind: 'absent'; readonly why: string }
);
