import type { Codename } from './codenames.ts';
import { partsOf, type TagPart, textOfPart } from './tag-parts.ts';

/** What orders the tags of one kind: numbers joined by dots, or the name of a release. */
export type MainVersion =
  | { readonly kind: 'numbers'; readonly texts: readonly string[] }
  | { readonly kind: 'codename'; readonly codename: Codename };

/** A part after the main version: a revision follows the version freely, anything else only by policy. */
export type TailPart = TagPart & { readonly isRevision: boolean };

/** A tag as Docker images are tagged: `v1.2.3`, `20.11-alpine3.19`, `21.0.2_13-jre`, `noble-20240423`, `ltsc2022`. */
export interface TagVersion {
  readonly tag: string;
  /** Text before the main version. */
  readonly head: string;
  /** Undefined for a tag that only floats, such as `latest`, `lts` or `alpine3.19`. */
  readonly main: MainVersion | undefined;
  /** Letter of a patch that follows the numbers, as in `1.1.1w`; absent where there is none. */
  readonly letter?: string;
  /** Such as `rc.1`; undefined for a release. */
  readonly preRelease: string | undefined;
  readonly tail: readonly TailPart[];
}

// Before a version these say nothing; any other word names a variant, whose number is not the image's own version.
const plainHead = /^(?:v|r|n|(?:v|ver|version|rel|release|stable|stream|tag)[-._]?)?$/i;

// OCI distribution-spec, "Pulling manifests": what is longer is no tag that a registry holds.
const longestTag = 128;

/** Reads a tag; every text is one, as a last resort a tag that only floats. */
export function parseTag(tag: string): TagVersion {
  if (tag.length > longestTag) return { tag, head: '', main: undefined, preRelease: undefined, tail: [] };
  const parts = partsOf(tag);
  const head = parts[0]?.kind === 'text' ? parts[0].text : '';
  const first = parts[head === '' ? 0 : 1];
  const isMain = first !== undefined && first.kind !== 'text' && plainHead.test(head);
  if (!isMain) return { tag, head: '', main: undefined, preRelease: undefined, tail: parts.map(fixed) };
  const behind = tag.slice(head.length + textOfPart(first).length);
  // Three numbers and a letter are a patch of a patch (OpenSSL, tag 1.1.1w); with fewer the letter names a variant.
  const letter =
    first.kind === 'numbers' && first.texts.length === 3 ? /^[a-z](?![a-z0-9])/.exec(behind)?.[0] : undefined;
  const { rest, preRelease } = extractPreRelease(behind.slice(letter?.length ?? 0));
  const common = { tag, head, main: first, preRelease, tail: withRevisions(partsOf(rest)) };
  return letter === undefined ? common : { ...common, letter };
}

function fixed(part: TagPart): TailPart {
  return { ...part, isRevision: false };
}

// What leads to a number that counts builds of one version: 9.3-1610, 21.0.2_13, 8u402-b06, 2022-CU10, 1.2-ls45.
const revisionLead = /^(?:[-_]|u|-?[pr]|[-_]?(?:build|rev|cu|gdr|ls|post|release|hotfix)[-._]?|\.post)$/i;

function withRevisions(parts: readonly TagPart[]): readonly TailPart[] {
  let follows = true;
  let lead = '';
  return parts.map((part, at) => {
    if (part.kind === 'text') {
      // Text between two revisions leads to the second; any other ends them.
      lead = part.text;
      return fixed(part);
    }
    const isBuild = lead === '-b' && parts[at - 3]?.kind === 'text' && textOfPart(parts[at - 3] ?? part) === 'u';
    const isLast = at === parts.length - 1;
    const isRevision =
      part.kind === 'numbers' && ((follows && (revisionLead.test(lead) || isBuild)) || (isLast && lead === '-r'));
    follows = follows && isRevision;
    return { ...part, isRevision };
  });
}

/** What stands after a version's numbers, with what marks it as a pre-release taken out. */
export interface Extracted {
  readonly rest: string;
  /** Identifiers as semver.org writes them, such as `rc.1`; undefined for a release. */
  readonly preRelease: string | undefined;
}

// Python's and Go's form, straight after the numbers: 3.13.0a3, 17beta1, 1.22rc1.
const attached = /^(alpha|beta|rc|pre|dev|a|b)(\d+)(?=$|[-._])/i;
// A word of its own, with or without a number: -rc-slim, -preview.1, -M04, .dev20240115, -ea-11, -SNAPSHOT.
const word =
  /[-._](?:(alpha|beta|rc|pre|preview|nightly|snapshot|canary|unstable|ea|milestone)(?:[-._]?(\d+(?:\.\d+)*))?|(m|dev)[.]?(\d+))(?=$|[-._])/i;
/** Takes the pre-release out of what follows a version's numbers; `-dev` and `-test` without a number are variants. */
export function extractPreRelease(rest: string): Extracted {
  const match = attached.exec(rest) ?? word.exec(rest);
  if (match === null) return { rest, preRelease: undefined };
  const [whole, first = '', firstNumber, second, secondNumber] = match;
  const name = (second ?? first).toLowerCase();
  const number = (secondNumber ?? firstNumber)?.replace(/(?<=^|\.)0+(?=\d)/g, '');
  return {
    rest: rest.slice(0, match.index) + rest.slice(match.index + whole.length),
    preRelease: number === undefined ? name : `${name}.${number}`,
  };
}
