/** What a registry last said of its limit. */
export interface RateLimit {
  readonly host: string;
  readonly remaining: number;
  readonly limit?: number;
  /** Seconds in which `limit` requests are allowed. */
  readonly window?: number;
  /** Milliseconds for which requests were held back on its account. */
  readonly slowedMs: number;
}

/** What one answer says of a limit. */
export type RateReading = Omit<RateLimit, 'slowedMs'>;

const slowest = 2_000;

/** Reads `ratelimit-limit: 100;w=21600` and `ratelimit-remaining: 98;w=21600`, as Docker Hub and GitLab send them. */
export function readRateLimit(host: string, headers: Readonly<Record<string, string>>): RateReading | undefined {
  const remaining = amount(headers['ratelimit-remaining'] ?? headers['x-ratelimit-remaining']);
  if (remaining === undefined) return undefined;
  const limit = amount(headers['ratelimit-limit'] ?? headers['x-ratelimit-limit']);
  const window = amount(/;\s*w=(\d+)/.exec(headers['ratelimit-limit'] ?? headers['ratelimit-remaining'] ?? '')?.[1]);
  return {
    host,
    remaining,
    ...(limit === undefined ? {} : { limit }),
    ...(window === undefined ? {} : { window }),
  };
}

/** Milliseconds to hold a counted request back: nothing while a tenth of the limit is left, then more with each one. */
export function paceFor(limit: Omit<RateReading, 'host'> | undefined): number {
  if (limit === undefined) return 0;
  const reserve = Math.max(5, (limit.limit ?? 0) / 10);
  if (limit.remaining >= reserve) return 0;
  return Math.round(slowest * (1 - limit.remaining / reserve));
}

function amount(text: string | undefined): number | undefined {
  const match = /^\s*(\d{1,15})\s*(?:[;,]|$)/.exec(text ?? '');
  return match === null ? undefined : Number(match[1]);
}
