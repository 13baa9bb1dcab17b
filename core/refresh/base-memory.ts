import { latestIn, type Sighting, withSightings } from '../baseline/ledger.ts';
import type { CheckedImage } from '../check/checked.ts';
import { upstreamOf } from '../check/compare.ts';
import { firstSeenTag, readFirstSeen, writeFirstSeen } from '../check/first-seen.ts';
import { attempt, describeFailure, type Failure, fail } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';
import { familiar, formatReference, type Reference, type Repository } from '../oci/reference.ts';
import type { Run } from './context.ts';

/** What runs remember of bases beside the images that stand on them, so that machines that are thrown away know it too. */
export interface BaseMemory {
  /** When runs first saw a base name these digests. */
  readonly seen: (place: Repository, base: Reference, digests: readonly Digest[]) => Promise<readonly Sighting[]>;
  /** Writes down what this run is the first to see. */
  readonly keep: (images: readonly CheckedImage[]) => Promise<void>;
}

type Known = { readonly kind: 'seen'; readonly at: Date } | { readonly kind: 'unseen' } | { readonly kind: 'unread' };

/** A memory in the registry, read and written only where a settle time counts by it. */
export function createBaseMemory(run: Run): BaseMemory {
  const { registry, world } = run;
  const warn = createWarning(run);
  const known = new Map<string, Promise<Known>>();
  const read = async (place: Repository, base: Reference, digest: Digest): Promise<Known> => {
    const found = await attempt(familiar(place), () => readFirstSeen(registry, place, base, digest, world.now()));
    if (found.kind === 'done')
      return found.value === undefined ? { kind: 'unseen' } : { kind: 'seen', at: found.value };
    warn(place, 'cannot be read', found.failure);
    return { kind: 'unread' };
  };
  const look = (place: Repository, base: Reference, digest: Digest): Promise<Known> => {
    const key = formatReference(firstSeenTag(place, base, digest));
    const found = known.get(key) ?? read(place, base, digest);
    known.set(key, found);
    return found;
  };
  const seen = async (place: Repository, base: Reference, digests: readonly Digest[]): Promise<readonly Sighting[]> => {
    const found = await Promise.all(
      digests.map(async (digest) => ({ digest, known: await look(place, base, digest) })),
    );
    return found.flatMap(({ digest, known: one }) => (one.kind === 'seen' ? [{ digest, since: one.at }] : []));
  };
  const keepOne = async ({ place, base, digest, from }: Memorable): Promise<void> => {
    if ((await look(place, base, digest)).kind === 'unread') return;
    const ledger = withSightings(new Map(), base, await seen(place, base, [digest, ...from]));
    // What it came back to, or never named before, it names since now.
    if (latestIn(ledger, base)?.digest === digest) return;
    const written = await attempt(familiar(place), () => writeFirstSeen(registry, place, base, digest, world.now()));
    if (written.kind === 'failed') warn(place, 'cannot be written', written.failure);
  };
  return {
    seen,
    keep: async (images) => {
      if (mayKeep(run)) await Promise.all(memorableIn(images).map(keepOne));
    },
  };
}

// A pull request writes nothing, and a plan no more than this.
function mayKeep({ config }: Run): boolean {
  if (config.settle === undefined || config.pullRequest?.mayWrite === false) return false;
  return config.command === 'plan' || (config.command === 'refresh' && !config.dryRun);
}

/** What a run saw a base name that can be left to settle, and where that is remembered. */
interface Memorable {
  readonly place: Repository;
  readonly base: Reference;
  readonly digest: Digest;
  /** What the image was built on, where that is known and another. */
  readonly from: readonly Digest[];
}

function memorableIn(images: readonly CheckedImage[]): readonly Memorable[] {
  const found = images.flatMap(({ published, bases }) => {
    if (published === undefined) return [];
    const { registry, repository } = published.reference;
    return bases.flatMap(({ base: { reference }, parent, freshness }) => {
      const digest = upstreamOf(freshness);
      if (digest === undefined || parent !== undefined || reference.digest !== undefined) return [];
      const from = 'from' in freshness && freshness.from !== undefined ? [freshness.from] : [];
      return [{ place: { registry, repository }, base: reference, digest, from }];
    });
  });
  return [
    ...new Map(found.map((one) => [formatReference(firstSeenTag(one.place, one.base, one.digest)), one])).values(),
  ];
}

// Once for each repository, however many bases the images of it have.
function createWarning({ host }: Run): (place: Repository, what: string, failure: Failure) => void {
  const warned = new Set<string>();
  return (place, what, failure) => {
    const name = familiar(place);
    if (warned.has(name)) return;
    warned.add(name);
    const detail = `the record of when its bases were first seen ${what}, so settle counts without it (${failure.detail})`;
    host.log('warning', describeFailure(fail(failure.code, name, detail, failure.remedy).failure));
  };
}
