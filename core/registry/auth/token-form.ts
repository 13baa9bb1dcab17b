import { fail } from '../../failure.ts';
import { type Mapping, mappingOf, parsed } from '../../json.ts';
import type { Transport, WholeReply } from '../transport/transport.ts';

const limit = 256 * 1024;

/** POSTs a form, as OAuth 2 wants it. */
export function formAnswer(
  transport: Transport,
  url: URL,
  subject: string,
  fields: Readonly<Record<string, string>>,
): Promise<WholeReply> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
  const body = () => new URLSearchParams(fields).toString();
  return transport.send({ method: 'POST', url, headers, body, kind: 'token', subject }, limit);
}

/** The fields of a JSON object; none where it is no JSON object. */
export function jsonFields(bytes: Uint8Array): Mapping {
  return mappingOf(parsed(new TextDecoder().decode(bytes))) ?? {};
}

/** Whether a text can stand in a header: anything else would split the request. */
export function isToken(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value);
}

/** A token in a field of a JSON object. */
export function textField(bytes: Uint8Array, name: string, subject: string): string {
  const value = jsonFields(bytes)[name];
  if (isToken(value)) return value;
  throw fail('malformed', subject, 'answered without a usable token');
}
