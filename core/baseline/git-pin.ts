import type { Registry } from '../registry/registry.ts';
import { type PublishedImage, platformManifests } from './published.ts';
import type { Rung } from './rung.ts';

const revisionKey = 'org.opencontainers.image.revision';

/**
 * The digest in the Dockerfile. It says what the next build will stand on; of the published image it says something only
 * where the image names the commit that it was built from, and git has the Dockerfile there just as it stands here.
 */
export const gitPinned: Rung = async ({ registry, unchangedSince }, image, base) => {
  const { digest } = base.reference;
  // A digest out of a build argument may have been another one for that build.
  if (digest === undefined || base.raw !== base.expanded) return undefined;
  const revision = await revisionOf(registry, image);
  if (revision === undefined || !(await unchangedSince(revision))) return undefined;
  return { digest };
};

// OCI image-spec, annotations.md; builders write it as a label, as an annotation, or as both.
async function revisionOf(registry: Registry, image: PublishedImage): Promise<string | undefined> {
  const manifests = await platformManifests(registry, image);
  const onTop = image.manifest.document.annotations[revisionKey];
  const named = await Promise.all(
    manifests.map(async ({ manifest }) => {
      const { labels } = await registry.config(image.reference, manifest);
      return labels[revisionKey] ?? manifest.document.annotations[revisionKey] ?? onTop;
    }),
  );
  const [revision] = named;
  const agreed = revision !== undefined && named.every((other) => other === revision);
  return agreed && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(revision) ? revision : undefined;
}
