import { type Failure, fail } from '../../failure.ts';
import { type KnownExploitation, whyOutdated } from '../known-exploitation.ts';
import type { RuleDecision } from './decide-finding.ts';

interface Undecided {
  readonly decision: RuleDecision | undefined;
  readonly subject: { readonly finding: { readonly id: string } };
}

/** The failure of an image about which a rule could not be asked. */
export function unknownFailure({ decision, subject }: Undecided, known: KnownExploitation | undefined): Failure {
  const name = JSON.stringify(decision?.rule.name);
  const why = String(decision?.why);
  const old = whyOutdated(known, why.replace(/ is not known$/, ''));
  return fail(
    'scan-failed',
    `the rule ${name}`,
    `cannot be decided for ${subject.finding.id}: ${why}${old === undefined ? '' : `, because ${old}`}`,
    'ask with has() whether it is known, or provide the data',
  ).failure;
}
