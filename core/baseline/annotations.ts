import { asDigest, type Digest } from '../oci/digest.ts';
import { annotationKeys } from '../oci/manifest.ts';
import { namesBase } from './names-base.ts';
import { recordOfPlatforms } from './per-platform.ts';
import { platformManifests } from './published.ts';
import type { Found } from './record.ts';
import type { Rung } from './rung.ts';

interface Named {
  readonly name: string | undefined;
  readonly digest: Digest;
}

/** `org.opencontainers.image.base.*` annotations on the index, else on every platform manifest (OCI image-spec, annotations.md). */
export const annotated: Rung = async ({ registry }, image, base) => {
  if (!base.runtime) return undefined;
  const onTop = namedIn(image.manifest.document.annotations);
  if (onTop !== undefined) {
    return namesBase(onTop.name, base) ? { digest: onTop.digest, ...strength([onTop]) } : undefined;
  }
  if (image.manifest.document.kind === 'manifest') return undefined;
  const children = (await platformManifests(registry, image)).map(({ platform, manifest }) => ({
    platform: base.platform ?? platform,
    named: namedIn(manifest.document.annotations),
  }));
  const named = children.flatMap((child) => child.named ?? []);
  if (!named.every(({ name }) => namesBase(name, base))) return undefined;
  const entries = children.map((child) => ({ platform: child.platform, digest: child.named?.digest }));
  return recordOfPlatforms(entries, strength(named));
};

// Without a name the digest is that of some base: the one below is taken for granted.
function strength(named: readonly Named[]): Pick<Found, 'confidence'> {
  return named.some(({ name }) => name === undefined) ? { confidence: 'low' } : {};
}

function namedIn(annotations: Readonly<Record<string, string>>): Named | undefined {
  const digest = asDigest(annotations[annotationKeys.baseDigest] ?? '');
  return digest === undefined ? undefined : { name: annotations[annotationKeys.baseName], digest };
}
