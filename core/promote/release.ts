import { readPublished } from '../baseline/published.ts';
import { attempt, FailureError, isAbsent } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';
import type { StoredManifest } from '../oci/manifest.ts';
import { formatReference, type Reference } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';

/** A tag with the manifest that it named when the run looked. */
export interface TagSnapshot {
  readonly reference: Reference;
  /** Absent where it named nothing. */
  readonly manifest?: StoredManifest;
}

/** What tags name now. */
export function snapshotReleases(registry: Registry, tags: readonly Reference[]): Promise<readonly TagSnapshot[]> {
  return Promise.all(
    tags.map(async (reference) => {
      registry.forget(reference);
      const published = await readPublished(registry, reference);
      return { reference, ...(published === undefined ? {} : { manifest: published.manifest }) };
    }),
  );
}

/** The digest that a tag names at this moment; undefined where it names nothing. */
export async function currentDigest(registry: Registry, reference: Reference): Promise<Digest | undefined> {
  registry.forget(reference);
  const head = await attempt(formatReference(reference), () => registry.head(reference));
  if (head.kind === 'done') return head.value.digest;
  if (isAbsent(head.failure)) return undefined;
  throw new FailureError(head.failure);
}

/** The same where nothing is expected: GET answers it in one request, which a HEAD that finds nothing has to ask too. */
export async function unexpectedDigest(registry: Registry, reference: Reference): Promise<Digest | undefined> {
  registry.forget(reference);
  const read = await attempt(formatReference(reference), () => registry.manifest(reference));
  if (read.kind === 'done') return read.value.descriptor.digest;
  if (isAbsent(read.failure)) return undefined;
  throw new FailureError(read.failure);
}

/** The digest of a manifest; undefined where there is none. */
export function digestIn(manifest: StoredManifest | undefined): Digest | undefined {
  return manifest?.descriptor.digest;
}
