import { readPublished } from './baseline/published.ts';
import { checkBase, type Parents } from './check/check-base.ts';
import type { CheckRules } from './check/check-rules.ts';
import { type CheckedImage, strayTags, verdictOf } from './check/checked.ts';
import { readFurtherTags, unreleasable } from './check/release-tags.ts';
import type { Build, DiscoveredBuild } from './discover/build.ts';
import { attempt, type Failure, fail } from './failure.ts';
import { formatReference, type Reference } from './oci/reference.ts';
import type { Registry } from './registry/registry.ts';

/** Checks every build against its registry: a verdict for each image and each base that a plain build needs. */
export async function check(
  registry: Registry,
  builds: readonly DiscoveredBuild[],
  rulesFor: (build: Build) => CheckRules,
): Promise<readonly CheckedImage[]> {
  const parents = parentsByReference(builds);
  const refused = unreleasable(builds.map(({ build }) => build));
  // One token for many repositories, where the token server grants that.
  registry.expect(builds.flatMap(repositoriesOf));
  return Promise.all(
    builds.map(async (discovered) => {
      const refusal = refused.get(discovered.build.name);
      if (refusal !== undefined) return unchecked(discovered.build, refusal);
      return checkBuild(rulesFor(discovered.build), discovered, parents);
    }),
  );
}

function repositoriesOf({ build, dockerfile }: DiscoveredBuild): readonly Reference[] {
  const bases = dockerfile.kind === 'read' ? dockerfile.bases.filter((base) => base.reachable) : [];
  return [...build.releases, ...bases.map((base) => base.reference)];
}

function parentsByReference(builds: readonly DiscoveredBuild[]): Parents {
  return new Map(
    builds.flatMap(({ build }) => build.releases.map((release) => [formatReference(release), build.name] as const)),
  );
}

async function checkBuild(rules: CheckRules, discovered: DiscoveredBuild, parents: Parents): Promise<CheckedImage> {
  const { registry } = rules.sources;
  const { build, dockerfile } = discovered;
  if (dockerfile.kind === 'refused') return unchecked(build, dockerfile.failure);
  const [release] = build.releases;
  if (release === undefined) return unchecked(build, unnamed(build.name, build.dockerfile));
  const found = await attempt(formatReference(release), () =>
    Promise.all([readPublished(registry, release), readFurtherTags(registry, build)]),
  );
  if (found.kind === 'failed') return unchecked(build, found.failure);
  const [published, further] = found.value;
  const released = published === undefined ? undefined : await rules.released(discovered, published);
  const { dockerfile: built } = released ?? discovered;
  if (built.kind === 'refused') return unchecked(build, built.failure);
  const bases = await Promise.all(
    built.bases
      .filter((base) => base.reachable)
      .map((base) => checkBase(rules, { base, published, platforms: build.platforms, parents, own: build.name })),
  );
  const verdict = verdictOf(bases, published !== undefined);
  const image = {
    build,
    further,
    bases,
    verdict,
    ...(published === undefined ? {} : { published }),
    ...(released === undefined ? {} : { source: released.record }),
  };
  return image.verdict === 'current' && strayTags(image).length > 0 ? { ...image, verdict: 'stale' } : image;
}

function unchecked(build: CheckedImage['build'], failure: Failure): CheckedImage {
  return { build, verdict: 'unknown', bases: [], failure };
}

function unnamed(name: string, dockerfile: string): Failure {
  return fail(
    'config',
    name,
    `nothing says where the image of ${dockerfile} is published`,
    `give --image ${name}=REGISTRY/REPOSITORY:TAG or name it under images: in .base-image-refresh.yml`,
  ).failure;
}
