/** Times a request is sent before its failure stands. */
export const defaultAttempts = 5;
const base = 250;
const ceiling = 15_000;
/** A registry that asks for less still gets this much time: some answer "488µs" while they are overloaded. */
const retryAfterFloor = 1_000;
/** A registry that asks for more gets no further request: waiting would look like hanging, asking sooner is abuse. */
export const retryAfterCeiling = 120_000;

/** Statuses that a later attempt may not meet again. */
export function isRetryable(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || (status >= 500 && status !== 501 && status !== 505);
}

/** Milliseconds that a Retry-After header asks for (RFC 9110, 10.2.3), undefined where it says nothing usable. */
export function parseRetryAfter(header: string | undefined, now: Date): number | undefined {
  const text = header?.split(',')[0]?.trim() ?? '';
  if (/^\d+(\.\d+)?s?$/.test(text)) return Number.parseFloat(text) * 1000;
  const date = /[a-z]{3}/i.test(header ?? '') ? Date.parse(header ?? '') : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now.getTime());
}

export type Wait =
  | { readonly kind: 'wait'; readonly milliseconds: number }
  | { readonly kind: 'too-long'; readonly milliseconds: number };

/** How long to wait after a failed attempt (1 is the first): what the registry asked for within bounds, else full jitter. */
export function waitAfter(
  attempt: number,
  answer: { readonly status?: number; readonly retryAfter?: number },
  random: number,
): Wait {
  const jitter = Math.round(random * Math.min(ceiling, base * 2 ** (attempt - 1)));
  if (answer.retryAfter !== undefined) {
    if (answer.retryAfter > retryAfterCeiling) return { kind: 'too-long', milliseconds: answer.retryAfter };
    return { kind: 'wait', milliseconds: Math.max(retryAfterFloor, answer.retryAfter) + jitter };
  }
  return { kind: 'wait', milliseconds: answer.status === 429 ? retryAfterFloor + jitter : jitter };
}
