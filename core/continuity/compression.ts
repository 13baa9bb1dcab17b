import type { Digest } from '../oci/digest.ts';
import type { Descriptor } from '../oci/manifest.ts';

/** How layers are stored. */
export type Compression = 'gzip' | 'zstd' | 'uncompressed' | 'eStargz' | 'zstd:chunked' | 'unknown';

/** How one layer is stored, by its media type and the annotations of formats that are read lazily. */
export function compressionOf({ mediaType, annotations = {} }: Descriptor): Compression {
  if (annotations['containerd.io/snapshot/stargz/toc.digest'] !== undefined) return 'eStargz';
  if (annotations['io.github.containers.zstd-chunked.manifest-checksum'] !== undefined) return 'zstd:chunked';
  if (/[.+]zstd$/.test(mediaType)) return 'zstd';
  if (/[.+]gzip$/.test(mediaType)) return 'gzip';
  return /[./]tar$/.test(mediaType) ? 'uncompressed' : 'unknown';
}

/** The layers that an image has beyond those of its base; all of them where it does not stand on it. */
export function ownLayers(
  { layers, diffIds }: { readonly layers: readonly Descriptor[]; readonly diffIds: readonly Digest[] },
  base: readonly Digest[] | undefined,
): readonly Descriptor[] {
  return base === undefined || !beginsWithLayers(diffIds, base) ? layers : layers.slice(base.length);
}

/** Whether contents of layers begin with those of a base. */
export function beginsWithLayers(diffIds: readonly Digest[], base: readonly Digest[]): boolean {
  return base.every((id, at) => diffIds[at] === id);
}
