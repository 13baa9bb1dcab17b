import type { DiscoveredBuild } from '../discover/build.ts';
import { formatReference, type Reference } from '../oci/reference.ts';

/**
 * The builds that stand on one of these bases, or on a build of the repository that does, in their order; all of them where
 * no base is named. One of which it is not known what it stands on is among them.
 */
export function dependantsOf(
  builds: readonly DiscoveredBuild[],
  changed: readonly Reference[],
): readonly DiscoveredBuild[] {
  if (changed.length === 0) return builds;
  const reached = new Set(changed.map(withoutDigest));
  const taken = new Set<DiscoveredBuild>();
  for (let before = -1; before < taken.size; ) {
    before = taken.size;
    for (const build of builds) {
      if (taken.has(build) || !standsOn(build, reached)) continue;
      taken.add(build);
      for (const release of build.build.releases) reached.add(withoutDigest(release));
    }
  }
  return builds.filter((build) => taken.has(build));
}

function standsOn({ dockerfile }: DiscoveredBuild, reached: ReadonlySet<string>): boolean {
  if (dockerfile.kind === 'refused' || dockerfile.unknown !== undefined) return true;
  return dockerfile.bases.some((base) => base.reachable && reached.has(withoutDigest(base.reference)));
}

// A pin that an update moves on is of its tag.
function withoutDigest({ digest: _, ...reference }: Reference): string {
  return formatReference(reference);
}
