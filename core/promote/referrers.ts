import { fail } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';
import type { StoredManifest } from '../oci/manifest.ts';
import { formatReference, type Reference, type Repository, withDigest, withTag } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import { copyContent } from './copy.ts';

/** As deep as signatures of statements about an image go, and further. */
const deepest = 4;

/** Tags under which cosign kept signatures, attestations and SBOMs before there were referrers. */
const attachments = ['sig', 'att', 'sbom'];

/**
 * Copies what is attached to an image and to its platforms, signatures of attachments included, and makes sure that the
 * other registry lists it; answers how many manifests that were.
 */
export async function copyReferrers(
  registry: Registry,
  from: Repository,
  to: Repository,
  image: StoredManifest,
): Promise<number> {
  const { document, descriptor } = image;
  const subjects = [descriptor.digest, ...(document.kind === 'index' ? document.manifests.map((e) => e.digest) : [])];
  let copied = 0;
  for (const subject of subjects) copied += await copyAttached(registry, from, to, subject, deepest);
  return copied + (await copyTagged(registry, from, to, subjects));
}

async function copyAttached(
  registry: Registry,
  from: Repository,
  to: Repository,
  subject: Digest,
  depth: number,
): Promise<number> {
  const found = await registry.referrers(from, subject);
  if (found.length === 0 || depth === 0) return 0;
  let copied = 0;
  for (const { digest } of found) {
    const manifest = await registry.manifest(withDigest(from, digest));
    await copyContent(registry, withDigest(from, digest), to, manifest);
    await registry.putManifest(withDigest(to, digest), manifest);
    copied += 1 + (await copyAttached(registry, from, to, digest, depth - 1));
  }
  const listed = new Set((await registry.referrers(to, subject)).map(({ digest }) => digest));
  const lost = found.find(({ digest }) => !listed.has(digest));
  if (lost === undefined) return copied;
  const detail = `does not list ${lost.digest}, which was copied there as attached to ${subject}`;
  throw fail('refused', `${to.registry}/${to.repository}`, detail, 'look whether it takes artifacts with a subject');
}

async function copyTagged(
  registry: Registry,
  from: Repository,
  to: Repository,
  subjects: readonly Digest[],
): Promise<number> {
  const wanted = new Set(
    subjects.flatMap((subject) => attachments.map((kind) => `${subject.replace(':', '-')}.${kind}`)),
  );
  const tags = (await registry.tags(from)).filter((tag) => wanted.has(tag));
  for (const tag of tags) await copyTag(registry, withTag(from, tag), withTag(to, tag));
  return tags.length;
}

async function copyTag(registry: Registry, from: Reference, to: Reference): Promise<void> {
  const manifest = await registry.manifest(from);
  await copyContent(registry, from, to, manifest);
  await registry.putManifest(to, manifest);
  registry.forget(to);
  const { digest } = await registry.head(to);
  if (digest === manifest.descriptor.digest) return;
  const detail = `names ${digest} after ${manifest.descriptor.digest} was put there`;
  throw fail('digest-mismatch', formatReference(to), detail, 'find out what else writes this tag');
}
