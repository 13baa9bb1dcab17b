import { writeOwnRecord } from '../baseline/own-record.ts';
import { annotationKeys } from '../oci/manifest.ts';
import { formatReference, type Reference, withTag } from '../oci/reference.ts';
import type { World } from '../ports.ts';
import { writeSourceRecord } from '../source/read-record.ts';
import type { BuiltSource } from '../source/record.ts';
import type { Pin } from './engine.ts';

const longestTagPart = 80;

/** A tag beside the release tag that no earlier or parallel run uses: `bir-1.2-20260102030405-9f86d081`. */
export function candidateFor(
  release: Reference,
  world: Pick<World, 'now' | 'randomHex'>,
): Reference & { readonly tag: string } {
  const stamp = world.now().toISOString().slice(0, 19).replace(/\D/g, '');
  const part = (release.tag ?? 'latest').slice(0, longestTagPart);
  return withTag(release, `bir-${part}-${stamp}-${world.randomHex(4)}`);
}

const keyPrefix = 'bir-c1-';

/** The tag of what a build makes, by the key of its inputs: every machine that makes the same finds it there. */
export function candidateOfKey(release: Reference, key: string): Reference & { readonly tag: string } {
  return withTag(release, `${keyPrefix}${key}`);
}

/** The key of the build that a candidate tag is of; undefined for every other tag. */
export function keyOfCandidate(tag: string): string | undefined {
  const key = tag.startsWith(keyPrefix) ? tag.slice(keyPrefix.length) : '';
  return /^[0-9a-f]{64}$/.test(key) ? key : undefined;
}

/** When a candidate tag says that it was made; undefined for every tag that is not one, or names no time. */
export function candidateMadeAt(tag: string): Date | undefined {
  const [, year, month, day, hour, minute, second] =
    /^bir-.+-(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)-[0-9a-f]{8}$/.exec(tag) ?? [];
  const text = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const made = new Date(text);
  // Not the 30th of February, which other days stand for.
  return Number.isNaN(made.getTime()) || made.toISOString() !== text ? undefined : made;
}

/** What the image will say of its bases and its source: the runtime base in OCI's annotations, everything in our own records. */
export function candidateAnnotations(pins: readonly Pin[], source?: BuiltSource): Readonly<Record<string, string>> {
  const used = pins.filter(({ base }) => base.reachable);
  const runtime = used.find(({ base }) => base.runtime);
  return {
    ...(runtime === undefined
      ? {}
      : { [annotationKeys.baseName]: baseName(runtime.base.reference), [annotationKeys.baseDigest]: runtime.digest }),
    [annotationKeys.bases]: writeOwnRecord(distinct(used)),
    ...(source?.revision === undefined
      ? {}
      : { [annotationKeys.source]: writeSourceRecord({ ...source, revision: source.revision }) }),
  };
}

// The name is what to ask for the next version, so a tag stands in it without the digest it was held at.
function baseName(reference: Reference): string {
  return formatReference(reference.tag === undefined ? reference : withTag(reference, reference.tag));
}

function distinct(pins: readonly Pin[]): readonly { readonly reference: string; readonly digest: string }[] {
  const digests = new Map(pins.map(({ base, digest }) => [formatReference(base.reference), digest]));
  return [...digests].map(([reference, digest]) => ({ reference, digest }));
}
