import type { StoredManifest } from '../oci/manifest.ts';
import { type Reference, withDigest } from '../oci/reference.ts';
import { type FoundReference, youngestCreated } from './examine.ts';
import type { Candidate, Market, Pinned } from './question.ts';
import { lineKey, type TagAge, tagAge } from './tag-history.ts';

export type Age =
  | { readonly kind: 'of-age'; readonly notes: readonly string[] }
  | { readonly kind: 'held'; readonly until: Date; readonly detail: string };

/** Whether a cool-down holds it, and what speaks against holding it. */
export async function heldByAge(
  market: Market,
  { subject, now, needed }: Candidate,
  candidate: { readonly target: Reference; readonly manifest: StoredManifest },
): Promise<Age> {
  const { reference, choice } = subject;
  const { target, manifest } = candidate;
  if (choice.minimumAge === 0) return { kind: 'of-age', notes: [] };
  const { digest } = manifest.descriptor;
  const known = tagAge(market.history, { line: lineKey(reference), tag: target.tag ?? '', digest }, market.now);
  const created = await youngestCreated(market.registry, withDigest(target, digest), manifest, needed);
  const from = countsFrom(created, known, market.now);
  const until = ofAge(from, choice.minimumAge);
  if (until <= market.now) return { kind: 'of-age', notes: [] };
  const detail = `has been there since ${utcDay(from)} and is taken from ${utcDay(until)} on`;
  const used = usedNow(reference, now);
  const urgency = used === undefined ? undefined : await market.urgency?.(used, withDigest(target, digest), needed);
  if (urgency === undefined) return { kind: 'held', until, detail };
  if (urgency.kind === 'no') return { kind: 'held', until, detail: `${detail}; ${urgency.why}` };
  const note = `taken before it is ${choice.minimumAge} days old, because it fixes ${urgency.ids.join(', ')}`;
  return { kind: 'of-age', notes: [note] };
}

function usedNow(reference: Reference, now: FoundReference): Pinned | undefined {
  if (reference.digest !== undefined) return { ...reference, digest: reference.digest };
  return now.kind === 'image' ? withDigest(reference, now.manifest.descriptor.digest) : undefined;
}

/** The day of a time: `2026-06-14`. */
export function utcDay(date: Date): string {
  return date.toISOString().slice(0, 10);
}

const day = 24 * 3600000;
// Older than any image: a build that sets its time to the epoch, or to nothing.
const firstImages = Date.parse('2013-03-01T00:00:00Z');
/** The time from which something counts as there. */
export function countsFrom(created: string | undefined, known: TagAge, now: Date): Date {
  const stated = plausibleTime(created, now);
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

/** A time at which an image can have been made; undefined for any other. */
export function plausibleTime(created: string | undefined, now: Date): Date | undefined {
  const time = Date.parse(created ?? '');
  return time >= firstImages && time <= now.getTime() ? new Date(time) : undefined;
}

/** When something that counts from a time is so many days old. */
export function ofAge(from: Date, days: number): Date {
  return new Date(from.getTime() + days * day);
}
