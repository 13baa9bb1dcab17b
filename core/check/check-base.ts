import { readBaseline } from '../baseline/ladder.ts';
import { type PublishedImage, platformDigests, platformsOf } from '../baseline/published.ts';
import type { Baseline } from '../baseline/record.ts';
import type { BaseImage } from '../dockerfile/base-image.ts';
import { attempt, FailureError, fail, isAbsent } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';
import { type Platform, samePlatform } from '../oci/platform.ts';
import { familiar, formatReference, type Reference, withDigest } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import { type ComparedBase, weigh } from './apply-check-rules.ts';
import type { CheckRules } from './check-rules.ts';
import type { CheckedBase } from './checked.ts';
import { type Comparison, compare, leftDigests } from './compare.ts';

/** The builds of the repository by the references that they publish. */
export type Parents = ReadonlyMap<string, string>;

interface Question {
  readonly base: BaseImage;
  readonly published: PublishedImage | null;
  readonly platforms: readonly Platform[];
  readonly parents: Parents;
  readonly own: string;
}

/** Resolves one base, reads what the published image was built on, and compares the two. */
export async function checkBase(rules: CheckRules, question: Question): Promise<CheckedBase> {
  const { sources } = rules;
  const { base, published, parents, own } = question;
  const name = formatReference(base.reference);
  const parentName = parents.get(name);
  if (parentName === own) return onItself(base, own);
  const parent = parentName === undefined ? {} : { parent: parentName };
  const [upstream, baseline] = await Promise.all([
    attempt(name, () => resolve(sources.registry, base.reference)),
    published === null ? ({ kind: 'absent' } as const) : readBaseline(sources, published, base),
  ]);
  if (upstream.kind === 'failed') {
    // The first build of a parent publishes what its children stand on.
    if (parentName !== undefined && isAbsent(upstream.failure)) {
      return { base, baseline, freshness: { kind: 'missing', to: null }, platforms: [], ...parent };
    }
    return { base, baseline, freshness: { kind: 'unknown', failure: upstream.failure }, platforms: [], ...parent };
  }
  const weighed = await attempt(name, async () => {
    const compared = await compareBase(sources.registry, question, baseline, upstream.value);
    return weigh(rules, { base, isOurs: parentName !== undefined }, compared);
  });
  if (weighed.kind === 'done') return { base, ...weighed.value, ...parent };
  return { base, baseline, freshness: { kind: 'unknown', failure: weighed.failure }, platforms: [], ...parent };
}

// An image always begins with its own layers: nothing could show that it is out of date, and every rebuild would be.
function onItself(base: BaseImage, own: string): CheckedBase {
  const detail = `is built on its own release tag ${familiar(base.reference)}, so that no rebuild could bring it up to date`;
  const { failure } = fail('cycle', own, detail, 'name a base that another build publishes');
  return { base, baseline: { kind: 'absent' }, freshness: { kind: 'unknown', failure }, platforms: [] };
}

// A base held by digest in git is what a build uses, whatever its tag names now; HEAD shows that it still exists.
async function resolve(registry: Registry, reference: Reference): Promise<Digest> {
  const { digest } = await registry.head(reference);
  return reference.digest ?? digest;
}

async function compareBase(
  registry: Registry,
  { base, published, platforms }: Question,
  baseline: Baseline,
  upstream: Digest,
): Promise<ComparedBase> {
  const known: Comparison = { published: published !== null, baseline, upstream };
  if (published === null) return compare(known);
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
  // Registries drop what no tag names any more; any other failure keeps the base from being judged.
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
