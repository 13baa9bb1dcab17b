import * as v from 'valibot';
import { fail } from '../../failure.ts';
import type { Reference } from '../../oci/reference.ts';
import type { ReadIgnores } from '../ignore/ignores.ts';
import { csafVex, readCsafVex } from './csaf.ts';
import { cycloneDxVex, readCycloneDxVex } from './cyclonedx.ts';
import { openVex, readOpenVex } from './openvex.ts';
import { exceptionsOf, type VexStatement } from './statements.ts';

/** Reads an OpenVEX, CycloneDX or CSAF VEX document about an image or its packages; throws `config` where it is none. */
export function readVex(text: string, file: string, image: Reference | undefined): ReadIgnores {
  return exceptionsOf(statementsIn(parse(text, file), file), image, file);
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw fail('config', file, 'is not whole JSON', 'give an OpenVEX, CycloneDX or CSAF document');
  }
}

function statementsIn(document: unknown, file: string): readonly VexStatement[] {
  const kind = v.safeParse(v.record(v.string(), v.unknown()), document);
  const keys = kind.success ? kind.output : {};
  if ('@context' in keys) return readOpenVex(checked(openVex, document, file, 'OpenVEX'));
  if ('bomFormat' in keys) return readCycloneDxVex(checked(cycloneDxVex, document, file, 'CycloneDX'));
  if ('document' in keys) return readCsafVex(checked(csafVex, document, file, 'CSAF'));
  throw fail('config', file, 'is no VEX document', 'give an OpenVEX, CycloneDX or CSAF document');
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
  throw fail('config', file, `is not valid ${format} at ${place}`, 'mend the document, or leave it out');
}
