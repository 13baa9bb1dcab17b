import pLimit from 'p-limit';
import type { Digest } from '../../oci/digest.ts';
import type { ScanTarget } from '../scanner.ts';

/** Where Trivy keeps what it found in layers: on disk for every later scan, or nowhere. */
export type ScanCache = 'fs' | 'memory';

/** Shares out Trivy's cache on disk, which lets in one process at a time. */
export interface ScanCaches {
  /**
   * Runs one scan with the cache that suits it. Where a base is met again the scan waits for the disk, which knows its
   * layers by then; what shares nothing with what is under way is scanned beside it.
   */
  use<T>(target: Pick<ScanTarget, 'baseLayers'>, scan: (cache: ScanCache) => Promise<T>): Promise<T>;
  /** Uses the disk no more: another process has it, or it is not to be believed. */
  leave(): void;
}

/** The caches of one run. */
export function createScanCaches(): ScanCaches {
  const disk = pLimit(1);
  const met = new Set<Digest>();
  let isLeft = false;
  return {
    use: ({ baseLayers }, scan) => {
      if (isLeft) return scan('memory');
      const isKnown = baseLayers.some((layer) => met.has(layer));
      for (const layer of baseLayers) met.add(layer);
      const isFree = disk.activeCount + disk.pendingCount === 0;
      return isFree || isKnown ? disk(() => scan(isLeft ? 'memory' : 'fs')) : scan('memory');
    },
    leave: () => {
      isLeft = true;
    },
  };
}
