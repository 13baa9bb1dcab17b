import { type FailureCode, FailureError, fail } from '../../failure.ts';
import { field, itemsOf, parsed } from '../../json.ts';
import { retryAfterCeiling } from './retry.ts';

/** A registry's answer that is no success, with what is needed to say why. */
export interface RefusedRequest {
  readonly status: number;
  readonly bytes: Uint8Array;
  readonly attempts: number;
  readonly retryAfter?: number;
}

export interface RequestSubject {
  /** What the failure is about: the reference, or the host where it is about that. */
  readonly subject: string;
  readonly registry: string;
  /** Who answered, where it was not the registry itself. */
  readonly who?: string;
  /** Where the credentials came from; absent where none were sent. */
  readonly credentials?: string;
}

/** The typed failure of an answer that is no success. */
export function refusalFailure(refusal: RefusedRequest, asked: RequestSubject): FailureError {
  const [first] = registryErrors(refusal.bytes);
  const words = [first?.code, first?.message].filter((text) => text).join(': ');
  const why = words === '' ? '' : ` (${words})`;
  const { code, remedy, retryable } = meaning(refusal, asked);
  const times = retryable && refusal.attempts > 1 ? ` to each of ${refusal.attempts} attempts` : '';
  return fail(code, asked.subject, `${asked.who ?? 'registry'} answered ${refusal.status}${times}${why}`, remedy, {
    retryable,
  });
}

/** The same failure about another subject: that of a shared request, for one of those who waited for it. */
export function about(subject: string, thrown: unknown): unknown {
  if (!(thrown instanceof FailureError)) return thrown;
  const { code, detail, remedy, retryable } = thrown.failure;
  return fail(code, subject, detail, remedy, { retryable, cause: thrown.cause });
}

interface Meaning {
  readonly code: FailureCode;
  readonly remedy?: string;
  readonly retryable: boolean;
}

function meaning({ status, retryAfter }: RefusedRequest, { registry, credentials, who }: RequestSubject): Meaning {
  const mend =
    credentials === undefined
      ? `add credentials for ${registry}, for example with docker login ${registry}`
      : `check the credentials from ${credentials}`;
  if (status === 401) return { code: 'unauthorised', remedy: mend, retryable: false };
  if (status === 403) {
    const remedy = credentials === undefined ? mend : `give the credentials from ${credentials} access to it`;
    return { code: 'forbidden', remedy, retryable: false };
  }
  // Only the registry itself knows what it does not have; a token server or a redirect's target does not.
  if (status === 404 && who !== undefined) return { code: 'refused', retryable: false };
  if (status === 404) {
    const access =
      credentials === undefined
        ? `add credentials for ${registry} if it is private`
        : `give the credentials from ${credentials} access to it`;
    return { code: 'not-found', remedy: `check the name, or ${access}`, retryable: false };
  }
  if (status === 429)
    return { code: 'rate-limited', remedy: rateRemedy(registry, credentials, retryAfter), retryable: true };
  if (status === 408 || status === 425 || status >= 500) {
    return { code: 'unreachable', remedy: `run again when ${registry} is well`, retryable: true };
  }
  if (status >= 400) return { code: 'refused', retryable: false };
  return { code: 'malformed', remedy: `check that ${registry} is a registry`, retryable: false };
}

function rateRemedy(registry: string, credentials: string | undefined, retryAfter: number | undefined): string {
  const later =
    retryAfter !== undefined && retryAfter > retryAfterCeiling
      ? `try again in ${Math.ceil(retryAfter / 60_000)} minutes`
      : 'try again later';
  return credentials === undefined ? `add credentials for ${registry} or ${later}` : later;
}

/** The errors of a body in the form of distribution-spec, "Error Codes"; empty where it has none. */
export function registryErrors(bytes: Uint8Array): readonly { readonly code: string; readonly message: string }[] {
  const errors = itemsOf(field(parsed(new TextDecoder().decode(bytes)), 'errors'));
  return errors.slice(0, 10).map((error) => ({
    code: plainWords(field(error, 'code'), 60),
    message: plainWords(field(error, 'message'), 160),
  }));
}

/** Untrusted words as one short line without control or bidirectional characters. */
export function plainWords(value: unknown, length: number): string {
  if (typeof value !== 'string') return '';
  const line = value.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return line.length > length ? `${line.slice(0, length)}…` : line;
}
