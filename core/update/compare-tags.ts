import { compare as compareSemver } from 'semver';
import { compareNumbers, leapsFrom, writtenAlike } from './numbers.ts';
import type { MainVersion, TagVersion, TailPart } from './tag-version.ts';

/** Whether the two tags differ in nothing but versions, so that one can stand for the other. */
export function sameLine(current: TagVersion, candidate: TagVersion, mayMoveSuffix: boolean): boolean {
  if (current.head !== candidate.head || current.tail.length !== candidate.tail.length) return false;
  if (!sameMain(current.main, candidate.main)) return false;
  return current.tail.every((part, at) => sameTail(part, candidate.tail[at], mayMoveSuffix));
}

function sameMain(a: MainVersion | undefined, b: MainVersion | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.kind === 'codename') return b.kind === 'codename' && a.codename.family === b.codename.family;
  return b.kind === 'numbers' && writtenAlike(a.texts, b.texts) && !leapsFrom(a.texts, b.texts);
}

function sameTail(a: TailPart, b: TailPart | undefined, mayMove: boolean): boolean {
  if (b === undefined || a.isRevision !== b.isRevision) return false;
  switch (a.kind) {
    case 'text':
      return b.kind === 'text' && a.text === b.text;
    case 'codename':
      if (b.kind !== 'codename' || a.codename.family !== b.codename.family) return false;
      return mayMove || a.codename.name === b.codename.name;
    case 'numbers':
      if (b.kind !== 'numbers' || !writtenAlike(a.texts, b.texts)) return false;
      return a.isRevision || mayMove || compareNumbers(a.texts, b.texts) === 0;
  }
}

/** Orders two tags of one line: by version, pre-release (semver.org, section 11), revision, and last by suffix. */
export function compareTags(a: TagVersion, b: TagVersion): number {
  return (
    compareMain(a.main, b.main) ||
    comparePreReleases(a.preRelease, b.preRelease) ||
    compareTails(a.tail, b.tail, true) ||
    compareTails(a.tail, b.tail, false)
  );
}

/** Orders main versions alone. */
export function compareMain(a: MainVersion | undefined, b: MainVersion | undefined): number {
  if (a === undefined || b === undefined) return 0;
  if (a.kind === 'codename') return b.kind === 'codename' ? compareRows(a.codename.version, b.codename.version) : 0;
  return b.kind === 'numbers' ? compareNumbers(a.texts, b.texts) : 0;
}

function compareRows(a: readonly number[], b: readonly number[]): number {
  return compareNumbers(a.map(String), b.map(String));
}

function comparePreReleases(a: string | undefined, b: string | undefined): number {
  const release = (text: string | undefined) => (text === undefined ? '0.0.0' : `0.0.0-${text}`);
  return compareSemver(release(a), release(b));
}

function compareTails(a: readonly TailPart[], b: readonly TailPart[], revisions: boolean): number {
  for (const [at, part] of a.entries()) {
    const order = part.isRevision === revisions ? comparePart(part, b[at]) : 0;
    if (order !== 0) return order;
  }
  return 0;
}

/** Orders one part of two tags of one line. */
export function comparePart(a: TailPart, b: TailPart | undefined): number {
  if (a.kind === 'numbers') return b?.kind === 'numbers' ? compareNumbers(a.texts, b.texts) : 0;
  if (a.kind === 'codename') return b?.kind === 'codename' ? compareRows(a.codename.version, b.codename.version) : 0;
  return 0;
}
