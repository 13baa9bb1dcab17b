import { type PublishedImage, platformsOf } from './baseline/published.ts';
import { checkBase, type Parents } from './check/check-base.ts';
import type { CheckRules } from './check/check-rules.ts';
import { type CheckedImage, countingRuntime, strayTags, verdictOf } from './check/checked.ts';
import { movingReleases } from './check/chosen-release.ts';
import { type ReleaseTag, readReleaseTags, unreleasable } from './check/release-tags.ts';
import { unknownBase, unnamedMaterial } from './check/unnamed-bases.ts';
import type { Build, DiscoveredBuild } from './discover/build.ts';
import { attempt, type Failure, fail } from './failure.ts';
import { formatPlatform, samePlatform } from './oci/platform.ts';
import { formatReference, type Reference } from './oci/reference.ts';
import type { Registry } from './registry/registry.ts';
import type { SourceRecord } from './source/record.ts';
import { given } from './table.ts';

/**
 * Checks every build against its registry: a verdict for each image and each base that a plain build needs. `others` are
 * references that are released elsewhere in the same run.
 */
export async function check(
  registry: Registry,
  builds: readonly DiscoveredBuild[],
  rulesFor: (build: Build) => CheckRules,
  others: Parents = new Map(),
): Promise<readonly CheckedImage[]> {
  const parents = new Map([...others, ...parentsByReference(builds)]);
  const refused = unreleasable(builds.map(({ build }) => build));
  // One token for many repositories, where the token server grants that.
  registry.expect(builds.flatMap(repositoriesOf));
  return Promise.all(
    builds.map(async (discovered) => {
      const refusal = refused.get(discovered.build.name);
      if (refusal !== undefined) return unchecked(discovered.build, refusal);
      return checkBuild(rulesFor(discovered.build), discovered, { builds, parents });
    }),
  );
}

function repositoriesOf({ build, dockerfile }: DiscoveredBuild): readonly Reference[] {
  const bases = dockerfile.kind === 'read' ? dockerfile.bases.filter((base) => base.reachable) : [];
  return [...build.releases, ...bases.map((base) => base.reference)];
}

function parentsByReference(builds: readonly DiscoveredBuild[]): Parents {
  return new Map(
    builds.flatMap(({ build }) =>
      movingReleases(build).map((release) => [formatReference(release), build.name] as const),
    ),
  );
}

interface Family {
  readonly builds: readonly DiscoveredBuild[];
  readonly parents: Parents;
}

// What the Dockerfiles of an image and of those of this repository below it name.
function namedBelow({ builds, parents }: Family, { build, dockerfile }: DiscoveredBuild): readonly Reference[] {
  const seen = new Set([build.name]);
  const named = [...referencesIn(dockerfile)];
  for (const reference of named) {
    const parent = parents.get(formatReference(reference));
    if (parent === undefined || seen.has(parent)) continue;
    seen.add(parent);
    named.push(...builds.filter((one) => one.build.name === parent).flatMap((one) => referencesIn(one.dockerfile)));
  }
  return named;
}

function referencesIn(dockerfile: DiscoveredBuild['dockerfile']): readonly Reference[] {
  return dockerfile.kind === 'read' ? dockerfile.bases.map(({ reference }) => reference) : [];
}

async function checkBuild(rules: CheckRules, discovered: DiscoveredBuild, family: Family): Promise<CheckedImage> {
  const { registry } = rules.sources;
  const { build, dockerfile } = discovered;
  if (dockerfile.kind === 'refused') return unchecked(build, dockerfile.failure);
  const [release] = build.releases;
  if (release === undefined) return unchecked(build, build.chosen?.unknown ?? unnamed(build));
  const found = await attempt(formatReference(release), () => readReleaseTags(registry, build));
  if (found.kind === 'failed') return unchecked(build, found.failure);
  const { published, further } = found.value;
  const released = published === undefined ? undefined : await rules.released(discovered, published);
  const { dockerfile: built } = released ?? discovered;
  const source = given('source', released?.record);
  // What bases it has is not known, so neither is whether they moved.
  if (released?.failure !== undefined)
    return { ...unchecked(build, released.failure), ...given('published', published), ...source };
  if (built.kind === 'refused') return unchecked(build, built.failure);
  const lacking =
    published === undefined ? undefined : await attempt(build.name, () => lacks(registry, build, published));
  if (lacking?.kind === 'failed') return unchecked(build, lacking.failure);
  const checked = await Promise.all(
    built.bases
      .filter((base) => base.reachable)
      .map((base) =>
        checkBase(rules, { base, published, platforms: build.platforms, parents: family.parents, own: build.name }),
      ),
  );
  const bases = rules.staleBases === 'runtime' ? countingRuntime(checked) : checked;
  const image = {
    build,
    further: await withSources(further, published, async (other) => (await rules.released(discovered, other)).record),
    bases,
    ...(lacking?.value === undefined
      ? { verdict: verdictOf(bases, published !== undefined) }
      : { verdict: 'lacks-platform' as const, failure: lacking.value }),
    ...(published === undefined ? {} : { published }),
    ...source,
    ...given('releasedDockerfile', released?.text),
  };
  const failure =
    unknownBase(build.name, built) ?? (await unnamedIn(rules, image, namedBelow(family, { build, dockerfile: built })));
  if (failure !== undefined) return { ...image, verdict: 'unknown', failure };
  const isStray = image.verdict === 'current' || image.verdict === 'unrecorded';
  return isStray && strayTags(image).length > 0 ? { ...image, verdict: 'stale' } : image;
}

// What a tag names that is apart from the others may be of another commit.
function withSources(
  further: readonly ReleaseTag[],
  published: PublishedImage | undefined,
  sourceOf: (image: PublishedImage) => Promise<SourceRecord>,
): Promise<readonly ReleaseTag[]> {
  return Promise.all(
    further.map(async (tag) => {
      if (tag.image === undefined || tag.digest === published?.manifest.descriptor.digest) return tag;
      return { ...tag, source: await sourceOf(tag.image) };
    }),
  );
}

// What a refresh built was built on exactly what it records.
function isOfOwnMaking(bases: CheckedImage['bases']): boolean {
  return (
    bases.length > 0 &&
    bases.every(({ baseline }) => baseline.kind === 'recorded' && baseline.evidence === 'own-record')
  );
}

async function unnamedIn(
  { sources }: CheckRules,
  { verdict, published, bases }: CheckedImage,
  named: readonly Reference[],
): Promise<Failure | undefined> {
  if (verdict === 'stale' || verdict === 'unknown' || published === undefined || isOfOwnMaking(bases)) return undefined;
  const { registry } = sources;
  const read = await attempt(formatReference(published.reference), () => sources.attested(published));
  if (read.kind === 'failed') return read.failure;
  return unnamedMaterial({ registry, published, attested: read.value, bases, named });
}

// An image that does not have the platform is neither current nor stale there.
async function lacks(registry: Registry, build: Build, published: PublishedImage): Promise<Failure | undefined> {
  if (build.platforms.length === 0) return undefined;
  const shipped = await platformsOf(registry, published);
  const absent = build.platforms.filter((wanted) => !shipped.some((one) => samePlatform(one, wanted)));
  if (absent.length === 0) return undefined;
  const [wanted, there] = [absent, shipped].map((platforms) => platforms.map(formatPlatform).join(', '));
  const detail = `the published image lacks ${wanted}, and has ${there}`;
  const remedy = `leave ${wanted} out of platform, publish the image for it, or rebuild it with force`;
  return fail('platform-absent', build.name, detail, remedy).failure;
}

function unchecked(build: CheckedImage['build'], failure: Failure): CheckedImage {
  return { build, verdict: 'unknown', bases: [], failure };
}

function unnamed({ name, dockerfile }: Build): Failure {
  return fail(
    'config',
    name,
    `nothing says where ${dockerfile === undefined ? 'it' : `the image of ${dockerfile}`} is published`,
    `give --image ${name}=REGISTRY/REPOSITORY:TAG or name it under images: in .base-image-refresh.yml`,
  ).failure;
}
