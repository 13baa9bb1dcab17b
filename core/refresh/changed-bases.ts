import type { DiscoveredBuild } from '../discover/build.ts';
import { familiar, formatReference, type Reference } from '../oci/reference.ts';
import type { Run } from './context.ts';

/** The builds that a run is limited to by the bases that changed; warns of each base that no build names. */
export function changedBuilds(
  { config, host }: Pick<Run, 'config' | 'host'>,
  builds: readonly DiscoveredBuild[],
): readonly DiscoveredBuild[] {
  const { changedBases } = config.fleet;
  for (const base of changedBases.filter((one) => !isNamed(builds, one))) {
    const name = familiar(base);
    host.log(
      'warning',
      `${name}: no image is known to be built on it, so nothing was looked at for it; check its name.`,
    );
  }
  return dependantsOf(builds, changedBases);
}

function isNamed(builds: readonly DiscoveredBuild[], base: Reference): boolean {
  const name = withoutDigest(base);
  return builds.some(
    ({ dockerfile }) =>
      dockerfile.kind !== 'refused' &&
      dockerfile.bases.some((own) => own.reachable && withoutDigest(own.reference) === name),
  );
}

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
