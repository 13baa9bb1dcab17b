import * as v from 'valibot';
import { FailureError, fail } from '../failure.ts';
import { parseJson, withoutNulls } from '../json.ts';
import type { Files } from '../ports.ts';
import { decodeText, withoutMark } from '../text/decode.ts';

/** Whose report is read, and of what. */
export interface ReportOf {
  /** As people know the tool: "Trivy". */
  readonly tool: string;
  /** The image. */
  readonly subject: string;
}

/** The text of the report that a tool wrote into a file, whatever its encoding; throws `scan-failed` where it has none. */
export async function readReportFile(files: Files, path: string, of: ReportOf): Promise<string> {
  const bytes = await files.read(path);
  try {
    return decodeText(bytes, of.subject);
  } catch (error) {
    throw unusable(of, error instanceof FailureError ? error.failure.detail : 'cannot be read');
  }
}

/**
 * A tool's JSON report by its schema, in which what is null counts as absent; throws `scan-failed` where it is torn or of
 * another schema.
 */
export function readDocument<T extends v.GenericSchema>(schema: T, json: string, of: ReportOf): v.InferOutput<T> {
  let document: unknown;
  try {
    document = withoutNulls(parseJson(withoutMark(json)));
  } catch {
    throw unusable(of, json.trim() === '' ? 'is empty' : 'is not whole JSON');
  }
  const checked = v.safeParse(schema, document, { abortEarly: true });
  if (checked.success) return checked.output;
  throw unusable(of, `is not of the known schema at ${v.getDotPath(checked.issues[0]) ?? 'its top'}`);
}

/** The failure of a report that cannot be believed. */
export function unusable({ tool, subject }: ReportOf, fact: string): FailureError {
  return fail('scan-failed', subject, `${tool}'s report ${fact}`, `run ${tool} by hand on it to see why`);
}
