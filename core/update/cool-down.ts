import type { StoredManifest } from '../oci/manifest.ts';
import { type Reference, withDigest } from '../oci/reference.ts';
import { countsFrom, ofAge } from './age.ts';
import { createdOf, type Found } from './examine.ts';
import { knownOf, lineKey } from './ledger.ts';
import type { Candidate, Market, Pinned } from './question.ts';

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
  const known = knownOf(market.ledger, { line: lineKey(reference), tag: target.tag ?? '', digest }, market.now);
  const created = await createdOf(market.registry, withDigest(target, digest), manifest, needed);
  const from = countsFrom(created, known, market.now);
  const until = ofAge(from, choice.minimumAge);
  if (until <= market.now) return { kind: 'of-age', notes: [] };
  const detail = `has been there since ${dayOf(from)} and is taken from ${dayOf(until)} on`;
  const used = usedNow(reference, now);
  const urgency = used === undefined ? undefined : await market.urgency?.(used, withDigest(target, digest), needed);
  if (urgency === undefined) return { kind: 'held', until, detail };
  if (urgency.kind === 'no') return { kind: 'held', until, detail: `${detail}; ${urgency.why}` };
  const note = `taken before it is ${choice.minimumAge} days old, because it fixes ${urgency.ids.join(', ')}`;
  return { kind: 'of-age', notes: [note] };
}

function usedNow(reference: Reference, now: Found): Pinned | undefined {
  if (reference.digest !== undefined) return { ...reference, digest: reference.digest };
  return now.kind === 'image' ? withDigest(reference, now.manifest.descriptor.digest) : undefined;
}

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}
