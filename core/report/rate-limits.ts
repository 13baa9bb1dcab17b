import type { RateLimit } from '../registry/transport/rate-limit.ts';
import { visibleText } from '../text/escape.ts';
import { counted, duration } from '../text/words.ts';
import type { RefreshReport } from './report.ts';

type Requests = RefreshReport['requests'];

/** A sentence for each registry host that stated its rate limit. */
export function rateLimitWords({ rateLimits = [] }: Requests): readonly string[] {
  return rateLimits.map(({ host, remaining, limit, window, slowedMs }) => {
    const requests =
      limit === undefined ? counted(remaining, 'request') : `${remaining} of ${counted(limit, 'request')}`;
    const per = window === undefined ? '' : ` per ${span(window)}`;
    const slowed = slowedMs === 0 ? '' : `; requests were held back for ${duration(slowedMs)} in all`;
    return visibleText(`${host} has ${requests}${per} left${slowed}.`);
  });
}

function span(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600} h`;
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}

/** The limits of two runs, the later last: a host's last word counts, and what was waited adds up. */
export function mergedLimits(
  earlier: Requests['rateLimits'] = [],
  later: Requests['rateLimits'] = [],
): Pick<Requests, 'rateLimits'> {
  const merged = new Map<string, RateLimit>();
  for (const rate of [...earlier, ...later]) {
    merged.set(rate.host, { ...rate, slowedMs: rate.slowedMs + (merged.get(rate.host)?.slowedMs ?? 0) });
  }
  return merged.size === 0 ? {} : { rateLimits: [...merged.values()] };
}
