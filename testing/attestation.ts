import { digestOf } from '../core/oci/digest.ts';
import { type Descriptor, mediaTypes } from '../core/oci/manifest.ts';
import type { Image } from './images.ts';
import type { Store } from './registry/store.ts';

/** Stores a statement of an image as BuildKit does, and answers the entry that it writes into the index for it. */
export function attest(
  store: Store,
  repository: string,
  { descriptor: { digest } }: Pick<Image, 'descriptor'>,
  statement: object,
  predicateType = 'https://slsa.dev/provenance/v0.2',
): Descriptor {
  const layer = {
    ...store.putBlob(repository, JSON.stringify(statement), mediaTypes.inToto),
    annotations: { 'in-toto.io/predicate-type': predicateType },
  };
  const config = { architecture: 'unknown', os: 'unknown', config: {} };
  const rootfs = { type: 'layers', diff_ids: [digestOf('')] };
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: store.putBlob(repository, JSON.stringify({ ...config, rootfs }), mediaTypes.ociConfig),
    layers: [layer],
  };
  return {
    ...store.putManifest(repository, manifest),
    platform: { os: 'unknown', architecture: 'unknown' },
    annotations: { 'vnd.docker.reference.type': 'attestation-manifest', 'vnd.docker.reference.digest': digest },
  };
}
