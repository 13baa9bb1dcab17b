import type { Config } from '../../config/model.ts';
import type { DiscoveredBuild } from '../../discover/build.ts';
import { groupedBy } from '../../grouped.ts';
import { formatReference, type Reference, sameRepository } from '../../oci/reference.ts';
import { placeToRead, type Routes } from '../../registry/transport/endpoint.ts';

/** What of registries a repository has to do with. */
export interface Subjects {
  /** Base references by the host that they are read from. */
  readonly bases: readonly { readonly host: string; readonly references: readonly Reference[] }[];
  /** One release of each repository that images are published in. */
  readonly releases: readonly Reference[];
}

/**
 * The references that a refresh reads and writes; a base that the repository builds itself is one of its releases.
 * Images that are named count too where no Dockerfile of theirs was found: it is by them that a login is tried.
 */
export function subjectsOf(
  builds: readonly DiscoveredBuild[],
  { registry: routes, imageInputs, images }: Pick<Config, 'registry' | 'imageInputs' | 'images'>,
): Subjects {
  const named = [...Object.values(imageInputs), ...images.flatMap(({ image }) => image ?? [])];
  const releases = firsts([...builds.flatMap(({ build }) => build.releases), ...named], nameOf);
  const used = builds.flatMap(({ dockerfile }) =>
    dockerfile.kind === 'read' ? dockerfile.bases.filter(({ reachable }) => reachable) : [],
  );
  const bases = firsts(
    used.map(({ reference }) => reference),
    formatReference,
  );
  const foreign = bases.filter((base) => !releases.some((release) => sameRepository(base, release)));
  const hosts = groupedBy(foreign, (reference) => placeToRead(routes, reference).endpoint.registry);
  return {
    releases,
    bases: hosts.map((references) => ({ host: hostOf(references, routes), references })),
  };
}

function hostOf([first]: readonly Reference[], routes: Routes): string {
  return first === undefined ? '' : placeToRead(routes, first).endpoint.registry;
}

function nameOf({ registry, repository }: Reference): string {
  return `${registry}/${repository}`;
}

function firsts(references: readonly Reference[], keyOf: (reference: Reference) => string): readonly Reference[] {
  return groupedBy(references, keyOf).flatMap(([first]) => first ?? []);
}
