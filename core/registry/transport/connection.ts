import { FailureError, fail } from '../../failure.ts';
import { field } from '../../json.ts';
import { plainWords } from './failures.ts';

/** The typed failure of a request that got no usable answer. */
export function connectionFailure(thrown: unknown, subject: string, host: string, attempts: number): FailureError {
  if (thrown instanceof FailureError) return thrown;
  const code = codeOf(thrown);
  const proxy = proxyRefusal(thrown);
  if (proxy !== undefined) {
    const remedy = 'check HTTPS_PROXY and the user and password in it, or name the host in NO_PROXY';
    return fail('unreachable', subject, `the proxy on the way to ${host} answered ${proxy}`, remedy, { cause: thrown });
  }
  if (isTls(code)) {
    const remedy = `trust its certificate authority with --ca-file, or name ${host} in --insecure-registry if it speaks plain HTTP`;
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
    !/^4/.test(proxyRefusal(thrown) ?? '') &&
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

// undici tells what a proxy made of CONNECT in the message only.
function proxyRefusal(thrown: unknown): string | undefined {
  const message = thrown instanceof Error ? thrown.message : '';
  return /^Proxy response \((\d{3})\)/.exec(message)?.[1];
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
  return words[code] ?? plainWords(code !== '' ? code : thrown instanceof Error ? thrown.message : String(thrown), 160);
}

function codeOf(thrown: unknown): string {
  const code = field(thrown, 'code') ?? field(field(thrown, 'cause'), 'code');
  return typeof code === 'string' ? code : '';
}
