import { compareParts, versionOf } from './compare-tags.ts';
import { differsAt, formOf, type Texts } from './numbers.ts';
import type { TagPart } from './tag-parts.ts';
import type { TagVersion } from './tag-version.ts';
import type { UpdateKind } from './update.ts';

type TagUpdateKind = Exclude<UpdateKind, 'digest'>;

const widths: readonly TagUpdateKind[] = ['patch', 'minor', 'major'];

/** How wide the move between two tags of one line is: that of the widest part that moves. `isUbuntu` says whose tags they are. */
export function kindOf(from: TagVersion, to: TagVersion, isUbuntu: boolean): TagUpdateKind {
  const parts: readonly (TagPart | undefined)[] = [
    from.main,
    ...from.tail.map((part) => (part.isRevision ? undefined : part)),
  ];
  const kinds = parts.map((part, at) =>
    partKind(part, at === 0 ? to.main : to.tail[at - 1], at === 0 ? isUbuntu : isOfUbuntu(from.tail[at - 2])),
  );
  return widths.findLast((width) => kinds.includes(width)) ?? 'patch';
}

/** Whether a policy lets a move of this width pass. */
export function isWithin(kind: TagUpdateKind, policy: TagUpdateKind): boolean {
  return widths.indexOf(kind) <= widths.indexOf(policy);
}

// -ubuntu-22.04, base-ubuntu22.04.
function isOfUbuntu(before: TagPart | undefined): boolean {
  return before?.kind === 'text' && /ubuntu[-_.]?$/i.test(before.text);
}

// A release's new name is a new release; a revision is a build of the same.
function partKind(from: TagPart | undefined, to: TagPart | undefined, isUbuntu: boolean): TagUpdateKind {
  if (from === undefined || compareParts(from, to) === 0) return 'patch';
  return from.kind === 'numbers' ? numbersKind(from.texts, versionOf(to), isUbuntu) : 'major';
}

function numbersKind(from: Texts, to: Texts, isUbuntu: boolean): TagUpdateKind {
  const at = differsAt(from, to);
  if (at === undefined) return 'patch';
  const calendar = calendarKind(from[at] ?? '', to[at] ?? '');
  if (at === 0) return calendar ?? 'major';
  if (at === 1) return calendar ?? (isUbuntu && from.length === 2 ? 'major' : 'minor');
  return isWindowsBuild(from) && at === 2 ? 'major' : 'patch';
}

// The day of a snapshot is as wide a move as the calendar's: another year, month or day.
function calendarKind(from: string, to: string): TagUpdateKind | undefined {
  if (formOf(from) === 'number') return undefined;
  if (from.slice(0, 4) !== to.slice(0, 4)) return 'major';
  return from.slice(0, 6) !== to.slice(0, 6) ? 'minor' : 'patch';
}

// 10.0.BUILD.REVISION: the build is the release of Windows, and hosts run containers of their own.
function isWindowsBuild([major, minor, , revision]: Texts): boolean {
  return major === '10' && minor === '0' && revision !== undefined;
}
