import { recordedRunImage } from '../../baseline/buildpacks.ts';
import { type PlatformManifest, type PublishedImage, platformManifests } from '../../baseline/published.ts';
import { standingOn } from '../../baseline/stands-on.ts';
import { attempt, FailureError, isAbsent } from '../../failure.ts';
import { asDigest } from '../../oci/digest.ts';
import { annotationKeys } from '../../oci/manifest.ts';
import { asReference, formatReference, type Reference, withDigest } from '../../oci/reference.ts';
import type { Registry } from '../../registry/registry.ts';
import { type ClaimSources, claimedBase } from './claimed-bases.ts';
import { partsFor } from './parts.ts';

/** The base of an image, by all that `check` reads: its annotations and labels, else a record that its layers bear out. */
export async function namedBase(sources: ClaimSources, image: PublishedImage): Promise<Reference | undefined> {
  const { registry } = sources;
  return (await annotatedBase(registry, image)) ?? (await runImage(registry, image)) ?? claimedBase(sources, image);
}

// OCI image-spec, annotations.md; undefined where it names none, or its platforms disagree.
async function annotatedBase(registry: Registry, image: PublishedImage): Promise<Reference | undefined> {
  const onTop = image.manifest.document.annotations[annotationKeys.baseName];
  const names = onTop === undefined ? await namesBelow(registry, image) : [onTop];
  const [first, ...others] = names.map((name) => (name === undefined ? undefined : asReference(name)));
  if (first === undefined) return undefined;
  return others.every((other) => other !== undefined && same(other, first)) ? first : undefined;
}

// The run image of buildpacks, by the first of its names; undefined where the platforms disagree.
async function runImage(registry: Registry, image: PublishedImage): Promise<Reference | undefined> {
  const manifests = await platformManifests(registry, image);
  const names = await Promise.all(
    manifests.map(async ({ manifest }) => recordedRunImage(await registry.config(image.reference, manifest))?.names[0]),
  );
  const [first, ...others] = names;
  if (first === undefined) return undefined;
  return others.every((other) => other !== undefined && same(other, first)) ? first : undefined;
}

async function namesBelow(registry: Registry, image: PublishedImage): Promise<readonly (string | undefined)[]> {
  const manifests = await platformManifests(registry, image);
  return Promise.all(
    manifests.map(
      async (each) =>
        each.manifest.document.annotations[annotationKeys.baseName] ?? labelledName(registry, image, each),
    ),
  );
}

// Labels are inherited by what is built on an image: a digest among them counts where the layers are those of its base.
async function labelledName(
  registry: Registry,
  image: PublishedImage,
  { manifest, platform }: PlatformManifest,
): Promise<string | undefined> {
  const config = await registry.config(image.reference, manifest);
  const name = config.labels[annotationKeys.baseName];
  const digest = asDigest(config.labels[annotationKeys.baseDigest] ?? '');
  const named = name === undefined ? undefined : asReference(name);
  if (named === undefined || digest === undefined) return name;
  const base = withDigest(named, digest);
  const read = await attempt(formatReference(base), async () => {
    const parts = await partsFor(registry, { reference: base, manifest: await registry.manifest(base) }, platform);
    const { document } = manifest;
    if (parts === undefined || document.kind !== 'manifest') return false;
    return standingOn({ manifest: document, config }, parts) !== 'elsewhere';
  });
  if (read.kind === 'done') return read.value ? name : undefined;
  // What its registry no longer has is not what its tag names now, so that nothing is current by it.
  if (isAbsent(read.failure)) return name;
  throw new FailureError(read.failure);
}

function same(a: Reference, b: Reference): boolean {
  return formatReference(a) === formatReference(b);
}
