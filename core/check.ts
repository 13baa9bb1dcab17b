import { type Baseline, readBaseline } from './baseline/baseline.ts';
import { type PublishedImage, platformDigests, platformsOf, readPublished } from './baseline/published.ts';
import { registryAlone, type Sources } from './baseline/sources.ts';
import { type CheckedBase, type CheckedImage, strayTags, verdictOf } from './checked.ts';
import { type Compared, type Comparison, compare, leftDigests } from './compare.ts';
import type { Build, DiscoveredBuild } from './discover/build.ts';
import type { BaseImage } from './dockerfile/base-image.ts';
import { attempt, type Failure, fail, isAbsent, type Outcome } from './failure.ts';
import type { Digest } from './oci/digest.ts';
import type { Platform } from './oci/platform.ts';
import { familiar, formatReference, type Reference, withDigest } from './oci/reference.ts';
import type { Registry } from './registry/registry.ts';
import { readFurtherTags, unreleasable } from './release-tags.ts';

/** Checks every build against its registry: a verdict for each image and each base that a plain build needs. */
export async function check(
  registry: Registry,
  builds: readonly DiscoveredBuild[],
  sourcesFor: (build: Build) => Sources = () => registryAlone(registry),
): Promise<readonly CheckedImage[]> {
  const parents = parentsByReference(builds);
  const refused = unreleasable(builds.map(({ build }) => build));
  // One token for many repositories, where the token server grants that.
  registry.expect(builds.flatMap(repositoriesOf));
  return Promise.all(
    builds.map(async (discovered) => {
      const refusal = refused.get(discovered.build.name);
      if (refusal !== undefined) return unchecked(discovered.build, refusal);
      return checkBuild(sourcesFor(discovered.build), discovered, parents);
    }),
  );
}

function repositoriesOf({ build, dockerfile }: DiscoveredBuild): readonly Reference[] {
  const bases = dockerfile.kind === 'read' ? dockerfile.bases.filter((base) => base.reachable) : [];
  return [...build.releases, ...bases.map((base) => base.reference)];
}

type Parents = ReadonlyMap<string, string>;

function parentsByReference(builds: readonly DiscoveredBuild[]): Parents {
  return new Map(
    builds.flatMap(({ build }) => build.releases.map((release) => [formatReference(release), build.name] as const)),
  );
}

async function checkBuild(sources: Sources, discovered: DiscoveredBuild, parents: Parents): Promise<CheckedImage> {
  const { registry } = sources;
  const { build, dockerfile } = discovered;
  if (dockerfile.kind === 'refused') return unchecked(build, dockerfile.failure);
  const [release] = build.releases;
  if (release === undefined) return unchecked(build, unnamed(build.name, build.dockerfile));
  const found = await attempt(formatReference(release), () =>
    Promise.all([readPublished(registry, release), readFurtherTags(registry, build)]),
  );
  if (found.kind === 'failed') return unchecked(build, found.failure);
  const [published, further] = found.value;
  const bases = await Promise.all(
    dockerfile.bases
      .filter((base) => base.reachable)
      .map((base) => checkBase(sources, { base, published, platforms: build.platforms, parents, own: build.name })),
  );
  const image = { build, published, further, bases, verdict: verdictOf(bases, published !== null), failure: null };
  return image.verdict === 'current' && strayTags(image).length > 0 ? { ...image, verdict: 'stale' } : image;
}

function unchecked(build: CheckedImage['build'], failure: Failure): CheckedImage {
  return { build, verdict: 'unknown', bases: [], published: null, failure };
}

function unnamed(name: string, dockerfile: string): Failure {
  return fail(
    'config',
    name,
    `nothing says where the image of ${dockerfile} is published`,
    `give --image ${name}=REGISTRY/REPOSITORY:TAG or name it under images: in .base-image-refresh.yml`,
  ).failure;
}

interface Question {
  readonly base: BaseImage;
  readonly published: PublishedImage | null;
  readonly platforms: readonly Platform[];
  readonly parents: Parents;
  readonly own: string;
}

async function checkBase(sources: Sources, question: Question): Promise<CheckedBase> {
  const { registry } = sources;
  const { base, published, parents, own } = question;
  const parentName = parents.get(formatReference(base.reference));
  if (parentName === own) return onItself(base, own);
  const parent = parentName === undefined ? {} : { parent: parentName };
  const [upstream, baseline] = await Promise.all([
    attempt(formatReference(base.reference), () => resolve(registry, base.reference)),
    published === null ? ({ kind: 'absent' } as const) : readBaseline(sources, published, base),
  ]);
  if (upstream.kind === 'failed') {
    // The first build of a parent publishes what its children stand on.
    if (parentName !== undefined && isAbsent(upstream.failure)) {
      return { base, baseline, freshness: { kind: 'missing', to: null }, platforms: [], ...parent };
    }
    return { base, baseline, freshness: { kind: 'unknown', failure: upstream.failure }, platforms: [], ...parent };
  }
  const compared = await attempt(formatReference(base.reference), () =>
    compareBase(registry, question, baseline, upstream.value),
  );
  return { base, baseline, ...comparedOrUnknown(compared), ...parent };
}

// An image always begins with its own layers: nothing could show that it is out of date, and every rebuild would be.
function onItself(base: BaseImage, own: string): CheckedBase {
  const detail = `is built on its own release tag ${familiar(base.reference)}, so that no rebuild could bring it up to date`;
  const { failure } = fail('cycle', own, detail, 'name a base that another build publishes');
  return { base, baseline: { kind: 'absent' }, freshness: { kind: 'unknown', failure }, platforms: [] };
}

function comparedOrUnknown(outcome: Outcome<Compared>): Compared {
  if (outcome.kind === 'done') return outcome.value;
  return { freshness: { kind: 'unknown', failure: outcome.failure }, platforms: [] };
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
): Promise<Compared> {
  const known: Comparison = { published: published !== null, baseline, upstream };
  if (published === null || baseline.kind !== 'recorded') return compare(known);
  const left = leftDigests(baseline, upstream);
  if (left.length === 0) return compare(known);
  const [consumed, current, recorded] = await Promise.all([
    consumedPlatforms(registry, base, published, platforms),
    platformDigests(registry, withDigest(base.reference, upstream)),
    Promise.all(left.map((from) => recordedPlatforms(registry, base, from))),
  ]);
  return compare({ ...known, details: { consumed, current, recorded: new Map(recorded) } });
}

async function recordedPlatforms(registry: Registry, base: BaseImage, from: Digest) {
  const read = await attempt(from, () => platformDigests(registry, withDigest(base.reference, from)));
  return [from, read.kind === 'done' ? read.value : undefined] as const;
}

function consumedPlatforms(
  registry: Registry,
  base: BaseImage,
  published: PublishedImage,
  platforms: readonly Platform[],
): Promise<readonly Platform[]> | readonly Platform[] {
  if (base.platform !== null) return [base.platform];
  return platforms.length > 0 ? platforms : platformsOf(registry, published);
}
