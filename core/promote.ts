import { readPublished } from './baseline/published.ts';
import { copyContent } from './copy.ts';
import { attempt, FailureError, fail, isAbsent } from './failure.ts';
import type { Cleared } from './gate.ts';
import type { Digest } from './oci/digest.ts';
import type { StoredManifest } from './oci/manifest.ts';
import { formatReference, type Reference } from './oci/reference.ts';
import type { BuiltImage } from './rebuild/engine.ts';
import type { Registry } from './registry/registry.ts';

/** What moved: the release tags that now name the digest, and what they named before. */
export interface Promotion {
  readonly digest: Digest;
  readonly tags: readonly { readonly reference: Reference; readonly previous: Digest | null }[];
}

/** A release tag with the manifest that it named when the run looked; null where there was none. */
export interface Release {
  readonly reference: Reference;
  readonly manifest: StoredManifest | null;
}

/** What the release tags name now. */
export function snapshotReleases(registry: Registry, releases: readonly Reference[]): Promise<readonly Release[]> {
  return Promise.all(
    releases.map(async (reference) => {
      registry.forget(reference);
      const published = await readPublished(registry, reference);
      return { reference, manifest: published?.manifest ?? null };
    }),
  );
}

/**
 * Puts the very bytes of a cleared image under its release tags, in order, and reads each one back.
 * Throws `moved` where a tag is no longer what the run saw; tags that had already moved are put back.
 */
export async function promote(
  registry: Registry,
  image: Cleared<BuiltImage>,
  releases: readonly Release[],
): Promise<Promotion> {
  const manifest = await registry.manifest(image.reference);
  for (const release of releases) await refuseIfMoved(registry, release);
  const moved: Release[] = [];
  try {
    for (const release of releases) {
      await copyContent(registry, image.reference, release.reference, manifest);
      await refuseIfMoved(registry, release);
      moved.push(release);
      await move(registry, release.reference, manifest);
    }
  } catch (thrown) {
    throw await afterRollback(registry, moved, manifest, thrown);
  }
  return {
    digest: manifest.descriptor.digest,
    tags: releases.map(({ reference, manifest: previous }) => ({
      reference,
      previous: previous?.descriptor.digest ?? null,
    })),
  };
}

async function move(registry: Registry, release: Reference, manifest: StoredManifest): Promise<void> {
  await registry.putManifest(release, manifest);
  registry.forget(release);
  const { digest } = await registry.head(release);
  if (digest === manifest.descriptor.digest) return;
  throw fail(
    'digest-mismatch',
    formatReference(release),
    `names ${digest} after ${manifest.descriptor.digest} was put there`,
    'find out what else writes this tag',
  );
}

async function refuseIfMoved(registry: Registry, release: Release): Promise<void> {
  registry.forget(release.reference);
  const now = (await currentDigest(registry, release.reference)) ?? 'nothing';
  const seen = release.manifest?.descriptor.digest ?? 'nothing';
  if (now === seen) return;
  throw fail(
    'moved',
    formatReference(release.reference),
    `named ${seen} when the run began and names ${now} now, so it was left alone`,
    'run again to judge what is there now',
    { retryable: true },
  );
}

async function currentDigest(registry: Registry, reference: Reference): Promise<Digest | null> {
  const head = await attempt(formatReference(reference), () => registry.head(reference));
  if (head.kind === 'done') return head.value.digest;
  if (isAbsent(head.failure)) return null;
  throw new FailureError(head.failure);
}

// Puts back, last first, what this promotion moved; a tag that cannot be put back is named with its digest.
async function afterRollback(
  registry: Registry,
  moved: readonly Release[],
  manifest: StoredManifest,
  thrown: unknown,
): Promise<unknown> {
  const stranded: string[] = [];
  for (const { reference, manifest: previous } of [...moved].reverse()) {
    const undone = await attempt(formatReference(reference), () => putBack(registry, reference, previous, manifest));
    if (undone.kind === 'failed') stranded.push(strandedTag(reference, previous));
  }
  if (stranded.length === 0 || !(thrown instanceof FailureError)) return thrown;
  const { code, subject, detail } = thrown.failure;
  return fail(code, subject, detail, `put back by hand what could not be put back: ${stranded.join(', ')}`, {
    cause: thrown,
  });
}

async function putBack(
  registry: Registry,
  reference: Reference,
  previous: StoredManifest | null,
  promoted: StoredManifest,
): Promise<void> {
  registry.forget(reference);
  const now = await currentDigest(registry, reference);
  if (now !== promoted.descriptor.digest) return;
  // A tag that did not exist cannot be removed without its content: it is left, and named.
  if (previous === null) throw fail('refused', formatReference(reference), 'had no earlier content to put back');
  await registry.putManifest(reference, previous);
}

function strandedTag(reference: Reference, previous: StoredManifest | null): string {
  const was = previous === null ? 'did not exist before' : `was ${previous.descriptor.digest}`;
  return `${formatReference(reference)} (${was})`;
}
