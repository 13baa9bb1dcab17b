import { readAttached } from '../../baseline/attached-documents.ts';
import { attempt, describeFailure, type Failure } from '../../failure.ts';
import type { Digest } from '../../oci/digest.ts';
import { formatReference, type Reference } from '../../oci/reference.ts';
import type { Registry } from '../../registry/registry.ts';
import type { ReadIgnores } from '../ignore/ignores.ts';
import { exceptionsIn, readVexDocument } from './read.ts';

// Documents as they are; in statements they are the predicate.
const documentTypes =
  /^application\/(?:(?:vnd\.)?openvex\+json|vnd\.cyclonedx\+json|vnd\.csaf\+json|csaf\+json)(?:;|$)/;
const predicateTypes = /^https:\/\/(?:openvex\.dev\/ns|cyclonedx\.org\/(?:vex|bom)|docs\.oasis-open\.org\/csaf)/;

/**
 * The exceptions of VEX documents that stand beside an image. Whoever may push there may attach them: they are believed
 * as the image is. What cannot be read accepts nothing, and is reported.
 */
export async function vexBeside(
  registry: Registry,
  image: Reference & { readonly digest: Digest },
  subject: Reference | undefined,
): Promise<ReadIgnores> {
  const place = `referrers of ${formatReference(image)}`;
  const read = await attempt(place, () =>
    readAttached(registry, image, image.digest, (type) => documentTypes.test(type)),
  );
  if (read.kind === 'failed') return unread(read.failure);
  if (read.value.refusal !== undefined) return unread(read.value.refusal);
  // What was not read may take back what was.
  if (read.value.unread > 0) {
    return {
      exceptions: [],
      skipped: [`${place}: there are ${read.value.unread} too many to read, so their VEX documents accept nothing`],
    };
  }
  const found = read.value.documents.flatMap(({ document, referrer }) => {
    const vex = vexIn(document);
    return vex === undefined ? [] : [{ vex, source: `${image.registry}/${image.repository}@${referrer}` }];
  });
  const outcomes = await Promise.all(
    found.map(({ vex, source }) => attempt(source, async () => readVexDocument(JSON.stringify(vex), source))),
  );
  const broken = outcomes.flatMap((outcome) => (outcome.kind === 'failed' ? [describeFailure(outcome.failure)] : []));
  const documents = outcomes.flatMap((outcome) => (outcome.kind === 'done' ? [outcome.value] : []));
  const { exceptions, skipped } = exceptionsIn(documents, subject);
  return { exceptions, skipped: [...broken, ...skipped] };
}

function unread(failure: Failure): ReadIgnores {
  return { exceptions: [], skipped: [`their VEX documents are unknown: ${describeFailure(failure)}`] };
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
