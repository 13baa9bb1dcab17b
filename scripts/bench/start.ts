import type { Bench, Outcome } from './bench.ts';
import { inTurn, measured, medianOf, time } from './measure.ts';

/** How long it takes to say what there is. */
export async function start(bench: Bench): Promise<Outcome> {
  const node = (...args: readonly string[]) => time({ file: process.execPath, args });
  const samples = await inTurn(bench.runs * 3, {
    node: () => node('-e', '0'),
    help: () => node(bench.cli, '--help'),
    check: () => node(bench.cli, 'check', '--help'),
  });
  const rows = [
    measured('node -e 0', samples.node),
    measured('base-image-refresh --help', samples.help),
    measured('base-image-refresh check --help', samples.check),
  ];
  const ratio = (medianOf(rows[1]) ?? Number.NaN) / (medianOf(rows[0]) ?? Number.NaN);
  return {
    title: 'Start of the command line',
    rows,
    targets: [{ text: '`--help` within 1.5 × bare Node', measured: `${ratio.toFixed(2)} ×`, isMet: ratio <= 1.5 }],
  };
}
