import { append } from '../append.ts';
import { type PublishedImage, readPublished } from '../baseline/published.ts';
import type { Build } from '../discover/build.ts';
import { type Failure, fail } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';
import { familiar, formatReference, type Reference } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import type { SourceRecord } from '../source/record.ts';
import { given } from '../table.ts';

/** A release tag with what it names. */
export interface ReleaseTag {
  readonly reference: Reference;
  /** Absent where it names nothing yet. */
  readonly digest?: Digest;
  /** Absent too where only its digest is known. */
  readonly image?: PublishedImage;
  /** What is recorded of the source of what it names, where that is another image than the others name. */
  readonly source?: SourceRecord;
}

/** The release tags of a build in their order, each once: a tag that is named twice moves once. */
export function releasesOf({ releases }: Pick<Build, 'releases'>): readonly Reference[] {
  return [...new Map(releases.map((release) => [formatReference(release), release])).values()];
}

/** Why builds have no release tag of their own to move, by name: a digest cannot move, and two builds cannot share a tag. */
export function unreleasable(builds: readonly Build[]): ReadonlyMap<string, Failure> {
  const claims = new Map<string, string[]>();
  for (const build of builds) {
    for (const release of releasesOf(build)) {
      const key = formatReference(release);
      append(claims, key, build.name);
    }
  }
  return new Map(
    builds.flatMap((build) => {
      const failure = failureIn(build, claims);
      return failure === undefined ? [] : [[build.name, failure] as const];
    }),
  );
}

function failureIn(build: Build, claims: ReadonlyMap<string, readonly string[]>): Failure | undefined {
  for (const release of releasesOf(build)) {
    const name = familiar(release);
    if (release.digest !== undefined) {
      return fail('config', build.name, `${name} is held at a digest, which cannot move`, 'give its release tag alone')
        .failure;
    }
    const others = claims.get(formatReference(release))?.filter((other) => other !== build.name) ?? [];
    if (others.length === 0) continue;
    const detail = `${name} is the release tag of ${others.join(', ')} too`;
    return fail('config', build.name, detail, 'give each image a repository or a tag of its own').failure;
  }
  return undefined;
}

/** What release tags name: the image of the first that names one, and what the others name, which is to be the same. */
export interface PublishedTags {
  /** Absent where no tag names anything. */
  readonly published?: PublishedImage;
  readonly further: readonly ReleaseTag[];
}

/** Reads what the release tags of a build name, in their order. */
export async function readReleaseTags(registry: Registry, build: Build): Promise<PublishedTags> {
  const tags = await Promise.all(
    releasesOf(build).map(async (reference) => ({ reference, found: await readPublished(registry, reference) })),
  );
  // A tag that is new, or gone, leaves what the others name to be replaced as carefully as before.
  const lead = tags.find(({ found }) => found !== undefined) ?? tags[0];
  const further = tags
    .filter((tag) => tag !== lead)
    .map(({ reference, found }) => ({
      reference,
      ...(found === undefined ? {} : { digest: found.manifest.descriptor.digest, image: found }),
    }));
  return { ...given('published', lead?.found), further };
}
