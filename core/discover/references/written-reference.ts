import type { Span } from '../../dockerfile/places.ts';
import { FailureError } from '../../failure.ts';
import { parseReference, type Reference } from '../../oci/reference.ts';
import type { ScalarTree, Tree } from './tree.ts';

/** A piece of a file that is a reference, or a part of one. */
export type WrittenPiece = Pick<ScalarTree, 'value' | 'span' | 'quote'>;

/** How a reference is written, as far as it can be edited. */
export type Writing =
  | { readonly kind: 'whole'; readonly piece: WrittenPiece }
  /** Name, tag and digest stand in fields of their own. */
  | {
      readonly kind: 'fields';
      readonly tag?: WrittenPiece;
      readonly digest?: WrittenPiece & { readonly prefix: string };
      /** What a digest is written in front of where no field has it: empty where the format knows no such field. */
      readonly newDigest?: { readonly behind: WrittenPiece; readonly key: string; readonly isFlow: boolean };
    }
  | { readonly kind: 'fixed'; readonly why: string };

/** One image reference of a file, known or not. */
export interface WrittenReference {
  /** Where its version is written. */
  readonly at: number;
  readonly raw: string;
  readonly content:
    | { readonly kind: 'known'; readonly reference: Reference }
    | { readonly kind: 'unknown'; readonly detail: string };
  readonly writing: Writing;
  /** The name in manifests that it is put in the place of. */
  readonly standsFor?: string;
  /** Another place says what runs, which is listed there. */
  readonly isElsewhere?: true;
  /** It may be something else than an image, such as the manifests that Flux applies. */
  readonly isArtifact?: true;
}

/** A text of the repository in which references are looked for. */
export interface ReferenceText {
  readonly path: string;
  readonly text: string;
  /** The documents of the file, if it is YAML that can be read. */
  readonly documents: readonly Tree[];
  /** Variables that the file may name. */
  readonly variables: ReadonlyMap<string, string>;
  /** Services of Compose that another file builds. */
  readonly built: ReadonlySet<string>;
}

// What other programs put in when the file is used: Helm and Jinja, shells and GitLab, Azure, Tekton, Flux.
const templates: readonly (readonly [RegExp, string])[] = [
  [/\$\{\{/, 'an expression that only a run knows'],
  [/\{\{|\{%/, 'a template that is filled in elsewhere'],
  [/\$\(/, 'a variable that only a run knows'],
  [/\$/, 'a variable that is given elsewhere'],
  [/%[A-Za-z]/, 'a unit specifier of systemd'],
];

/** What in a text is put in elsewhere, undefined where all of it stands there. */
export function templatedBy(text: string): string | undefined {
  return /[$%{]/.test(text) ? templates.find(([mark]) => mark.test(text))?.[1] : undefined;
}

/** The reference that a scalar writes in one piece. */
export function wholeReference(text: string, scalar: WrittenPiece): WrittenReference {
  const { value: raw, span } = scalar;
  const at = span.start;
  const put = templatedBy(raw);
  if (put !== undefined) return { at, raw, ...unknownBecause(`${raw} has ${put}`) };
  // Escapes and folded lines would have to be written again.
  const isExact = text.slice(span.start, span.end) === raw;
  const writing: Writing = isExact
    ? { kind: 'whole', piece: scalar }
    : { kind: 'fixed', why: 'is not written there in one piece' };
  return { at, raw, content: contentOf(raw), writing };
}

/** The content and writing of a reference that is not known. */
export function unknownBecause(detail: string): Pick<WrittenReference, 'content' | 'writing'> {
  return { content: { kind: 'unknown', detail }, writing: { kind: 'fixed', why: detail } };
}

/** The name in a reference as it is written, without tag and digest. */
export function nameWithin(raw: string): string {
  return raw.replace(/@.*$/s, '').replace(/:[^:/]*$/, '');
}

/** The reference that a text is, or why it is not one. */
export function contentOf(raw: string): WrittenReference['content'] {
  try {
    return { kind: 'known', reference: parseReference(raw) };
  } catch (thrown) {
    if (thrown instanceof FailureError) return { kind: 'unknown', detail: thrown.failure.detail };
    throw thrown;
  }
}

/** Name, tag and digest of a reference that stand in fields of their own. */
export interface Fields {
  readonly name: string;
  readonly tag?: ScalarTree | undefined;
  readonly digest?: ScalarTree | undefined;
  /** What a digest without its algorithm lacks. */
  readonly prefix?: string;
  readonly newDigest?: Extract<Writing, { kind: 'fields' }>['newDigest'];
}

/** The reference that fields make together; a tag that YAML takes for a number is unknown, as programs print it in another way. */
export function referenceOfFields(at: Span, fields: Fields): WrittenReference {
  const { name, prefix = '', newDigest } = fields;
  const [tag, digest] = [fields.tag, fields.digest].map((part) => (part?.value === '' ? undefined : part));
  const raw = `${name}${tag === undefined ? '' : `:${tag.value}`}${digest === undefined ? '' : `@${prefix}${digest.value}`}`;
  const common = { at: (tag ?? digest)?.span.start ?? at.start, raw };
  const put = templatedBy(raw);
  if (put !== undefined) return { ...common, ...unknownBecause(`${raw} has ${put}`) };
  const number = [tag, digest].find((part) => part !== undefined && !part.isText && !isPlainNumber(part.value));
  if (number !== undefined) {
    return { ...common, ...unknownBecause(`${number.value} is a number without quotes, which may be read as another`) };
  }
  return {
    ...common,
    content: contentOf(raw),
    writing: {
      kind: 'fields',
      ...(tag === undefined ? {} : { tag }),
      ...(fields.digest === undefined ? {} : { digest: { ...fields.digest, prefix } }),
      ...(newDigest === undefined || fields.digest !== undefined ? {} : { newDigest }),
    },
  };
}

// Go prints a float with an exponent from seven digits on, and drops zeros at the end.
function isPlainNumber(text: string): boolean {
  return String(Number(text)) === text && Math.abs(Number(text)) < 1e6;
}
