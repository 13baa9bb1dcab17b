import { field, parsed } from '../json.ts';
import { asDigest, type Digest } from '../oci/digest.ts';
import { annotationKeys } from '../oci/manifest.ts';
import { asReference, formatReference } from '../oci/reference.ts';
import { vouched } from './attested.ts';
import { sameName } from './names-base.ts';
import { recordOfPlatforms } from './per-platform.ts';
import { platformManifests } from './published.ts';
import type { Found } from './record.ts';
import { recordType } from './record.ts';
import type { Rung } from './rung.ts';

/** The record that a refresh leaves on what it builds: every base with its digest, build stages included. */
export const ownRecord: Rung = async ({ registry }, image, base) => {
  const wanted = formatReference(base.reference);
  const onTop = recordIn(image.manifest.document.annotations, wanted);
  if (onTop !== undefined) return onTop;
  if (image.manifest.document.kind === 'manifest') return undefined;
  const entries = (await platformManifests(registry, image)).map(({ platform, manifest }) => ({
    platform: base.platform ?? platform,
    digest: recordIn(manifest.document.annotations, wanted)?.digest,
  }));
  return recordOfPlatforms(entries);
};

/** The text of the record: what `annotationKeys.bases` holds. */
export function writeOwnRecord(bases: readonly { readonly reference: string; readonly digest: string }[]): string {
  return JSON.stringify(bases.map(({ reference, digest }) => ({ reference, digest })));
}

/** The same record as it is attested beside the image, for builders that drop annotations. */
export const attestedRecord: Rung = async ({ attested }, image, base) => {
  const { voucher, statements } = await attested(image);
  const records = statements.filter((statement) => field(statement, 'predicateType') === recordType);
  const wanted = formatReference(base.reference);
  const found = records.flatMap((record) => recordAmong(field(field(record, 'predicate'), 'bases'), wanted) ?? []);
  // Records that were attested anew and differ do not say which of them is true.
  const [record, ...others] = found;
  const isOne = record !== undefined && others.every(({ digest }) => digest === record.digest);
  return isOne ? { ...record, ...vouched(voucher) } : undefined;
};

// The annotation is anybody's text: what is not our form of it counts as no record.
function recordIn(annotations: Readonly<Record<string, string>>, wanted: string): Found | undefined {
  const text = annotations[annotationKeys.bases];
  if (text === undefined) return undefined;
  const entries = parsed(text);
  return isOfBase(annotations[annotationKeys.baseName], entries) ? undefined : recordAmong(entries, wanted);
}

// Buildah and Podman hand annotations of the base down, and name the base itself: a record that has it not is the base's.
function isOfBase(name: string | undefined, entries: unknown): boolean {
  const base = name === undefined ? undefined : asReference(name);
  if (base === undefined) return false;
  const named = recordedBases(entries).map(({ reference }) => asReference(reference));
  return !named.some((one) => one !== undefined && sameName(one, base));
}

function recordAmong(entries: unknown, wanted: string): Found | undefined {
  const found = recordedBases(entries).find(({ reference }) => reference === wanted);
  return found === undefined ? undefined : { digest: found.digest };
}

/** The bases that a record names, whoever wrote it; what is not our form of one is left out. */
export function recordedBases(entries: unknown): readonly { readonly reference: string; readonly digest: Digest }[] {
  return (Array.isArray(entries) ? entries : []).flatMap((entry) => {
    const [reference, hash] = [field(entry, 'reference'), field(entry, 'digest')];
    const digest = typeof hash === 'string' ? asDigest(hash) : undefined;
    return typeof reference === 'string' && digest !== undefined ? [{ reference, digest }] : [];
  });
}
