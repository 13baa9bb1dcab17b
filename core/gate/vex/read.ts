import * as v from 'valibot';
import { createBound } from '../../bound.ts';
import { fail } from '../../failure.ts';
import { parseJson, withoutNulls } from '../../json.ts';
import type { Reference } from '../../oci/reference.ts';
import { quoted } from '../../settings/value.ts';
import { given } from '../../table.ts';
import type { PolicyException, VexEntry } from '../policy.ts';
import { csafVex, readCsafVex } from './csaf.ts';
import { cycloneDxVex, readCycloneDxVex } from './cyclonedx.ts';
import { openVex, readOpenVex } from './openvex.ts';
import { placeInImage, type VexPlace } from './place.ts';
import type { VexStatement } from './statement.ts';

/** Reads the statements of an OpenVEX, CycloneDX or CSAF VEX document; throws `config` where it is not one. */
export function readVexDocument(text: string, file: string): readonly VexStatement[] {
  return statementsIn(parse(text, file), file);
}

/** What VEX documents say of an image and its packages, and for each document what of it counts for nothing here. */
export interface VexOfImage {
  readonly entries: readonly VexEntry[];
  readonly notes: readonly string[];
}

/** The statements of a document that are about an image, known by these references, or about packages. */
export function vexFor(statements: readonly VexStatement[], image: readonly Reference[]): VexOfImage {
  const placed = statements.map((statement) => ({
    statement,
    place: placeInImage(statement.chain, image, !statement.harmless),
  }));
  const entries = placed.flatMap(({ statement, place }) =>
    typeof place === 'string' ? [] : [entryOf(statement, place)],
  );
  const [first] = statements;
  if (first === undefined || entries.length === statements.length) return { entries, notes: [] };
  const parts = (['elsewhere', 'unclear'] as const).flatMap((kind) => {
    const [one, ...more] = placed.flatMap(({ statement, place }) => (place === kind ? [nameOf(statement)] : []));
    return one === undefined ? [] : [`${1 + more.length} ${skippedWords[kind]}${one}`];
  });
  return { entries, notes: [`${first.source}: of ${statements.length} statements ${parts.join(', and ')}`] };
}

const skippedWords = {
  elsewhere: 'about other products are not applied, such as ',
  unclear: 'whose product is identified by nothing that can be compared accept nothing, such as ',
};

function nameOf({ chain }: VexStatement): string {
  return quoted(chain.map(({ name }) => name).join(' > '));
}

// What does not say when it was made takes back what the others accept, and accepts nothing that they take back.
function entryOf({ names, harmless, at, reason, source, chain }: VexStatement, place: VexPlace): VexEntry {
  if (!harmless) return { names, place, at: at ?? Number.POSITIVE_INFINITY };
  const purl = place.packages === undefined ? undefined : chain.at(-1)?.purls[0];
  const exception: PolicyException = { id: names[0] ?? '', reason, source, ...given('purl', purl) };
  return { names, place, at: at ?? 0, exception };
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
    return withoutNulls(parseJson(text));
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
  const at = dateOf(document);
  if ('@context' in keys) return readOpenVex(checked(openVex, document, file, 'OpenVEX'), at, file, spend);
  if ('bomFormat' in keys) return readCycloneDxVex(checked(cycloneDxVex, document, file, 'CycloneDX'), at, file, spend);
  if ('document' in keys) return readCsafVex(checked(csafVex, document, file, 'CSAF'), at, file, spend);
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
  throw fail(
    'config',
    file,
    `is not valid ${format} at ${v.getDotPath(read.issues[0])}`,
    'fix the document, or leave it out',
  );
}
