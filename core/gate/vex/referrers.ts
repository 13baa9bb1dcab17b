import { readAttached } from '../../baseline/attached-documents.ts';
import { attempt, describeFailure, type Failure } from '../../failure.ts';
import type { Digest } from '../../oci/digest.ts';
import { formatReference, type Reference } from '../../oci/reference.ts';
import type { Registry } from '../../registry/registry.ts';
import { readVexDocument, type VexOfImage, vexFor } from './read.ts';

// Documents as they are; in statements they are the predicate.
const documentTypes =
  /^application\/(?:(?:vnd\.)?openvex\+json|vnd\.cyclonedx\+json|vnd\.csaf\+json|csaf\+json)(?:;|$)/;
const predicateTypes = /^https:\/\/(?:openvex\.dev\/ns|cyclonedx\.org\/(?:vex|bom)|docs\.oasis-open\.org\/csaf)/;

/**
 * What VEX documents that stand beside an image say of it. Whoever may push there may attach them: they are believed
 * as the image is. What cannot be read accepts nothing, and is reported.
 */
export async function vexBeside(
  registry: Registry,
  image: Reference & { readonly digest: Digest },
): Promise<VexOfImage> {
  const place = `referrers of ${formatReference(image)}`;
  const listed = await attempt(place, () =>
    readAttached(registry, image, image.digest, (type) => documentTypes.test(type)),
  );
  if (listed.kind === 'failed') return unread(listed.failure);
  if (listed.value.refusal !== undefined) return unread(listed.value.refusal);
  // What was not read may take back what was.
  if (listed.value.unread > 0) {
    return {
      entries: [],
      notes: [`${place}: there are ${listed.value.unread} too many to read, so their VEX documents accept nothing`],
    };
  }
  const found = listed.value.documents.flatMap(({ document, referrer }) => {
    const vex = vexIn(document);
    return vex === undefined ? [] : [{ vex, source: `${image.registry}/${image.repository}@${referrer}` }];
  });
  const outcomes = await Promise.all(
    found.map(({ vex, source }) => attempt(source, async () => readVexDocument(JSON.stringify(vex), source))),
  );
  const read = outcomes.map((outcome) =>
    outcome.kind === 'done'
      ? vexFor(outcome.value, [image])
      : { entries: [], notes: [describeFailure(outcome.failure)] },
  );
  return { entries: read.flatMap(({ entries }) => entries), notes: read.flatMap(({ notes }) => notes) };
}

function unread(failure: Failure): VexOfImage {
  return { entries: [], notes: [`their VEX documents are unknown: ${describeFailure(failure)}`] };
}

// A bill of materials says of vulnerabilities only where it lists some.
function vexIn(document: unknown): unknown {
  if (typeof document !== 'object' || document === null) return undefined;
  if (!('predicateType' in document)) return 'subject' in document ? undefined : onlyVex(document);
  const { predicateType } = document;
  if (typeof predicateType !== 'string' || !predicateTypes.test(predicateType)) return undefined;
  return 'predicate' in document ? onlyVex(document.predicate) : undefined;
}

function onlyVex(document: unknown): unknown {
  if (typeof document !== 'object' || document === null) return undefined;
  return 'bomFormat' in document && !('vulnerabilities' in document) ? undefined : document;
}
