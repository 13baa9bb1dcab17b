import { append } from '../append.ts';
import { readPublished } from '../baseline/published.ts';
import type { Build } from '../discover/build.ts';
import { type Failure, fail } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';
import { familiar, formatReference, type Reference } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';

/** A release tag with what it names. */
export interface ReleaseTag {
  readonly reference: Reference;
  /** Absent where it names nothing yet. */
  readonly digest?: Digest;
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

/** What the release tags after the first name; each is to name what the first one names. */
export function readFurtherTags(registry: Registry, build: Build): Promise<readonly ReleaseTag[]> {
  const [, ...further] = releasesOf(build);
  return Promise.all(
    further.map(async (reference) => {
      const published = await readPublished(registry, reference);
      return { reference, ...(published === undefined ? {} : { digest: published.manifest.descriptor.digest }) };
    }),
  );
}
