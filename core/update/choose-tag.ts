import type { Digest } from '../oci/digest.ts';
import type { StoredManifest } from '../oci/manifest.ts';
import { formatPlatform, type Platform } from '../oci/platform.ts';
import { type Reference, withDigest, withTag } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import { countsFrom, ofAge } from './age.ts';
import { compareMain } from './compare-tags.ts';
import type { HeldCandidate, Subject } from './decide.ts';
import { createdOf, type Found, find, missingFrom } from './examine.ts';
import { knownOf, type Ledger, lineKey, type Sighting } from './ledger.ts';
import { type NewerTag, newerTags, type TagRules } from './newer-tags.ts';
import { parseTag } from './tag-version.ts';
import type { UpdateKind } from './update.ts';

/** Whether something newer mends what the gate would refuse of what is used. */
export type Urgency =
  | { readonly kind: 'mends'; readonly ids: readonly string[] }
  | { readonly kind: 'no'; readonly why: string };

type Pinned = Reference & { readonly digest: Digest };

/** What decisions are made with. */
export interface Market {
  readonly registry: Registry;
  readonly ledger: Ledger;
  readonly now: Date;
  readonly repairPins: boolean;
  /** Compares what is used with what would be; undefined where the user wants no scans for it. */
  readonly urgency?: (used: Pinned, candidate: Pinned, platforms: readonly Platform[]) => Promise<Urgency>;
}

/** A reference under question: what its tag names now, and the platforms that it must be there for. */
export interface Candidate {
  readonly subject: Subject;
  readonly named: Reference;
  readonly now: Found;
  readonly needed: readonly Platform[];
}

/** The tag that is taken. */
export interface Chosen {
  readonly target: Reference;
  readonly digest: Digest;
  readonly kind: UpdateKind;
  readonly notes: readonly string[];
}

export interface Choosing {
  readonly taken: Chosen | undefined;
  readonly held: readonly HeldCandidate[];
  readonly sightings: readonly Sighting[];
}

// Each costs requests; what so many newer ones cannot offer is not to be had.
const mostExamined = 20;

/** The newest tag that may be taken, and what is newer still and may not. */
export async function chooseTag(market: Market, question: Candidate): Promise<Choosing> {
  const { reference, choice } = question.subject;
  const rules = rulesOf(question.subject);
  const current = parseTag(reference.tag ?? '');
  if (rules === undefined || (current.main === undefined && choice.suffix === 'keep')) return none;
  const tags = await market.registry.tags(reference);
  const newer = newerTags(reference, current.tag, tags, rules);
  const others = onlyOtherSuffix(question, tags, rules, newer[0]);
  const held: HeldCandidate[] = [];
  const line = lineKey(reference);
  const sightings: Sighting[] = newer.map(({ tag }) => ({ line, tag }));
  for (const candidate of newer.slice(0, mostExamined)) {
    const looked = await lookAt(market, question, candidate);
    if (looked.kind === 'gone') continue;
    sightings.push({ line, tag: candidate.tag, ...(looked.digest === undefined ? {} : { digest: looked.digest }) });
    if (looked.kind === 'taken') return { taken: looked.chosen, held: [...held, ...others], sightings };
    if (!held.some(({ reason }) => reason === looked.held.reason)) held.push(looked.held);
  }
  return { taken: undefined, held: [...held, ...others], sightings };
}

const none: Choosing = { taken: undefined, held: [], sightings: [] };

function rulesOf({ choice }: Subject): TagRules | undefined {
  const { policy, suffix, longTermOnly, longTermMajors, preReleases, allow, ignore } = choice;
  if (policy === 'digest' || policy === 'off') return undefined;
  return {
    policy,
    mayMoveSuffix: suffix === 'move',
    longTermOnly,
    preReleases,
    ignore,
    ...(longTermMajors === undefined ? {} : { longTermMajors }),
    ...(allow === undefined ? {} : { allow }),
  };
}

type Looked =
  | { readonly kind: 'gone' }
  | { readonly kind: 'taken'; readonly chosen: Chosen; readonly digest: Digest }
  | { readonly kind: 'held'; readonly held: HeldCandidate; readonly digest?: Digest };

async function lookAt(market: Market, question: Candidate, { tag, kind }: NewerTag): Promise<Looked> {
  const target = withTag(question.named, tag);
  const found = await find(market.registry, target);
  // Listed, and removed since.
  if (found.kind === 'absent') return { kind: 'gone' };
  if (found.kind === 'not-an-image') {
    return { kind: 'held', held: { target, kind, reason: 'not-an-image', detail: found.detail } };
  }
  const { manifest } = found;
  const { digest } = manifest.descriptor;
  const missing = missingFrom(found.platforms, question.needed);
  if (missing.length > 0) {
    return {
      kind: 'held',
      digest,
      held: { target, kind, reason: 'platform', detail: missingDetail(missing), missing },
    };
  }
  const age = await heldByAge(market, question, { target, manifest });
  if (age.kind === 'held') {
    const { detail, until } = age;
    return { kind: 'held', digest, held: { target, kind, reason: 'minimum-age', detail, until } };
  }
  return { kind: 'taken', digest, chosen: { target, digest, kind, notes: age.notes } };
}

/** Words for platforms that are not there. */
export function missingDetail(missing: readonly Platform[]): string {
  return `is not there for ${missing.map(formatPlatform).join(', ')}`;
}

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
  const note = `taken before it is ${choice.minimumAge} days old, because it mends ${urgency.ids.join(', ')}`;
  return { kind: 'of-age', notes: [note] };
}

function usedNow(reference: Reference, now: Found): Pinned | undefined {
  if (reference.digest !== undefined) return { ...reference, digest: reference.digest };
  return now.kind === 'image' ? withDigest(reference, now.manifest.descriptor.digest) : undefined;
}

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}

// Who stands on -alpine3.19 should hear that newer versions come on later ones only.
function onlyOtherSuffix(
  { subject, named }: Candidate,
  tags: readonly string[],
  rules: TagRules,
  newest: NewerTag | undefined,
): readonly HeldCandidate[] {
  if (rules.mayMoveSuffix) return [];
  const { tag = '' } = subject.reference;
  const [best] = newerTags(named, tag, tags, { ...rules, mayMoveSuffix: true });
  const known = parseTag(newest?.tag ?? tag);
  if (best === undefined || compareMain(known.main, parseTag(best.tag).main) >= 0) return [];
  const detail = 'is there with a later suffix only; suffix: move would take it';
  return [{ target: withTag(named, best.tag), kind: best.kind, reason: 'suffix', detail }];
}
