import type { Digest } from '../oci/digest.ts';
import type { Platform } from '../oci/platform.ts';
import type { Found } from './record.ts';

/** What is recorded of one platform of an image. */
export interface PlatformRecord {
  readonly platform: Platform;
  readonly digest: Digest | undefined;
}

/**
 * One record of what is recorded platform by platform: platforms that are built apart may stand on different digests.
 * Undefined where a platform has none, for the record would be taken to speak of it too.
 */
export function recordOfPlatforms(
  entries: readonly PlatformRecord[],
  source: Pick<Found, 'confidence' | 'verified'> = {},
): Found | undefined {
  const platforms = entries.flatMap(({ platform, digest }) => (digest === undefined ? [] : [{ platform, digest }]));
  const [first] = platforms;
  if (first === undefined || platforms.length !== entries.length) return undefined;
  const isOne = platforms.every(({ digest }) => digest === first.digest);
  return { digest: first.digest, ...source, ...(isOne ? {} : { platforms }) };
}
