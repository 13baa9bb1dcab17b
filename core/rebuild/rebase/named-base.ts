import { recordedRunImage } from '../../baseline/buildpacks.ts';
import { type PublishedImage, platformManifests } from '../../baseline/published.ts';
import { annotationKeys } from '../../oci/manifest.ts';
import { asReference, formatReference, type Reference } from '../../oci/reference.ts';
import type { Registry } from '../../registry/registry.ts';
import { type ClaimSources, claimedBase } from './claimed-bases.ts';

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
    manifests.map(async ({ manifest }) => {
      const annotated = manifest.document.annotations[annotationKeys.baseName];
      return annotated ?? (await registry.config(image.reference, manifest)).labels[annotationKeys.baseName];
    }),
  );
}

function same(a: Reference, b: Reference): boolean {
  return formatReference(a) === formatReference(b);
}
