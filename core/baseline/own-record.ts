import { asDigest } from '../oci/digest.ts';
import { annotationKeys } from '../oci/manifest.ts';
import { formatReference, withDigest } from '../oci/reference.ts';
import type { BaselineRecord, Rung } from './baseline.ts';
import { recordOfPlatforms } from './per-platform.ts';
import { platformDescriptors, platformOfEntry } from './published.ts';

/** The record that a refresh leaves on what it builds: every base with its digest, build stages included. */
export const ownRecord: Rung = async ({ registry }, image, base) => {
  const wanted = formatReference(base.reference);
  const onTop = recordIn(image.manifest.document.annotations[annotationKeys.bases], wanted);
  if (onTop !== undefined) return onTop;
  const entries = await Promise.all(
    platformDescriptors(image.manifest).map(async (entry) => {
      const { document } = await registry.manifest(withDigest(image.reference, entry.digest));
      const { digest } = recordIn(document.annotations[annotationKeys.bases], wanted) ?? {};
      return { platform: base.platform ?? platformOfEntry(image, entry), digest };
    }),
  );
  return recordOfPlatforms(entries, { evidence: 'own-record', confidence: 'high' });
};

/** The text of the record: what `annotationKeys.bases` holds. */
export function writeOwnRecord(bases: readonly { readonly reference: string; readonly digest: string }[]): string {
  return JSON.stringify(bases.map(({ reference, digest }) => ({ reference, digest })));
}

function recordIn(text: string | undefined, wanted: string): BaselineRecord | undefined {
  for (const entry of entriesIn(text)) {
    if (entry.reference !== wanted) continue;
    const digest = typeof entry.digest === 'string' ? asDigest(entry.digest) : undefined;
    if (digest !== undefined) return { digest, evidence: 'own-record', confidence: 'high' };
  }
  return undefined;
}

// The annotation is anybody's text: what is not our form of it counts as no record.
function entriesIn(text: string | undefined): readonly { readonly reference?: unknown; readonly digest?: unknown }[] {
  if (text === undefined) return [];
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed.filter((entry) => typeof entry === 'object' && entry !== null) : [];
  } catch {
    return [];
  }
}
