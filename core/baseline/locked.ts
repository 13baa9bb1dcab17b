import { formatReference } from '../oci/reference.ts';
import type { Rung } from './rung.ts';

/**
 * The lock file of the repository. An entry that names the published digest speaks of that image alone: what somebody
 * has published since is not what it describes.
 */
export const locked: Rung = async ({ lock }, image, base) => {
  const entry = lock.find((candidate) => candidate.image === formatReference(image.reference));
  if (entry === undefined) return undefined;
  if (entry.digest !== undefined && entry.digest !== image.manifest.descriptor.digest) return undefined;
  const named = formatReference(base.reference);
  const digest = entry.bases.find(({ reference }) => reference === named)?.digest;
  if (digest === undefined) return undefined;
  return entry.digest === undefined ? { digest, confidence: 'low' } : { digest };
};
