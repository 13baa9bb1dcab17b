import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Bench, Outcome } from './bench.ts';
import { detect } from './detect.ts';
import { rebase } from './rebase.ts';
import { refresh } from './refresh.ts';
import { resolve } from './resolve.ts';
import { scale } from './scale.ts';
import { start } from './start.ts';
import { outcomeTable } from './table.ts';

const benches: Readonly<Record<string, (bench: Bench) => Promise<Outcome>>> = {
  start,
  resolve,
  detect,
  scale,
  rebase,
  refresh,
};

/** Runs the benches that are named, or all, one after the other; answers 1 where one could not be run. */
async function main(bundles: string, args: readonly string[]): Promise<number> {
  const { runs, names } = parse(args);
  const unknown = names.filter((name) => benches[name] === undefined);
  if (unknown.length > 0) {
    console.error(`bench: there is no ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}`);
    return 2;
  }
  console.log(`${machine()}\n`);
  let failed = 0;
  for (const name of names.length === 0 ? Object.keys(benches) : names) {
    failed += (await runOne(name, bundles, runs)) ? 0 : 1;
  }
  return failed === 0 ? 0 : 1;
}

function parse(args: readonly string[]): { readonly runs: number; readonly names: readonly string[] } {
  const at = args.indexOf('--runs');
  if (at === -1) return { runs: 5, names: args };
  return { runs: Math.max(1, Number(args[at + 1]) || 1), names: args.toSpliced(at, 2) };
}

function machine(): string {
  const [cpu] = cpus();
  const memory = (totalmem() / 1024 ** 3).toFixed(0);
  const load = loadavg()[0]?.toFixed(2);
  return `${cpus().length} cores (${cpu?.model.trim()}), ${memory} GB, ${process.platform} ${release()}, Node ${process.versions.node}, load at the beginning ${load}`;
}

async function runOne(name: string, bundles: string, runs: number): Promise<boolean> {
  const folder = await mkdtemp(join(bundles, `${name}-`));
  const bench: Bench = {
    folder,
    runs,
    cli: join(bundles, 'dist/cli/index.cjs'),
    program: (program) => join(bundles, 'bench', `${program}.cjs`),
  };
  try {
    const run = benches[name];
    if (run === undefined) return false;
    console.log(`${outcomeTable(name, await run(bench))}\n`);
    return true;
  } catch (error) {
    console.log(`## ${name}\n\nIt could not be run: ${error instanceof Error ? error.message : error}\n`);
    return false;
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

main(process.argv[2] ?? '.', process.argv.slice(3)).then(
  (code) => process.exit(code),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
