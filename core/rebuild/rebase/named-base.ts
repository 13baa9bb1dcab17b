import { type PublishedImage, platformManifests } from '../../baseline/published.ts';
import { FailureError } from '../../failure.ts';
import { annotationKeys } from '../../oci/manifest.ts';
import { formatReference, parseReference, type Reference } from '../../oci/reference.ts';
import type { Registry } from '../../registry/registry.ts';

/** The base that an image names in its annotations or labels (OCI image-spec, annotations.md); undefined where it names none, or its platforms disagree. */
export async function namedBase(registry: Registry, image: PublishedImage): Promise<Reference | undefined> {
  const onTop = image.manifest.document.annotations[annotationKeys.baseName];
  const names = onTop === undefined ? await namesBelow(registry, image) : [onTop];
  const [first, ...others] = names.map(parsed);
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

// Annotations and labels are anybody's text: what is no reference names no base.
function parsed(name: string | undefined): Reference | undefined {
  try {
    return name === undefined ? undefined : parseReference(name);
  } catch (thrown) {
    if (thrown instanceof FailureError) return undefined;
    throw thrown;
  }
}

function same(a: Reference, b: Reference): boolean {
  return formatReference(a) === formatReference(b);
}
