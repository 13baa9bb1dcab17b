import { readPublished } from '../baseline/published.ts';
import { attempt, FailureError, isAbsent } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';
import type { StoredManifest } from '../oci/manifest.ts';
import { formatReference, type Reference } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';

/** A tag with the manifest that it named when the run looked; null where there was none. */
export interface Release {
  readonly reference: Reference;
  readonly manifest: StoredManifest | null;
}

/** What tags name now. */
export function snapshotReleases(registry: Registry, tags: readonly Reference[]): Promise<readonly Release[]> {
  return Promise.all(
    tags.map(async (reference) => {
      registry.forget(reference);
      const published = await readPublished(registry, reference);
      return { reference, manifest: published?.manifest ?? null };
    }),
  );
}

/** The digest that a tag names at this moment; null where it names nothing. */
export async function currentDigest(registry: Registry, reference: Reference): Promise<Digest | null> {
  registry.forget(reference);
  const head = await attempt(formatReference(reference), () => registry.head(reference));
  if (head.kind === 'done') return head.value.digest;
  if (isAbsent(head.failure)) return null;
  throw new FailureError(head.failure);
}

/** The digest of a manifest; null where there is none. */
export function digestIn(manifest: StoredManifest | null): Digest | null {
  return manifest?.descriptor.digest ?? null;
}
