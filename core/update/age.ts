import type { Known } from './ledger.ts';

const day = 24 * 3_600_000;
// Older than any image: a build that sets its time to the epoch, or to nothing.
const firstImages = Date.parse('2013-03-01T00:00:00Z');

/** The time from which something counts as there. */
export function countsFrom(created: string | undefined, known: Known, now: Date): Date {
  const stated = plausible(created, now);
  switch (known.kind) {
    case 'unwatched':
      return stated ?? now;
    case 'from-the-start':
      return stated ?? known.since;
    case 'appeared':
      // It may have been made long before it was published, and who publishes can state any time.
      return stated === undefined || known.since > stated ? known.since : stated;
  }
}

function plausible(created: string | undefined, now: Date): Date | undefined {
  const time = Date.parse(created ?? '');
  return time >= firstImages && time <= now.getTime() ? new Date(time) : undefined;
}

/** When something that counts from a time is so many days old. */
export function ofAge(from: Date, days: number): Date {
  return new Date(from.getTime() + days * day);
}
