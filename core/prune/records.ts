import { firstSeenTags, readFirstSeenUnder } from '../check/first-seen.ts';
import { attempt, FailureError, isAbsent } from '../failure.ts';
import { formatReference, type Reference, type Repository, withTag } from '../oci/reference.ts';
import { attemptTags, readAttemptsUnder } from '../rebuild/repeats/record.ts';
import type { Registry } from '../registry/registry.ts';
import type { LeftCandidate } from './candidates.ts';

// The longest wait of a build is 32 hours and that of a base 24: no later run would go by what is as old as that.
const maxAge = 30 * 86_400_000;

type Reader = (registry: Registry, tag: Reference) => Promise<{ readonly at: string } | undefined>;

// Whose name a tag bears, by which the record under it is read.
function readerOf(tag: string): Reader | undefined {
  if (attemptTags.isOne(tag)) return readAttemptsUnder;
  return firstSeenTags.isOne(tag) ? readFirstSeenUnder : undefined;
}

/** The records of attempts at builds and of first sights of bases in a repository that no run goes by any more. */
export async function leftRecords(
  registry: Registry,
  { registry: host, repository }: Repository,
  now: Date,
): Promise<readonly LeftCandidate[]> {
  const place = { registry: host, repository };
  const listed = await attempt(formatReference(place), () => registry.tags(place));
  if (listed.kind === 'failed' && isAbsent(listed.failure)) return [];
  if (listed.kind === 'failed') throw new FailureError(listed.failure);
  const found: LeftCandidate[] = [];
  for (const tag of listed.value) {
    const reference = withTag(place, tag);
    const record = await readerOf(tag)?.(registry, reference);
    const made = record === undefined ? undefined : new Date(record.at);
    if (made !== undefined && now.getTime() - made.getTime() > maxAge) found.push({ reference, made });
  }
  return found;
}
