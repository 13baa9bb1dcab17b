import { attempt, type Failure, fail } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';
import { formatPlatform, type Platform } from '../oci/platform.ts';
import { formatReference, type Reference, withDigest, withTag } from '../oci/reference.ts';
import { type Chosen, chooseTag } from './choose-tag.ts';
import { heldByAge } from './cool-down.ts';
import { type EndedProduct, endOfLifeOf } from './end-of-life.ts';
import {
  digestFor,
  type FoundReference,
  find,
  missingDetail,
  missingFrom,
  type PinState,
  pinnedPlatform,
  pinState,
} from './examine.ts';
import type { Candidate, HeldCandidate, Market, Pinned, UpdateSubject } from './question.ts';
import { replacementFor } from './replacements.ts';
import { lineKey, type SeenTag } from './tag-history.ts';
import { parseTag } from './tag-version.ts';
import type { HoldReason, PinnedReference, Unchanged, UpdateKind } from './update.ts';

export type UpdateOutcome =
  | {
      readonly kind: 'move';
      readonly target: Reference;
      readonly updateKind: UpdateKind;
      readonly notes: readonly string[];
    }
  | { readonly kind: 'stay'; readonly why: Unchanged['why'] | 'held' }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** What becomes of one reference. */
export interface Decision {
  readonly subject: UpdateSubject;
  readonly outcome: UpdateOutcome;
  readonly held: readonly HeldCandidate[];
  readonly pin?: { readonly state: PinnedReference['state']; readonly replacement?: Reference };
  readonly sightings: readonly SeenTag[];
  /** What of it gets no more fixes; absent where nothing is known to have ended. */
  readonly ended?: readonly EndedProduct[];
}

/** Decides what a reference should move to; what cannot be looked up is a failure of this reference alone. */
export async function decideUpdate(market: Market, subject: UpdateSubject): Promise<Decision> {
  const { reference, choice, isOwn, unknown } = subject;
  const nothing = { subject, held: [], sightings: [] };
  if (choice.policy === 'off') return { ...nothing, outcome: { kind: 'stay', why: 'off' } };
  if (isOwn) return { ...nothing, outcome: { kind: 'stay', why: 'own-image' } };
  if (unknown !== undefined) return { ...nothing, outcome: { kind: 'failed', failure: unknown } };
  const decided = await attempt(formatReference(reference), () =>
    reference.tag === undefined ? untagged(market, subject) : tagged(market, subject, reference.tag),
  );
  const ended = endOfLifeOf(reference, choice, market.now);
  const replaced = replacementFor(reference, choice);
  if (decided.kind === 'failed') {
    return { ...nothing, held: replaced, ended, outcome: { kind: 'failed', failure: decided.failure } };
  }
  const { outcome, held } = decided.value;
  const isHeld = outcome.kind === 'stay' && replaced.length > 0;
  const stays: UpdateOutcome = isHeld ? { kind: 'stay', why: 'held' } : outcome;
  return { ...decided.value, outcome: stays, held: [...held, ...replaced], ended };
}

// Nothing says what would be newer than content without a name.
async function untagged(market: Market, subject: UpdateSubject): Promise<Decision> {
  const found = await find(market.registry, subject.reference);
  const state = found.kind === 'absent' ? 'vanished' : 'untagged';
  return { subject, outcome: { kind: 'stay', why: 'untagged-pin' }, held: [], pin: { state }, sightings: [] };
}

async function tagged(market: Market, subject: UpdateSubject, tag: string): Promise<Decision> {
  const { reference } = subject;
  const named = withTag(reference, tag);
  const now = await find(market.registry, named);
  if (now.kind === 'not-an-image') throw fail('malformed', formatReference(named), now.detail, 'use an image as base');
  const pinned = reference.digest === undefined ? undefined : { ...reference, digest: reference.digest };
  const pin = pinned === undefined ? undefined : await pinOf(market, pinned, now);
  // Who holds the manifest of one platform stays on that platform.
  const isOfOne = pinned !== undefined && pin?.state === 'platform-manifest' && !market.repairPins;
  const follows = isOfOne ? await pinnedPlatform(market.registry, pinned) : undefined;
  const needed = [...neededPlatforms(subject, now), ...(follows === undefined ? [] : [follows])];
  const question: Candidate = { subject, named, now, needed };
  const chosen = await chooseTag(market, question);
  const { held, sightings } = chosen;
  const common = { subject, held, sightings, ...(pin === undefined ? {} : { pin }) };
  if (chosen.taken !== undefined) {
    const taken = follows === undefined ? chosen.taken : await takenFor(market, chosen.taken, follows);
    return { ...common, outcome: tagMove(subject, taken, pin?.state, follows) };
  }
  if (now.kind === 'absent') {
    throw fail(
      'tag-gone',
      formatReference(named),
      'its repository has no such tag, and none that may stand in its place',
    );
  }
  const { digest } = now.manifest.descriptor;
  if (pin === undefined) return unpinned(question, common, digest);
  const own = follows === undefined ? undefined : await digestFor(market.registry, named, digest, follows);
  return repin(market, question, { ...common, pin }, own ?? digest, follows);
}

function neededPlatforms({ platforms, unstated }: UpdateSubject, now: FoundReference): readonly Platform[] {
  if (unstated === undefined) return platforms;
  // An image that is not for the builder's platform at all, such as one of Windows, is used on what it offers.
  const offered = now.kind === 'image' ? now.platforms : [];
  const isOffered = offered.length === 0 || missingFrom(offered, [unstated]).length === 0;
  return [...platforms, ...(isOffered ? [unstated] : offered.map(({ osVersion: _, ...platform }) => platform))];
}

async function pinOf(market: Market, pinned: Pinned, now: FoundReference) {
  const state: PinState = await pinState(market.registry, pinned, now);
  if (state === 'current' || now.kind !== 'image') return { state };
  return { state, replacement: withDigest(pinned, now.manifest.descriptor.digest) };
}

async function takenFor({ registry }: Market, taken: Chosen, platform: Platform): Promise<Chosen> {
  const digest = await digestFor(registry, taken.target, taken.digest, platform);
  return digest === undefined ? taken : { ...taken, digest };
}

function tagMove(
  { reference, choice }: UpdateSubject,
  taken: Chosen,
  pin: PinState | undefined,
  follows: Platform | undefined,
): UpdateOutcome {
  const isPinned = reference.digest !== undefined || choice.pinDigests;
  const target = isPinned ? withDigest(taken.target, taken.digest) : taken.target;
  return { kind: 'move', target, updateKind: taken.kind, notes: [...taken.notes, ...pinNotes(pin, follows)] };
}

function pinNotes(pin: PinState | undefined, follows: Platform | undefined): readonly string[] {
  if (follows !== undefined) return [`it stays pinned to the manifest of ${formatPlatform(follows)}`];
  if (pin === 'vanished') return ['the digest that it is pinned to is gone from the registry'];
  return pin === 'platform-manifest' ? ['it is pinned to the manifest of one platform; the new pin is the index'] : [];
}

function unpinned({ subject, named, now, needed }: Candidate, common: Unpinned, digest: Digest): Decision {
  const { choice } = subject;
  if (choice.pinDigests || choice.policy === 'digest') {
    const target = withDigest(named, digest);
    const missing = missingFrom(now.kind === 'image' ? now.platforms : [], needed);
    // A tag may get the platform yet; a digest never does.
    if (missing.length > 0) return holdDigest(common, target, 'platform', missingDetail(missing), { missing });
    return { ...common, outcome: { kind: 'move', target, updateKind: 'digest', notes: [] } };
  }
  return { ...common, outcome: { kind: 'stay', why: whyItStays(subject, common) } };
}

// What is held back is newer, and under `digest` newer tags are not looked for: neither is the newest.
function whyItStays({ reference, choice }: UpdateSubject, { held }: Unpinned): Unchanged['why'] | 'held' {
  if (held.length > 0) return 'held';
  if (parseTag(reference.tag ?? '').main === undefined) return 'floating';
  return choice.policy === 'digest' ? 'pinned' : 'newest';
}

function holdDigest<T extends Unpinned>(
  common: T,
  target: Reference,
  reason: HoldReason,
  detail: string,
  more: Partial<HeldCandidate> = {},
): Decision {
  const held: HeldCandidate = { target, kind: 'digest', reason, detail, ...more };
  return { ...common, outcome: { kind: 'stay', why: 'held' }, held: [...common.held, held] };
}

type Unpinned = Omit<Decision, 'outcome'>;
type WithPin = Unpinned & { readonly pin: { readonly state: PinState } };

async function repin(
  market: Market,
  question: Candidate,
  common: WithPin,
  digest: Digest,
  follows: Platform | undefined,
): Promise<Decision> {
  const { named, now, needed, subject } = question;
  const target = withDigest(named, digest);
  const hold = (reason: HoldReason, detail: string, more: Partial<HeldCandidate> = {}) =>
    holdDigest(common, target, reason, detail, more);
  const { state } = common.pin;
  if (state === 'current') return { ...common, outcome: { kind: 'stay', why: whyItStays(subject, common) } };
  const hasMoved = follows !== undefined && digest !== subject.reference.digest;
  if (state === 'platform-manifest' && !market.repairPins && !hasMoved) {
    const index = now.kind === 'image' ? withDigest(named, now.manifest.descriptor.digest) : target;
    return holdDigest(
      common,
      index,
      'platform-pin',
      'the pin is the manifest of one platform and not the index; --repair-pins puts it right',
    );
  }
  const missing = missingFrom(now.kind === 'image' ? now.platforms : [], needed);
  if (missing.length > 0) return hold('platform', missingDetail(missing), { missing });
  const move = (notes: readonly string[]): Decision => ({
    ...common,
    sightings: [...common.sightings, { line: lineKey(subject.reference), tag: named.tag ?? '', digest }],
    outcome: { kind: 'move', target, updateKind: 'digest', notes: [...notes, ...pinNotes(state, follows)] },
  });
  // A build on a digest that is gone fails today: there is nothing to wait on.
  if (state === 'vanished' || now.kind !== 'image') return move([]);
  const age = await heldByAge(market, question, { target, manifest: now.manifest });
  if (age.kind === 'held') {
    const { sightings } = move([]);
    return { ...hold('minimum-age', age.detail, { until: age.until }), sightings };
  }
  return move(age.notes);
}
