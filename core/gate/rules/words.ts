import { type Failure, fail } from '../../failure.ts';
import type { RuleDecision } from './decide-finding.ts';

/** The failure of an image about which a rule could not be asked. */
export function unknownFailure({
  decision,
  subject,
}: {
  readonly decision: RuleDecision | undefined;
  readonly subject: { readonly finding: { readonly id: string } };
}): Failure {
  const name = JSON.stringify(decision?.rule.name);
  return fail(
    'scan-failed',
    `the rule ${name}`,
    `cannot be decided for ${subject.finding.id}: ${decision?.why}`,
    'ask with has() whether it is known, or provide the data',
  ).failure;
}
