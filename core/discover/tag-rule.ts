import { compare as compareVersions, satisfies } from 'semver';
import type { Failure } from '../failure.ts';
import type { Repository, TagName } from '../oci/reference.ts';

/** What of a tag may differ from one to the next: a placeholder of a pattern. */
export type Placeholder = 'version' | 'number' | 'date' | 'time' | 'digest';

/** Which of the tags of a repository is the published image. */
export interface TagRule {
  /** Patterns such as `{version}-{date}`, of which a tag has to fit one. */
  readonly patterns: readonly string[];
  /** Range of `{version}` (npm's node-semver). */
  readonly range?: string;
  /** Whether the image that was created last is it, and not the tag that is the highest. */
  readonly byCreation: boolean;
  /** Release tags with placeholders, that a promotion makes in place of moving the one that the rule chooses. */
  readonly templates: readonly TagTemplate[];
}

/** A release tag that gets its name when it is promoted; in another repository where one is named. */
export interface TagTemplate {
  readonly pattern: string;
  readonly repository?: Repository;
}

/** What a build whose published image a rule chooses knows of it. */
export interface ChosenRelease {
  readonly repository: Repository;
  readonly rule: TagRule;
  /** Release tags beside the templates, which move. */
  readonly tags: readonly TagName[];
  /** Why the rule chose none; absent before it was asked, and where it chose one. */
  readonly unknown?: Failure;
}

/** What a tag says by which tags are ordered. */
export interface TagParts {
  readonly tag: string;
  readonly parts: readonly { readonly kind: Placeholder; readonly text: string }[];
}

const forms: Readonly<Record<Placeholder, string>> = {
  version: '(?:0|[1-9]\\d{0,14})(?:\\.(?:0|[1-9]\\d{0,14})){2}',
  number: '\\d{1,15}',
  date: '\\d{4}(?:(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\\d|3[01])|-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01]))',
  time: '(?:[01]\\d|2[0-3])[0-5]\\d[0-5]\\d',
  digest: '[0-9a-f]{12}',
};

const placeholder = /\{([a-z]+)\}/g;

/** The placeholders of a pattern in their order; undefined where it names one that is not known. */
export function placeholdersOf(pattern: string): readonly Placeholder[] | undefined {
  const names = [...pattern.matchAll(placeholder)].map(([, name = '']) => name);
  return names.every(isPlaceholder) ? names : undefined;
}

function isPlaceholder(name: string): name is Placeholder {
  return Object.hasOwn(forms, name);
}

/** What of a pattern orders tags: a digest says nothing of which is newer. */
export function orderOf(pattern: string): readonly Placeholder[] {
  return (placeholdersOf(pattern) ?? []).filter((name) => name !== 'digest');
}

/** What fits a rule among these tags, each with its parts; the patterns are tried in their order. */
export function fittingTags({ patterns, range }: Pick<TagRule, 'patterns' | 'range'>, tags: readonly string[]) {
  const matchers = patterns.map((pattern) => ({ order: placeholdersOf(pattern) ?? [], form: formOf(pattern) }));
  return tags.flatMap((tag): readonly TagParts[] => {
    if (isOwnTag(tag)) return [];
    for (const { order, form } of matchers) {
      const [whole, ...texts] = form.exec(tag) ?? [];
      if (whole === undefined) continue;
      const parts = order.map((kind, at) => ({ kind, text: texts[at] ?? '' }));
      return isInRange(parts, range) ? [{ tag, parts: parts.filter(({ kind }) => kind !== 'digest') }] : [];
    }
    return [];
  });
}

// Candidates, and what stands beside images under a tag (OCI referrers' fallback, cosign).
function isOwnTag(tag: string): boolean {
  return /^bir-(?:[a-z]1-[0-9a-f]{16}|.+-\d{14}-[0-9a-f]{8}$)/.test(tag) || /^sha256-[0-9a-f]{64}/.test(tag);
}

function isInRange(parts: TagParts['parts'], range: string | undefined): boolean {
  if (range === undefined) return true;
  return parts.some(({ kind, text }) => kind === 'version' && satisfies(text, range));
}

function formOf(pattern: string): RegExp {
  const pieces = pattern.split(/(\{[a-z]+\})/).map((piece) => {
    const name = /^\{(.*)\}$/.exec(piece)?.[1];
    return name !== undefined && isPlaceholder(name)
      ? `(${forms[name]})`
      : piece.replaceAll('.', '\\.').replaceAll('*', '[\\w.-]*');
  });
  return new RegExp(`^${pieces.join('')}$`);
}

/** Orders two tags that fit one rule, by their parts from left to right; one with fewer comes first. */
export function compareFitting(a: TagParts, b: TagParts): number {
  for (const [at, part] of a.parts.entries()) {
    const other = b.parts[at];
    if (other === undefined) return 1;
    const order = comparePart(part.kind, part.text, other.text);
    if (order !== 0) return order;
  }
  return a.parts.length - b.parts.length;
}

function comparePart(kind: Placeholder, a: string, b: string): number {
  if (kind === 'version') return compareVersions(a, b);
  return Number(a.replaceAll('-', '')) - Number(b.replaceAll('-', ''));
}

/** What a template is filled with. */
export interface Filling {
  readonly chosen: TagParts | undefined;
  readonly now: Date;
  /** Hexadecimal, of the promoted image. */
  readonly digest: string;
}

/** The tag that a template makes; undefined where the tag that the rule chose lacks what it names. */
export function tagFrom(pattern: string, { chosen, now, digest }: Filling): string | undefined {
  const of = (kind: Placeholder) => chosen?.parts.find((part) => part.kind === kind)?.text;
  const stamp = now.toISOString().replace(/\D/g, '');
  const values: Readonly<Record<Placeholder, string | undefined>> = {
    version: of('version'),
    number: String(Number(of('number') ?? '0') + 1),
    date: stamp.slice(0, 8),
    time: stamp.slice(8, 14),
    digest: digest.slice(0, 12),
  };
  const names = placeholdersOf(pattern) ?? [];
  if (names.some((name) => values[name] === undefined)) return undefined;
  return pattern.replace(placeholder, (_, name: string) => (isPlaceholder(name) ? (values[name] ?? '') : ''));
}
