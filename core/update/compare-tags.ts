import { compare as compareSemver } from 'semver';
import { compareNumbers, leapsFrom, type Texts, writtenAlike } from './numbers.ts';
import type { TagPart } from './tag-parts.ts';
import type { MainVersion, TagVersion, TailPart } from './tag-version.ts';

/** Whether the two tags differ in nothing but versions, so that one can stand for the other. */
export function sameLine(current: TagVersion, candidate: TagVersion, mayMoveSuffix: boolean): boolean {
  if (current.head !== candidate.head || current.tail.length !== candidate.tail.length) return false;
  if (!sameMain(current.main, candidate.main)) return false;
  // A letter behind a version that had none may mean anything: a beta, a variant.
  if (candidate.letter !== undefined && current.letter === undefined) return false;
  return current.tail.every((part, at) => {
    const other = candidate.tail[at];
    return other !== undefined && sameTail(part, other, mayMoveSuffix);
  });
}

function sameMain(a: MainVersion | undefined, b: MainVersion | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return sameSort(a, b) && !leapsFrom(versionOf(a), versionOf(b));
}

function sameTail(a: TailPart, b: TailPart, mayMove: boolean): boolean {
  return sameSort(a, b) && (a.isRevision || mayMove || compareParts(a, b) === 0);
}

function sameSort(a: TagPart, b: TagPart): boolean {
  switch (a.kind) {
    case 'text':
      return b.kind === 'text' && a.text === b.text;
    case 'codename':
      return b.kind === 'codename' && a.codename.family === b.codename.family;
    case 'numbers':
      return b.kind === 'numbers' && writtenAlike(a.texts, b.texts);
  }
}

/** The numbers that order a part; none for text, or for what is not there. */
export function versionOf(part: TagPart | undefined): Texts {
  if (part === undefined || part.kind === 'text') return [];
  return part.kind === 'numbers' ? part.texts : part.codename.version.map(String);
}

/** Orders one part of two tags of one line. */
export function compareParts(a: TagPart | undefined, b: TagPart | undefined): number {
  return compareNumbers(versionOf(a), versionOf(b));
}

/** Orders two tags of one line: by version, letter, pre-release (semver.org, section 11), revision, and last by suffix. */
export function compareTags(a: TagVersion, b: TagVersion): number {
  return (
    compareParts(a.main, b.main) ||
    compareLetters(a.letter, b.letter) ||
    comparePreReleases(a.preRelease, b.preRelease) ||
    compareTails(a.tail, b.tail, true) ||
    compareTails(a.tail, b.tail, false)
  );
}

function compareLetters(a = '', b = ''): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function comparePreReleases(a: string | undefined, b: string | undefined): number {
  const release = (text: string | undefined) => (text === undefined ? '0.0.0' : `0.0.0-${text}`);
  return compareSemver(release(a), release(b));
}

function compareTails(a: readonly TailPart[], b: readonly TailPart[], revisions: boolean): number {
  const orders = a.map((part, at) => (part.isRevision === revisions ? compareParts(part, b[at]) : 0));
  return orders.find((order) => order !== 0) ?? 0;
}
