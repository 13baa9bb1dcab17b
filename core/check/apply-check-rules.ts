import { latestIn, sighted, withSightings } from '../baseline/ledger.ts';
import { platformDigests } from '../baseline/published.ts';
import type { BaseImage } from '../dockerfile/base-image.ts';
import { attempt, FailureError } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';
import { samePlatform } from '../oci/platform.ts';
import { type Reference, withDigest } from '../oci/reference.ts';
import { comparePackages, type PackageComparison } from '../packages/compare.ts';
import type { Registry } from '../registry/registry.ts';
import type { CheckRules } from './check-rules.ts';
import type { CheckedBase } from './checked.ts';
import type { ComparedBase } from './compare-base.ts';
import { type MoveTimes, movedOf, newestCreated } from './moved.ts';
import { letSettle, missingPlatforms } from './settle.ts';

type CheckedByRules = Pick<CheckedBase, 'baseline' | 'freshness' | 'platforms' | 'moved' | 'packages'>;

interface Subject {
  readonly base: BaseImage;
  /** Whether this repository publishes the base. */
  readonly isOurs: boolean;
}

/** Applies to a base that has moved what the user asked for: how long it is left to settle, and what of it counts. */
export async function applyCheckRules(
  rules: CheckRules,
  subject: Subject,
  compared: ComparedBase,
): Promise<CheckedByRules> {
  const aged = await withAge(rules, subject, compared);
  const { freshness, baseline, platforms } = aged;
  if (rules.staleWhen === 'digest' || freshness.kind !== 'stale') return aged;
  const { from, to } = freshness;
  const doubt = doubtIn(baseline);
  const packages: PackageComparison =
    doubt !== undefined
      ? { verdict: 'unknown', why: `its packages were not compared, for ${doubt}` }
      : await comparePackages(rules.sources.registry, { base: subject.base.reference, from, to, platforms });
  if (packages.verdict !== 'same') return { ...aged, packages };
  return { ...aged, packages, freshness: { kind: 'unchanged-packages', from, to } };
}

// It is not known whether the packages of a digest that is in doubt are those in the image.
function doubtIn(baseline: CheckedBase['baseline']): string | undefined {
  if (baseline.kind !== 'recorded') return undefined;
  if (baseline.disputedBy !== undefined) return 'records disagree';
  return baseline.verified === false ? 'the record is not verified' : undefined;
}

async function withAge(given: CheckRules, { base, isOurs }: Subject, compared: ComparedBase): Promise<CheckedByRules> {
  const { baseline, freshness, platforms, details } = compared;
  const plain = { baseline, freshness, platforms };
  if (freshness.kind !== 'stale' && freshness.kind !== 'platform-missing' && freshness.kind !== 'unrecorded') {
    return plain;
  }
  // What this repository publishes moves whole, and a digest in git moves when somebody moves it.
  const window = isOurs || base.reference.digest !== undefined ? undefined : given.settle;
  const rules = window === undefined ? given : await withMemory(given, base.reference, freshness);
  const times = await timesOf(rules, base, compared, window !== undefined);
  const moved = movedOf(times, rules.now);
  const aged = moved === undefined ? plain : { ...plain, moved };
  if (window === undefined) return aged;
  const before = details?.recorded.get('from' in freshness ? freshness.from : freshness.to) ?? [];
  const missing = details === undefined ? [] : missingPlatforms(before, details.current);
  const latest = latestIn(rules.sources.ledger, base.reference);
  const firstSeen = latest?.digest === freshness.to ? latest.since : rules.now;
  return { ...aged, freshness: letSettle(freshness, { window, now: rules.now, times, missing, firstSeen }) };
}

// What other machines saw of it, before what this one did.
async function withMemory(
  rules: CheckRules,
  base: Reference,
  freshness: { readonly from?: Digest; readonly to: Digest },
): Promise<CheckRules> {
  const { sources, seen } = rules;
  const digests = freshness.from === undefined ? [freshness.to] : [freshness.to, freshness.from];
  const known = seen === undefined ? [] : await seen(base, digests);
  return { ...rules, sources: { ...sources, ledger: withSightings(sources.ledger, base, known) } };
}

// Without a window the time is only shown: one manifest will do, and its absence does no harm.
async function timesOf(
  { sources, now }: CheckRules,
  { reference }: BaseImage,
  compared: ComparedBase,
  isNeeded: boolean,
): Promise<MoveTimes> {
  const { freshness } = compared;
  if (!('to' in freshness) || freshness.to === undefined) return {};
  const { to } = freshness;
  const read = await attempt(to, async () => {
    const manifests = await movedManifests(sources.registry, reference, compared, isNeeded);
    return newestCreated(sources.registry, reference, isNeeded ? manifests : manifests.slice(0, 1), now);
  });
  if (read.kind === 'failed' && isNeeded) throw new FailureError(read.failure);
  const created = read.kind === 'done' ? read.value : undefined;
  const latest = latestIn(sighted(sources.ledger, reference, to, now), reference);
  return {
    ...(created === undefined ? {} : { created }),
    ...(latest?.isMove === true ? { seen: latest.since } : {}),
    ...(latest?.isReturn === true ? { back: true } : {}),
  };
}

const mostManifests = 8;

async function movedManifests(
  registry: Registry,
  base: Reference,
  { freshness, platforms, details, consumed }: ComparedBase,
  isNeeded: boolean,
): Promise<readonly Digest[]> {
  const moved = platforms.flatMap(({ from, to }) => (to === null || from === to ? [] : [to]));
  if (moved.length > 0) return moved;
  // Of an index that lost a platform, what it still has tells when it was made.
  if (details !== undefined) return details.current.slice(0, mostManifests).map(({ digest }) => digest);
  if (!isNeeded || freshness.kind !== 'unrecorded') return [];
  const [current, needed] = await Promise.all([
    platformDigests(registry, withDigest(base, freshness.to)),
    consumed?.() ?? [],
  ]);
  const shipped = current.filter(({ platform }) => needed.some((other) => samePlatform(platform, other)));
  return shipped.map(({ digest }) => digest);
}
