import { valid } from 'semver';
import type { DescribedBuild } from '../discover/build.ts';
import type { Discovery } from '../discover/discover.ts';
import { familiar, formatReference, sameRepository } from '../oci/reference.ts';

/** What is known of where an image is published. */
export type DraftName =
  /** The same in every run, so that it can be written down. */
  | { readonly kind: 'fixed'; readonly image: string; readonly tags: readonly string[]; readonly from: string }
  /** Made anew by each release, so that a file of the repository says it better. */
  | { readonly kind: 'stated'; readonly images: readonly string[]; readonly from: string }
  | { readonly kind: 'unknown'; readonly why: readonly string[] };

/** An image as the configuration is to have it. */
export interface DraftImage {
  readonly name: string;
  readonly dockerfile: string;
  readonly published: DraftName;
  /** Whether its Dockerfile makes other images too, so that an entry could be about another one. */
  readonly isOneOfSeveral: boolean;
}

/** The images of a repository, and which of their names a later run would find too; `untagged` is what is found without git's tags. */
export function draftImages(found: Discovery, untagged: Discovery): readonly DraftImage[] {
  const lasting = new Set(untagged.builds.map(({ build }) => keyOf(build)));
  const builds = found.builds.map(({ build }) => build).filter(({ inline }) => inline === undefined);
  const timesBuilt = new Map<string, number>();
  for (const { dockerfile } of builds) timesBuilt.set(dockerfile, (timesBuilt.get(dockerfile) ?? 0) + 1);
  return builds.map((build) => ({
    name: build.name,
    dockerfile: build.dockerfile,
    published: nameOf(build, lasting.has(keyOf(build)), found),
    isOneOfSeveral: (timesBuilt.get(build.dockerfile) ?? 0) > 1,
  }));
}

/** What a configuration must leave as it is: which image is made of what, and where it is published. */
export function keyOf({ name, dockerfile, target, releases }: DescribedBuild): string {
  return JSON.stringify([name, dockerfile, target ?? null, releases.map(formatReference)]);
}

function nameOf(
  { releases, dockerfile, provenance }: DescribedBuild,
  isLasting: boolean,
  { notices }: Discovery,
): DraftName {
  const [first] = releases;
  if (first === undefined) {
    const about = notices.filter((notice) => notice.dockerfile === dockerfile);
    return { kind: 'unknown', why: about.map(({ subject, detail }) => `${subject}: ${detail}`) };
  }
  const from = provenance.image ?? 'the repository';
  const tags = releases.map(({ tag = '' }) => tag);
  // A full version is of one release, and the next one has another.
  const isMoving = tags.every((tag) => tag !== '' && valid(tag) === null);
  if (!isLasting || !isMoving || !releases.every((one) => sameRepository(one, first))) {
    return { kind: 'stated', images: releases.map(familiar), from };
  }
  const { registry, repository } = first;
  return releases.length === 1
    ? { kind: 'fixed', image: familiar(first), tags: [], from }
    : { kind: 'fixed', image: familiar({ registry, repository }), tags, from };
}
