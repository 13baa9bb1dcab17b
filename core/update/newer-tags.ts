import { satisfies } from 'semver';
import type { Repository } from '../oci/reference.ts';
import { anyGlob } from '../text/glob.ts';
import { compareParts, compareTags, sameLine, versionOf } from './compare-tags.ts';
import { isLongTerm, isLongTermRelease, isUbuntu } from './lts.ts';
import { type MainVersion, parseTag, type TagVersion } from './tag-version.ts';
import type { UpdateKind } from './update.ts';
import { isWithin, kindOf } from './update-kind.ts';

/** What decides which tags are newer in a wanted way. */
export interface TagRules {
  readonly policy: 'patch' | 'minor' | 'major';
  /** Whether versions and codenames of the suffix may go up too, such as that of alpine3.19. */
  readonly mayMoveSuffix: boolean;
  readonly longTermOnly: boolean;
  /** Majors with long-term support, in place of what is known. */
  readonly longTermMajors?: readonly number[];
  /** Whether a pre-release may follow a pre-release. */
  readonly preReleases: boolean;
  /** Range of versions (npm's node-semver) that are allowed. */
  readonly allow?: string;
  /** Patterns of tags that are never taken. */
  readonly ignore: readonly string[];
}

export interface NewerTag {
  readonly tag: string;
  readonly kind: Exclude<UpdateKind, 'digest'>;
}

/** The tags that a reference may move to, the newest first. */
export function newerTags(
  repository: Repository,
  tag: string,
  tags: readonly string[],
  rules: TagRules,
): readonly NewerTag[] {
  const current = parseTag(tag);
  const isIgnored = anyGlob(rules.ignore);
  return tags
    .map(parseTag)
    .filter((candidate) => isNewer(current, candidate, rules) && isAllowed(repository, current, candidate, rules))
    .filter((candidate) => rules.ignore.length === 0 || !isIgnored(candidate.tag))
    .sort((a, b) => compareTags(b, a))
    .map((candidate) => ({ tag: candidate.tag, kind: kindOf(current, candidate, isUbuntu(repository)) }))
    .filter(({ kind }) => isWithin(kind, rules.policy));
}

function isNewer(current: TagVersion, candidate: TagVersion, rules: TagRules): boolean {
  if (candidate.preRelease !== undefined && !mayBePreRelease(current, candidate, rules)) return false;
  if (!sameLine(current, candidate, rules.mayMoveSuffix) || compareTags(candidate, current) <= 0) return false;
  // A newer version on an older suffix would be a step back in the half that was not asked about.
  return current.tail.every((part, at) => part.isRevision || compareParts(part, candidate.tail[at]) <= 0);
}

// Who stands on a pre-release of a version gets its next one; that of another version only where it is wanted.
function mayBePreRelease(current: TagVersion, candidate: TagVersion, { preReleases }: TagRules): boolean {
  if (current.preRelease === undefined) return false;
  return preReleases || compareParts(current.main, candidate.main) === 0;
}

function isAllowed(repository: Repository, current: TagVersion, candidate: TagVersion, rules: TagRules): boolean {
  if (rules.allow !== undefined && !isInRange(candidate.main, rules.allow)) return false;
  if (!rules.longTermOnly) return true;
  return isSupported(repository, current, candidate, rules) && suffixIsSupported(current, candidate);
}

// Who stands on a release without long-term support already gets its patches.
function isSupported(repository: Repository, current: TagVersion, { main }: TagVersion, rules: TagRules): boolean {
  if (main === undefined || compareParts(current.main, main) === 0) return true;
  if (main.kind === 'codename') return isLongTermRelease(main.codename);
  const [major] = main.texts;
  if (current.main?.kind === 'numbers' && current.main.texts[0] === major && !isUbuntu(repository)) return true;
  return isLongTerm(repository, main.texts.map(Number), rules.longTermMajors);
}

function suffixIsSupported(current: TagVersion, candidate: TagVersion): boolean {
  return candidate.tail.every((part, at) => {
    const before = current.tail[at];
    if (part.kind !== 'codename' || before?.kind !== 'codename') return true;
    return before.codename === part.codename || isLongTermRelease(part.codename);
  });
}

// Ranges speak of three numbers: 20 is 20.0.0 and 22.04 is 22.4.0.
function isInRange(main: MainVersion | undefined, range: string): boolean {
  if (main === undefined) return true;
  const [major = 0, minor = 0, patch = 0] = versionOf(main).map(Number);
  return satisfies(`${major}.${minor}.${patch}`, range);
}
