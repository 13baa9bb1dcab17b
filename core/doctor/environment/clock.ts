import { type DoctorFinding, ok, problem, warning } from '../check.ts';

/** By how much a registry's clock is ahead of this machine's, in milliseconds. */
export interface Skew {
  readonly host: string;
  readonly milliseconds: number;
}

const tolerated = 60_000;
const harmful = 300_000;

/** Whether the clock agrees with the registries': tokens and signatures hold only for a while. */
export function clockFindings(skews: readonly Skew[]): readonly DoctorFinding[] {
  // One registry may be wrong; the nearest says the least that this clock can be off.
  const [nearest] = skews.toSorted((a, b) => Math.abs(a.milliseconds) - Math.abs(b.milliseconds));
  if (nearest === undefined) return [];
  const away = Math.abs(nearest.milliseconds);
  if (away <= tolerated) return [ok('clock', `agrees with ${nearest.host}`)];
  const minutes = Math.max(1, Math.round(away / 60_000));
  const detail = `is ${minutes} min ${nearest.milliseconds > 0 ? 'behind' : 'ahead of'} that of ${nearest.host}`;
  const remedy = 'set the clock by NTP';
  return [
    away > harmful
      ? problem('clock', `${detail}, so tokens and signatures count as expired or not yet valid`, remedy)
      : warning('clock', detail, remedy),
  ];
}
