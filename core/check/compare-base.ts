import { type PublishedImage, platformDigests, platformsOf } from '../baseline/published.ts';
import type { Baseline } from '../baseline/record.ts';
import type { BaseImage } from '../dockerfile/base-image.ts';
import { attempt, FailureError, isAbsent } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';
import { type Platform, samePlatform } from '../oci/platform.ts';
import { formatReference, withDigest } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import { type Compared, type Comparison, compare, leftDigests } from './compare.ts';

/** A base compared, with what the comparison was made of. */
export interface ComparedBase extends Compared {
  readonly details?: Comparison['details'];
  /** The platforms that the image ships. */
  readonly consumed?: () => Promise<readonly Platform[]>;
}

/** An image that stands on a base. */
export interface StandingImage {
  readonly base: BaseImage;
  /** Absent where it has never been published. */
  readonly published?: PublishedImage | undefined;
  /** What its build names; empty where it names nothing, so that the published image says. */
  readonly platforms: readonly Platform[];
}

/** Compares one base of an image with a digest that it has upstream, or is to have; reads what platforms it is for where they differ. */
export async function compareBase(
  registry: Registry,
  { base, published, platforms }: StandingImage,
  baseline: Baseline,
  upstream: Digest,
): Promise<ComparedBase> {
  const known: Comparison = { published: published !== undefined, baseline, upstream };
  if (published === undefined) return compare(known);
  const consumed = () => consumedPlatforms(registry, base, published, platforms);
  const left = baseline.kind === 'recorded' ? leftDigests(baseline, upstream) : [];
  if (left.length === 0) return { ...compare(known), consumed };
  const [needed, current, recorded] = await Promise.all([
    consumed(),
    platformDigests(registry, withDigest(base.reference, upstream)),
    Promise.all(left.map((from) => recordedPlatforms(registry, base, from))),
  ]);
  const details = { consumed: needed, current, recorded: new Map(recorded) };
  return { ...compare({ ...known, details }), consumed, details };
}

async function recordedPlatforms(registry: Registry, base: BaseImage, from: Digest) {
  const reference = withDigest(base.reference, from);
  const read = await attempt(formatReference(reference), () => platformDigests(registry, reference));
  if (read.kind === 'done') return [from, read.value] as const;
  // Registries drop what no tag names any more; any other failure keeps the base from being compared.
  if (isAbsent(read.failure)) return [from, undefined] as const;
  throw new FailureError(read.failure);
}

async function consumedPlatforms(
  registry: Registry,
  base: BaseImage,
  published: PublishedImage,
  platforms: readonly Platform[],
): Promise<readonly Platform[]> {
  const wanted = base.platform === null ? platforms : [base.platform];
  const isWhole = wanted.length > 0 && wanted.every(({ os, osVersion }) => os !== 'windows' || osVersion !== undefined);
  if (isWhole) return wanted;
  const shipped = await platformsOf(registry, published);
  if (wanted.length === 0) return shipped;
  // An index of Windows has one platform for each build of it: the image says which one it runs on.
  return wanted.flatMap((platform) => {
    const same = shipped.filter((other) => other.os === 'windows' && samePlatform(other, platform));
    return same.length === 0 ? [platform] : same;
  });
}
