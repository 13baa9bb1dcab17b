import { countBySeverity } from '../scan/severity.ts';
import type { GatePolicy } from './policy.ts';
import type { RuleDecision } from './rules/decide-finding.ts';
import type { Subject } from './subjects.ts';

interface Open {
  readonly subject: Subject;
  readonly decision: RuleDecision | undefined;
}

/** All that no rule has decided about, of a severity of which there are more than may pass, with why. */
export function againstMaximum(
  { maximum }: GatePolicy,
  open: readonly Open[],
): readonly { readonly subject: Subject; readonly why: string }[] {
  if (maximum === undefined) return [];
  const considered = open.filter(({ decision }) => decision?.kind !== 'ignore');
  const counts = countBySeverity(considered.map(({ subject: { counted: severity } }) => ({ severity })));
  return considered.flatMap(({ subject, decision }) => {
    const { counted, why } = subject;
    const most = maximum[counted];
    if (decision?.kind === 'fail' || most === undefined || counts[counted] <= most) return [];
    const fact = `Findings that count as ${counted}: ${counts[counted]}, and ${most} may pass`;
    return [{ subject, why: why === undefined ? fact : `${why}. ${fact}` }];
  });
}
