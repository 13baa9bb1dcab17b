import { attempt, FailureError, isAbsent } from '../failure.ts';
import { formatReference, type Reference, type Repository, sameRepository, withTag } from '../oci/reference.ts';
import { removeCandidateTag } from '../promote/clean-up.ts';
import { candidateMadeAt, keyOfCandidate } from '../rebuild/candidate.ts';
import { lastLearnt } from '../rebuild/repeats/record.ts';
import type { Registry } from '../registry/registry.ts';

/** A candidate tag of an earlier run. */
export interface LeftCandidate {
  readonly reference: Reference & { readonly tag: string };
  /** When it was made, by its own name. */
  readonly made: Date;
}

/** What became of a candidate tag that was to go. */
export interface SweptCandidate extends LeftCandidate {
  readonly state: 'removed' | 'left';
  readonly why?: string;
}

/** A repository in which runs leave candidates, and the release tags in it. */
export interface ReleaseRepository extends Repository {
  readonly releases: readonly Reference[];
}

/** The repositories of release tags, each once. */
export function repositoriesOf(releases: readonly Reference[]): readonly ReleaseRepository[] {
  const firsts = releases.filter((one, at) => releases.findIndex((other) => sameRepository(one, other)) === at);
  return firsts.map(({ registry, repository }) => ({
    registry,
    repository,
    releases: releases.filter((one) => sameRepository(one, { registry, repository })),
  }));
}

/** From when on candidates of earlier runs belong to no run any more, in milliseconds. */
export interface CandidateAge {
  readonly now: Date;
  readonly maxAge: number;
  /** The same of those under the key of their build, which later runs find in place of building. */
  readonly heldMaxAge?: number;
}

/** How many times as long runs leave what was made and held: as long as it may take to have an exception granted. */
export const heldFor = 7;

/** The candidate tags in a repository that are older than a time; none where there is no such repository. */
export async function leftCandidates(
  registry: Registry,
  { registry: host, repository, releases }: ReleaseRepository,
  { now, maxAge, heldMaxAge = maxAge }: CandidateAge,
): Promise<readonly LeftCandidate[]> {
  const place = { registry: host, repository };
  const listed = await attempt(formatReference(place), () => registry.tags(place));
  if (listed.kind === 'failed' && isAbsent(listed.failure)) return [];
  if (listed.kind === 'failed') throw new FailureError(listed.failure);
  // Whatever it is called, a release tag is no candidate.
  const released = new Set(releases.map(({ tag }) => tag));
  const found: LeftCandidate[] = [];
  for (const tag of listed.value.filter((one) => !released.has(one))) {
    const key = keyOfCandidate(tag);
    const made = key === undefined ? candidateMadeAt(tag) : await begunAt(registry, place, key);
    const most = key === undefined ? maxAge : heldMaxAge;
    if (made !== undefined && now.getTime() - made.getTime() > most)
      found.push({ reference: withTag(place, tag), made });
  }
  return found;
}

// Its register was written before it: where that is gone, it is as old as that.
async function begunAt(registry: Registry, place: Repository, key: string): Promise<Date> {
  return (await lastLearnt(registry, place, key)) ?? new Date(0);
}

/** Removes candidate tags, one after the other, and never what release tags name. */
export async function removeCandidates(
  registry: Registry,
  { releases }: ReleaseRepository,
  candidates: readonly LeftCandidate[],
): Promise<readonly SweptCandidate[]> {
  const swept: SweptCandidate[] = [];
  for (const candidate of candidates) {
    const outcome = await removeCandidateTag(registry, candidate.reference, releases);
    // Somebody else has removed it meanwhile.
    if (outcome === undefined || outcome.state === 'removed') swept.push({ ...candidate, state: 'removed' });
    else if (outcome.state === 'left') swept.push({ ...candidate, state: 'left', why: outcome.why });
    else if (outcome.state === 'lost') throw new FailureError(outcome.failure);
  }
  return swept;
}
