import { type FailureCode, FailureError, fail } from '../failure.ts';
import { retryAfterCeiling } from './retry.ts';

/** A registry's answer that is no success, with what is needed to say why. */
export interface Refusal {
  readonly status: number;
  readonly bytes: Uint8Array;
  readonly attempts: number;
  readonly retryAfter?: number;
}

export interface Asked {
  /** What the failure is about: the reference, or the host where it is about that. */
  readonly subject: string;
  readonly registry: string;
  /** Who answered, where it was not the registry itself. */
  readonly who?: string;
  /** Where the credentials came from; absent where none were sent. */
  readonly credentials?: string;
}

/** The typed failure of an answer that is no success. */
export function refusalFailure(refusal: Refusal, asked: Asked): FailureError {
  const [first] = registryErrors(refusal.bytes);
  const words = [first?.code, first?.message].filter((text) => text).join(': ');
  const why = words === '' ? '' : ` (${words})`;
  const { code, remedy, retryable } = meaning(refusal, asked);
  const times = retryable && refusal.attempts > 1 ? ` to each of ${refusal.attempts} attempts` : '';
  return fail(code, asked.subject, `${asked.who ?? 'registry'} answered ${refusal.status}${times}${why}`, remedy, {
    retryable,
  });
}

/** The same failure about another subject: what a shared request met, told of one of those who waited for it. */
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

function meaning({ status, retryAfter }: Refusal, { registry, credentials }: Asked): Meaning {
  const mend =
    credentials === undefined ? `add credentials for ${registry}` : `check the credentials from ${credentials}`;
  if (status === 401) return { code: 'unauthorised', remedy: mend, retryable: false };
  if (status === 403) {
    const remedy = credentials === undefined ? mend : `give the credentials from ${credentials} access to it`;
    return { code: 'forbidden', remedy, retryable: false };
  }
  if (status === 404) return { code: 'not-found', retryable: false };
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
  try {
    const { errors } = JSON.parse(new TextDecoder().decode(bytes)) as { errors?: unknown };
    if (!Array.isArray(errors)) return [];
    return errors.slice(0, 10).map((error: unknown) => ({
      code: plain(field(error, 'code'), 60),
      message: plain(field(error, 'message'), 160),
    }));
  } catch {
    return [];
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

// A registry's words are untrusted: one short line without control or bidirectional characters.
function plain(value: unknown, length: number): string {
  if (typeof value !== 'string') return '';
  const line = value.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return line.length > length ? `${line.slice(0, length)}…` : line;
}

/** The typed failure of a request that got no usable answer. */
export function connectionFailure(thrown: unknown, subject: string, host: string, attempts: number): FailureError {
  if (thrown instanceof FailureError) return thrown;
  const code = codeOf(thrown);
  if (isTls(code)) {
    const remedy = `trust its certificate authority with NODE_EXTRA_CA_CERTS, or name ${host} in --insecure-registry if it speaks plain HTTP`;
    return fail('tls', subject, `no trusted TLS connection to ${host} (${code})`, remedy, { cause: thrown });
  }
  if (code.startsWith('HPE_') || code === 'UND_ERR_HEADERS_OVERFLOW') {
    return fail('malformed', subject, `${host} does not answer in HTTP (${code})`, `check that ${host} is a registry`, {
      cause: thrown,
    });
  }
  if (code === 'UND_ERR_INVALID_ARG' || code === 'ERR_INVALID_URL' || code === 'ERR_INVALID_CHAR') {
    return fail('malformed', subject, `${host} cannot be asked (${code})`, 'check how it is written', {
      cause: thrown,
    });
  }
  const times = attempts > 1 ? ` in ${attempts} attempts` : '';
  const remedy = 'check the host name, the network and the proxy settings';
  return fail('unreachable', subject, `${host} did not answer${times} (${reason(thrown, code)})`, remedy, {
    retryable: true,
    cause: thrown,
  });
}

/** Whether another attempt could fare better than this error. */
export function mayPass(thrown: unknown): boolean {
  if (thrown instanceof FailureError) return thrown.failure.retryable;
  const code = codeOf(thrown);
  return (
    !isTls(code) &&
    !['UND_ERR_INVALID_ARG', 'ERR_INVALID_URL', 'ERR_INVALID_CHAR', 'UND_ERR_HEADERS_OVERFLOW'].includes(code)
  );
}

/** Whether a failure is of the host as a whole: nothing was ever connected, whatever was asked. */
export function isHostFailure(failure: FailureError): boolean {
  const codes = [
    'ENOTFOUND',
    'EAI_AGAIN',
    'ECONNREFUSED',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ETIMEDOUT',
    'UND_ERR_CONNECT_TIMEOUT',
  ];
  return codes.includes(codeOf(failure.cause));
}

function isTls(code: string): boolean {
  return /^(?:ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|EPROTO|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH)/.test(
    code,
  );
}

const words: Readonly<Record<string, string>> = {
  ENOTFOUND: 'no such host name',
  EAI_AGAIN: 'the name service did not answer',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  UND_ERR_SOCKET: 'connection closed',
  UND_ERR_CONNECT_TIMEOUT: 'connecting took too long',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped coming',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the answer ended early',
};

function reason(thrown: unknown, code: string): string {
  if (thrown instanceof Error && (thrown.name === 'TimeoutError' || thrown.name === 'AbortError'))
    return 'no answer in time';
  return words[code] ?? plain(code !== '' ? code : thrown instanceof Error ? thrown.message : String(thrown), 160);
}

function codeOf(thrown: unknown): string {
  const code = field(thrown, 'code') ?? field(field(thrown, 'cause'), 'code');
  return typeof code === 'string' ? code : '';
}
