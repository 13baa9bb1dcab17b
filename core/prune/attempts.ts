import { attempt, FailureError, isAbsent } from '../failure.ts';
import { formatReference, type Repository, withTag } from '../oci/reference.ts';
import { isAttemptTag, readAttemptsUnder } from '../rebuild/repeats/record.ts';
import type { Registry } from '../registry/registry.ts';
import type { LeftCandidate } from './candidates.ts';

// As long as the longest wait twenty times over: no later run would go by it.
const maxAge = 30 * 86_400_000;

/** The records of attempts in a repository that no run goes by any more. */
export async function leftAttempts(
  registry: Registry,
  { registry: host, repository }: Repository,
  now: Date,
): Promise<readonly LeftCandidate[]> {
  const place = { registry: host, repository };
  const listed = await attempt(formatReference(place), () => registry.tags(place));
  if (listed.kind === 'failed' && isAbsent(listed.failure)) return [];
  if (listed.kind === 'failed') throw new FailureError(listed.failure);
  const found: LeftCandidate[] = [];
  for (const tag of listed.value.filter(isAttemptTag)) {
    const reference = withTag(place, tag);
    const record = await readAttemptsUnder(registry, reference);
    const made = record === undefined ? undefined : new Date(record.at);
    if (made !== undefined && now.getTime() - made.getTime() > maxAge) found.push({ reference, made });
  }
  return found;
}
