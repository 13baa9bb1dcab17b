import { withTag } from '../oci/reference.ts';
import { compareParts } from './compare-tags.ts';
import { type NewerTag, newerTags, type TagRules } from './newer-tags.ts';
import type { Candidate, HeldCandidate } from './question.ts';
import { parseTag } from './tag-version.ts';
import { isWithin } from './update-kind.ts';

/** What is newer than anything that the rules let through: wider moves than the policy's, and later suffixes. */
export function beyondRules(
  question: Candidate,
  tags: readonly string[],
  rules: TagRules,
  newest: NewerTag | undefined,
): readonly HeldCandidate[] {
  return [...beyondPolicy(question, tags, rules), ...onlyOtherSuffix(question, tags, rules, newest)];
}

// Who stays on a major should hear of the next one: a minor of it is not all that is new.
function beyondPolicy({ subject, named }: Candidate, tags: readonly string[], rules: TagRules): HeldCandidate[] {
  const { tag = '' } = subject.reference;
  const wider = (mayMoveSuffix: boolean) =>
    newerTags(named, tag, tags, { ...rules, policy: 'major', mayMoveSuffix }).filter(
      ({ kind }) => !isWithin(kind, rules.policy),
    );
  const allowed = wider(rules.mayMoveSuffix);
  const current = parseTag(tag).main;
  const moved = rules.mayMoveSuffix
    ? []
    : wider(true).filter((one) => compareParts(parseTag(one.tag).main, current) > 0);
  return (['minor', 'major'] as const).flatMap((width): HeldCandidate[] => {
    const alike = allowed.find(({ kind }) => kind === width);
    const best = alike ?? moved.find(({ kind }) => kind === width);
    if (best === undefined) return [];
    const also = alike === undefined ? ' with suffix: move' : '';
    const detail = `is a ${width} update; policy: ${width}${also} would take it`;
    return [{ target: withTag(named, best.tag), kind: width, reason: 'policy', detail }];
  });
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
  if (best === undefined || compareParts(known.main, parseTag(best.tag).main) >= 0) return [];
  const detail = 'is there with a later suffix only; suffix: move would take it';
  return [{ target: withTag(named, best.tag), kind: best.kind, reason: 'suffix', detail }];
}
