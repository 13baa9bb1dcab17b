import type { Digest } from '../oci/digest.ts';
import { type Reference, withTag } from '../oci/reference.ts';
import { beyondRules } from './beyond-rules.ts';
import { heldByAge } from './cool-down.ts';
import { find, missingDetail, missingFrom } from './examine.ts';
import { type NewerTag, newerTags, type TagRules } from './newer-tags.ts';
import { whyOlder } from './older-image.ts';
import type { Candidate, HeldCandidate, Market, UpdateSubject } from './question.ts';
import { lineKey, type SeenTag } from './tag-history.ts';
import { parseTag } from './tag-version.ts';
import type { UpdateKind } from './update.ts';

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
  readonly sightings: readonly SeenTag[];
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
  const others = beyondRules(question, tags, rules, newer[0]);
  const held: HeldCandidate[] = [];
  const line = lineKey(reference);
  const sightings: SeenTag[] = newer.map(({ tag }) => ({ line, tag }));
  for (const candidate of newer.slice(0, mostExamined)) {
    const looked = await lookAt(market, question, candidate, tags);
    if (looked.kind === 'gone') continue;
    sightings.push({ line, tag: candidate.tag, ...(looked.digest === undefined ? {} : { digest: looked.digest }) });
    if (looked.kind === 'taken') return { taken: looked.chosen, held: [...held, ...others], sightings };
    if (!held.some(({ reason }) => reason === looked.held.reason)) held.push(looked.held);
  }
  return { taken: undefined, held: [...held, ...others], sightings };
}

const none: Choosing = { taken: undefined, held: [], sightings: [] };

function rulesOf({ choice }: UpdateSubject): TagRules | undefined {
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

async function lookAt(
  market: Market,
  question: Candidate,
  { tag, kind }: NewerTag,
  tags: readonly string[],
): Promise<Looked> {
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
  const older = await whyOlder(market, question, { target, manifest, kind }, tags);
  if (older !== undefined)
    return { kind: 'held', digest, held: { target, kind, reason: 'older-image', detail: older } };
  const age = await heldByAge(market, question, { target, manifest });
  if (age.kind === 'held') {
    const { detail, until } = age;
    return { kind: 'held', digest, held: { target, kind, reason: 'minimum-age', detail, until } };
  }
  return { kind: 'taken', digest, chosen: { target, digest, kind, notes: age.notes } };
}
