import type { Digest } from '../oci/digest.ts';
import type { Owner } from './finding.ts';

/** Whose a finding is: the base's where its layer is one of the recorded base's, and nobody's where either is not known. */
export function ownerOf(layer: Digest | undefined, baseLayers: ReadonlySet<Digest>): Owner {
  if (layer === undefined || baseLayers.size === 0) return 'unknown';
  return baseLayers.has(layer) ? 'base' : 'app';
}
