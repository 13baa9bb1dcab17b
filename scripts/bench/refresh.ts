import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { publishBase } from '../../test/e2e/setup/base-pair.ts';
import type { Bench, Outcome } from './bench.ts';
import { type BenchEngine, startEngine } from './engine.ts';
import type { Row } from './measure.ts';
import { inTurn, measured, medianOf, type Program, type Sample, time } from './measure.ts';
import { findPart } from './parts.ts';
import { startRegistryProcess } from './registry.ts';

const [images, parallel] = [20, 4];

/** Twenty independent images: a whole refresh against nothing but their builds, by the same engine, as many at once. */
export async function refresh(bench: Bench): Promise<Outcome> {
  const title = `${images} independent images, ${parallel} at once, by Docker with buildx`;
  const missing = findPart('debian-pair');
  const engine: BenchEngine = missing === undefined ? await startEngine() : { kind: 'absent', why: missing };
  const target = 'at most 1.2 × the time of the builds alone';
  if (engine.kind === 'absent') {
    const rows: readonly Row[] = ['docker buildx build', 'base-image-refresh refresh'].map((what) => ({
      what,
      kind: 'absent',
      why: engine.why,
    }));
    return { title, rows, targets: [{ text: target, measured: 'not here', isMet: null }] };
  }
  const registry = await startRegistryProcess(bench, { latency: 0, tokens: false });
  try {
    await publishBase(registry.host, 'v2');
    const samples = await compare(bench, registry.host, engine);
    const rows = [
      measured(`docker buildx build ${engine.version}, by xargs`, samples.plain),
      measured('base-image-refresh refresh', samples.own),
    ];
    const ratio = (medianOf(rows[1]) ?? Number.NaN) / (medianOf(rows[0]) ?? Number.NaN);
    return { title, rows, targets: [{ text: target, measured: `${ratio.toFixed(2)} ×`, isMet: ratio <= 1.2 }] };
  } finally {
    await engine.stop();
    await registry.stop();
  }
}

async function compare(bench: Bench, host: string, engine: Extract<BenchEngine, { readonly kind: 'present' }>) {
  const repository = join(bench.folder, 'repository');
  await writeRepository(repository, host);
  const own = refreshing(bench, repository, engine.env);
  const plain = building(repository, host, engine);
  const take =
    (program: Program) =>
    async (run: number): Promise<Sample> => {
      await changeContexts(repository, `${run} of ${program.file}`);
      return time(program);
    };
  // The base comes to the engine once, and every image is published before it is measured.
  await inTurn(1, { plain: take(plain), own: take(own) });
  return inTurn(Math.min(bench.runs, 3), { plain: take(plain), own: take(own) });
}

function numbers(): readonly number[] {
  return Array.from({ length: images }, (_, number) => number);
}

async function writeRepository(repository: string, host: string): Promise<void> {
  const scanner = join(repository, 'scanner');
  for (const number of numbers()) {
    await mkdir(join(repository, String(number)), { recursive: true });
    await writeFile(join(repository, String(number), 'Dockerfile'), dockerfile(host, number));
  }
  // What a scanner takes is not ours: this one finds nothing at once.
  const empty =
    '{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"none","version":"1","rules":[{"id":"CVE-1999-1"}]}},"results":[]}]}';
  await writeFile(scanner, `#!/bin/sh\necho '${empty}'\n`);
  await chmod(scanner, 0o755);
  const entries = numbers().map(
    (number) => `  - dockerfile: ${number}/Dockerfile\n    image: ${host}/team/${number}:1\n`,
  );
  const settings = `scanner:\n  tool: command\n  format: sarif\n  command: [${scanner}, "{image}"]\n`;
  await writeFile(join(repository, '.base-image-refresh.yml'), `${settings}images:\n${entries.join('')}`);
}

// Half a second of work or so: real images take longer, which would hide what a refresh adds.
function dockerfile(host: string, number: number): string {
  const work = `i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done`;
  return `FROM ${host}/library/debian:12\nCOPY content /app/content\nRUN ${work}; echo ${number} > /app/number\n`;
}

// Otherwise the second build of a context would not be one.
async function changeContexts(repository: string, content: string): Promise<void> {
  await Promise.all(numbers().map((number) => writeFile(join(repository, String(number), 'content'), content)));
  await rm(join(repository, '.base-image-refresh'), { recursive: true, force: true });
}

function refreshing(bench: Bench, repository: string, env: Readonly<Record<string, string>>): Program {
  const options = [
    '--engine',
    'buildx',
    '--source',
    'checkout',
    '--force',
    '--allow',
    'scanner-command',
    '--concurrency',
    String(parallel),
  ];
  const output = ['--output-dir', join(repository, '.base-image-refresh')];
  return { file: process.execPath, args: [bench.cli, 'refresh', repository, ...options, ...output], env };
}

function building(
  repository: string,
  host: string,
  { docker, env }: Extract<BenchEngine, { readonly kind: 'present' }>,
): Program {
  const lines = numbers().map((number) => {
    const output = `type=image,name=${host}/plain/${number}:1,push=true,store=false,registry.insecure=true`;
    return `--output=${output} ${join(repository, String(number))}\n`;
  });
  const args = [
    '-P',
    String(parallel),
    '-L',
    '1',
    docker,
    'buildx',
    'build',
    '--progress=plain',
    '--provenance=mode=max',
  ];
  return { file: 'xargs', args, env, stdin: lines.join('') };
}
