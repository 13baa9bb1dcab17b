import * as v from 'valibot';
import { createBound } from '../../bound.ts';
import { fail } from '../../failure.ts';
import { parseJson } from '../../json.ts';
import type { Reference } from '../../oci/reference.ts';
import type { ReadIgnores } from '../ignore/ignores.ts';
import { csafVex, readCsafVex } from './csaf.ts';
import { cycloneDxVex, readCycloneDxVex } from './cyclonedx.ts';
import { openVex, readOpenVex } from './openvex.ts';
import { exceptionsOf, type VexStatement } from './statements.ts';

/** A VEX document, read: its statements, oldest first, and when it was made. */
export interface VexDocument {
  readonly statements: readonly VexStatement[];
  /** Milliseconds since 1970; undefined where it does not say. */
  readonly at: number | undefined;
}

/** Reads an OpenVEX, CycloneDX or CSAF VEX document; throws `config` where it is none. */
export function readVexDocument(text: string, file: string): VexDocument {
  const document = parse(text, file);
  const statements = statementsIn(document, file).map((statement) => ({ ...statement, source: file }));
  return { statements, at: dateOf(document) };
}

/**
 * The exceptions of documents about an image or its packages, whichever of them is the latest about each. What does not
 * say when it was made takes back what the others accept, and accepts nothing that they take back.
 */
export function exceptionsIn(documents: readonly VexDocument[], image: Reference | undefined): ReadIgnores {
  const [only, ...more] = documents;
  if (only !== undefined && more.length === 0) return exceptionsOf(only.statements, image);
  const dated = documents.flatMap(({ statements, at }) =>
    statements.map((statement) => ({ statement, at: at ?? (statement.harmless ? 0 : Number.POSITIVE_INFINITY) })),
  );
  const ordered = dated.toSorted((a, b) => (a.at === b.at ? 0 : a.at - b.at)).map(({ statement }) => statement);
  return exceptionsOf(ordered, image);
}

// OpenVEX `timestamp`, CycloneDX `metadata.timestamp`, CSAF `document.tracking.current_release_date`.
function dateOf(document: unknown): number | undefined {
  const read = v.safeParse(dates, document);
  if (!read.success) return undefined;
  const { last_updated: updated, timestamp, metadata, document: csaf } = read.output;
  const said = updated ?? timestamp ?? metadata?.timestamp ?? csaf?.tracking?.current_release_date ?? '';
  const at = Date.parse(said);
  return Number.isNaN(at) ? undefined : at;
}

const text = v.optional(v.string());
const dates = v.object({
  last_updated: text,
  timestamp: text,
  metadata: v.optional(v.object({ timestamp: text })),
  document: v.optional(v.object({ tracking: v.optional(v.object({ current_release_date: text })) })),
});

function parse(text: string, file: string): unknown {
  try {
    return parseJson(text);
  } catch {
    throw fail('config', file, 'is not whole JSON', 'give an OpenVEX, CycloneDX or CSAF document');
  }
}

// Every name of a vulnerability is a statement about every product that is listed.
const mostStatements = 100_000;

function statementsIn(document: unknown, file: string): readonly VexStatement[] {
  const kind = v.safeParse(v.record(v.string(), v.unknown()), document);
  const keys = kind.success ? kind.output : {};
  const spend = createBound(file, mostStatements, 'statements about products', 'leave out what is about other images');
  if ('@context' in keys) return readOpenVex(checked(openVex, document, file, 'OpenVEX'), spend);
  if ('bomFormat' in keys) return readCycloneDxVex(checked(cycloneDxVex, document, file, 'CycloneDX'));
  if ('document' in keys) return readCsafVex(checked(csafVex, document, file, 'CSAF'), spend);
  throw fail('config', file, 'is not a VEX document', 'give an OpenVEX, CycloneDX or CSAF document');
}

function checked<T extends v.GenericSchema>(
  schema: T,
  document: unknown,
  file: string,
  format: string,
): v.InferOutput<T> {
  const read = v.safeParse(schema, document, { abortEarly: true });
  if (read.success) return read.output;
  const place = v.getDotPath(read.issues[0]) ?? 'its top';
  throw fail('config', file, `is not valid ${format} at ${place}`, 'fix the document, or leave it out');
}
