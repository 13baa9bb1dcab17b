import type { Verdict } from '../gate/verdict.ts';
import type { ReportedImage } from './report.ts';

/** What a report says of a verdict. */
export function reportedGate(verdict: Verdict): NonNullable<ReportedImage['gate']> {
  switch (verdict.kind) {
    case 'pass':
      return { verdict: 'pass', breaches: [], ...exceptionsIn(verdict), failure: null };
    case 'fail':
      return { verdict: 'fail', breaches: verdict.breaches, ...exceptionsIn(verdict), failure: null };
    case 'inconclusive':
      return {
        verdict: 'inconclusive',
        breaches: [],
        exceptionsUsed: [],
        exceptionsUnused: [],
        failure: verdict.failure,
      };
  }
}

function exceptionsIn({
  exceptionsUsed,
  exceptionsUnused,
  warnings,
}: Exclude<Verdict, { readonly kind: 'inconclusive' }>) {
  return { exceptionsUsed, exceptionsUnused, ...(warnings === undefined ? {} : { warnings }) };
}
