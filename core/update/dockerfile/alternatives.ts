import { givenArgument } from '../../dockerfile/arguments.ts';
import type { BaseImage } from '../../dockerfile/base-image.ts';
import { instructionAt, placesOf, type Span } from '../../dockerfile/places.ts';
import type { Platform } from '../../oci/platform.ts';
import { definitionOf, type GlobalArgument, globalsOf } from './global-arguments.ts';
import type { Variant } from './readings.ts';
import { changesTo, type Piece, piecesOf } from './template.ts';

/** A span of the Dockerfile that gets another text. */
export interface Edit {
  readonly span: Span;
  readonly by: string;
  /** `ARG NODE_VERSION` where the edit is not in the line that uses the image. */
  readonly through?: string;
}

/** One way to make a base say something else: edits of its file, and build arguments that other files give. */
export interface Alternative {
  readonly edits: readonly Edit[];
  readonly args: readonly (readonly [name: string, value: string])[];
}

// Chains of ARGs are short; what is longer is no version number.
const deepest = 10;
const mostAlternatives = 20;

/** Ways of making a base say `wanted`, the nearest to its line first; whether one does is for the reader to tell. */
export function alternativesFor(
  text: string,
  base: BaseImage,
  wanted: string,
  variant: Variant,
  host: Platform,
): readonly Alternative[] {
  const globals = globalsOf(text, variant, host);
  const names: Names = {
    isGiven: (name) => givenArgument(variant.build.args, name) !== undefined,
    definition: (name) => definitionOf(globals, name),
  };
  const places = placesOf(text, base.raw, instructionAt(text, base.line));
  return places
    .flatMap(({ start }) => wordAlternatives({ word: base.raw, at: start, wanted, values: globals.values }, names))
    .slice(0, mostAlternatives);
}

/** Where the values of variables come from. */
export interface Names {
  /** Whether it is a build argument, which another file gives. */
  isGiven(name: string): boolean;
  /** Its definition in this file. */
  definition(name: string): GlobalArgument | undefined;
}

/** A word in which variables may stand, and what it should say. */
export interface Word {
  readonly word: string;
  /** Offset in the file. */
  readonly at: number;
  readonly wanted: string;
  readonly values: ReadonlyMap<string, string>;
  readonly depth?: number;
  readonly through?: string;
}

/** Ways of making one word say what is wanted of it. */
export function wordAlternatives(word: Word, names: Names): readonly Alternative[] {
  const pieces = (word.depth ?? 0) > deepest ? undefined : piecesOf(word.word);
  if (pieces === undefined) return [];
  const values = pieces.map((piece) => valueIn(piece, word));
  return changesTo(word.wanted, values, pieces).flatMap((change) =>
    joined([...change].map(([at, value]) => pieceAlternatives(pieces[at], value, word, names))),
  );
}

function valueIn(piece: Piece, { word, values }: Word): string {
  if (piece.kind === 'text') return word.slice(piece.start, piece.end);
  const value = values.get(piece.name);
  if (piece.fallback === undefined || !usesFallback(piece, value)) return value ?? '';
  return word.slice(piece.fallback.start, piece.fallback.end);
}

function usesFallback({ fallback }: Extract<Piece, { kind: 'variable' }>, value: string | undefined): boolean {
  return value === undefined || (value === '' && fallback?.forEmpty === true);
}

function pieceAlternatives(piece: Piece | undefined, value: string, word: Word, names: Names): readonly Alternative[] {
  if (piece === undefined) return [];
  if (piece.kind === 'text') return [editOf(word, piece, value)];
  if (piece.fallback !== undefined && usesFallback(piece, word.values.get(piece.name))) {
    return [editOf(word, piece.fallback, value)];
  }
  if (names.isGiven(piece.name)) return [{ edits: [], args: [[piece.name, value]] }];
  const definition = names.definition(piece.name);
  if (definition?.written === undefined || definition.span === undefined) return [];
  const { written, span, before } = definition;
  const depth = (word.depth ?? 0) + 1;
  const through = `ARG ${piece.name}`;
  return wordAlternatives({ word: written, at: span.start, wanted: value, values: before, depth, through }, names);
}

function editOf({ at, through }: Word, { start, end }: Span, by: string): Alternative {
  const edit = { span: { start: at + start, end: at + end }, by };
  return { edits: [through === undefined ? edit : { ...edit, through }], args: [] };
}

// The first way of each part; a part without one makes the whole impossible.
function joined(parts: readonly (readonly Alternative[])[]): readonly Alternative[] {
  const firsts = parts.flatMap(([first]) => first ?? []);
  if (firsts.length < parts.length) return [];
  const single = parts.length === 1 ? parts[0] : undefined;
  return single ?? [{ edits: firsts.flatMap(({ edits }) => edits), args: firsts.flatMap(({ args }) => args) }];
}
