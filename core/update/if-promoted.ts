import { attempt } from '../failure.ts';
import { formatReference } from '../oci/reference.ts';
import type { Decision } from './decide.ts';
import type { Pinned } from './question.ts';

/** Says why the registry does not bear out that the tag of an image was promoted to its digest; undefined where it does. */
export type WhyUnproven = (image: Pinned) => Promise<string | undefined>;

/** The decision on a reference where only what was promoted moves: what no record bears out stays as it is. */
export async function ifPromoted(decision: Decision, whyUnproven: WhyUnproven): Promise<Decision> {
  const { outcome } = decision;
  if (outcome.kind !== 'move') return decision;
  const { digest, ...tag } = outcome.target;
  if (digest === undefined) return decision;
  const found = await attempt(formatReference(tag), () => whyUnproven({ ...tag, digest }));
  if (found.kind === 'failed') return { ...decision, outcome: { kind: 'failed', failure: found.failure } };
  if (found.value === undefined) return decision;
  return { ...decision, outcome: { kind: 'stay', why: 'not-promoted' } };
}
