import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench, Outcome } from './bench.ts';
import { cpuOf, inTurn, measured, medianOf, time } from './measure.ts';

/** How long it takes to say what there is, and to read one file. */
export async function start(bench: Bench): Promise<Outcome> {
  const node = (...args: readonly string[]) => time({ file: process.execPath, args });
  const repository = join(bench.folder, 'one');
  await mkdir(repository);
  await writeFile(join(repository, 'Dockerfile'), 'FROM debian:12\n');
  const samples = await inTurn(bench.runs * 3, {
    node: () => node('-e', '0'),
    help: () => node(bench.cli, '--help'),
    check: () => node(bench.cli, 'check', '--help'),
    detect: () => node(bench.cli, 'detect', repository),
  });
  const rows = [
    measured('node -e 0', samples.node),
    measured('base-image-refresh --help', samples.help),
    measured('base-image-refresh check --help', samples.check),
    measured('base-image-refresh detect, of one Dockerfile', samples.detect),
  ];
  const ratio = (medianOf(rows[1]) ?? Number.NaN) / (medianOf(rows[0]) ?? Number.NaN);
  const spent = (cpuOf(rows[3]) ?? Number.NaN) / (cpuOf(rows[0]) ?? Number.NaN);
  return {
    title: 'Start of the command line',
    rows,
    targets: [
      { text: '`--help` within 1.5 × bare Node', measured: `${ratio.toFixed(2)} ×`, isMet: ratio <= 1.5 },
      {
        text: '`detect` of one file within 2 × the CPU of bare Node',
        measured: `${spent.toFixed(2)} ×`,
        isMet: spent <= 2,
      },
    ],
  };
}
