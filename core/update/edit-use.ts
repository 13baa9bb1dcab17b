import { lineOf, replaced } from '../dockerfile/places.ts';
import { formatReference, parseReference, type Reference } from '../oci/reference.ts';
import { type Alternative, alternativesFor, wordAlternatives } from './dockerfile/alternatives.ts';
import { referenceWays, refusalOfReference } from './reference-ways.ts';
import { type EditableRepository, textOfFile, type Use, usesIn, withText } from './repository.ts';
import { whyMovesOthers } from './shared-anchors.ts';

/** Where the edit is that makes a use name another image. */
export interface UseEdit {
  readonly path: string;
  readonly line: number;
  readonly through?: string;
}

/** The repository after an edit. */
export interface EditedRepository {
  readonly repository: EditableRepository;
  readonly place: UseEdit;
}

/** Gives build arguments other values in the file that states them; undefined where that cannot be done. */
export type SetArgument = (
  repository: EditableRepository,
  use: Use,
  args: Alternative['args'],
) => Promise<EditedRepository | undefined>;

export interface Scene {
  readonly before: EditableRepository;
  readonly repository: EditableRepository;
  readonly wanted: Wanted;
  readonly setArgument: SetArgument;
}

interface Question {
  readonly path: string;
  readonly index: number;
  readonly target: Reference;
  /** The uses of the file as it is. */
  readonly originals: readonly Use[];
}

type Moved = Pick<Question, 'path' | 'index'>;

export type EditAttempt =
  | ({ readonly kind: 'edited'; readonly moved: readonly Moved[] } & EditedRepository)
  | { readonly kind: 'refused'; readonly why: string };

/** Makes one use name its target; refused where no way of doing so leaves all else as it was. */
export async function editUse(scene: Scene, question: Question): Promise<EditAttempt> {
  const uses = usesIn(scene.repository, question.path) ?? [];
  const use = uses[question.index];
  if (use === undefined) return { kind: 'refused', why: 'cannot be read any more' };
  if (use.where.kind === 'inside') return { kind: 'refused', why: 'has it in a Dockerfile inside another file' };
  let why = use.where.kind === 'reference' ? refusalOfReference(use.where.located, question.target) : notInOnePiece;
  for (const way of waysFor(scene.repository, use, question.target)) {
    const attempt = await carryOut(scene, use, way);
    if (attempt === undefined) {
      why = argumentReason(use, way);
      continue;
    }
    const verdict = tryEdit(scene, attempt, question, uses);
    const others = verdict.kind === 'right' ? whyMoves(scene, use, way) : undefined;
    if (others !== undefined) {
      why = others;
      continue;
    }
    if (verdict.kind === 'right') return { kind: 'edited', moved: verdict.moved, ...attempt };
    if (verdict.kind === 'shared') why = verdict.why;
  }
  return { kind: 'refused', why };
}

// What else of a YAML file moves with it: uses that do are compared one by one, and this is about what is no use.
function whyMoves({ repository }: Scene, { path, where }: Use, { edits }: Alternative): string | undefined {
  if (where.kind !== 'compose' && where.kind !== 'reference') return undefined;
  return whyMovesOthers(textOfFile(repository, path), edits, (text) =>
    usesIn(withText(repository, path, text), path)?.map(({ reference }) => formatReference(reference)),
  );
}

const notInOnePiece = 'is not written there in one piece';

function waysFor(repository: EditableRepository, use: Use, target: Reference): readonly Alternative[] {
  const text = textOfFile(repository, use.path);
  switch (use.where.kind) {
    case 'dockerfile': {
      const { base, variant } = use.where;
      // A named context stands in for the image: what is written is another name.
      if (!spells(base.expanded, use.reference)) return [];
      return alternativesFor(text, base, respell(base.expanded, target), variant, repository.host);
    }
    case 'compose': {
      const { scalar, expanded, env } = use.where.image;
      // Escapes and folded lines would have to be written again.
      if (text.slice(scalar.start, scalar.end) !== scalar.value) return [];
      const names = { isGiven: () => false, definition: () => undefined };
      const wanted = respell(expanded, target);
      return wordAlternatives({ word: scalar.value, at: scalar.start, wanted, values: env }, names);
    }
    case 'reference': {
      const { located } = use.where;
      return referenceWays(text, located, target, respell(located.raw, target));
    }
    case 'inside':
      return [];
  }
}

function carryOut(
  { repository, setArgument }: Scene,
  use: Use,
  way: Alternative,
): Promise<EditedRepository | undefined> {
  const [first] = way.edits;
  if (way.args.length > 0)
    return first === undefined ? setArgument(repository, use, way.args) : Promise.resolve(undefined);
  if (first === undefined) return Promise.resolve(undefined);
  const text = textOfFile(repository, use.path);
  // From the end, so that offsets before it stay true.
  const edits = way.edits.toSorted((a, b) => b.span.start - a.span.start);
  const after = edits.reduce((edited, { span, by }) => replaced(edited, span, by), text);
  const place = { path: use.path, line: lineOf(text, first.span.start) };
  return Promise.resolve({
    repository: withText(repository, use.path, after),
    place: first.through === undefined ? place : { ...place, through: first.through },
  });
}

function argumentReason(use: Use, { args }: Alternative): string {
  const names = args.map(([name]) => name).join(' and ');
  const stated = 'variant' in use.where ? use.where.variant.build.provenance.args : undefined;
  return `takes ${names} from ${stated ?? 'the build arguments of this run'}, which cannot be edited safely`;
}

type Verdict =
  | { readonly kind: 'right'; readonly moved: readonly Moved[] }
  | { readonly kind: 'shared'; readonly why: string }
  | { readonly kind: 'wrong' };

// Reads again what an edit could have touched, and compares use by use.
function tryEdit(
  scene: Scene,
  { repository, place }: EditedRepository,
  question: Question,
  uses: readonly Use[],
): Verdict {
  const { path, index, target, originals } = question;
  const moved: Moved[] = [];
  // The text of a Dockerfile says nothing of another one; that of a file that states builds does.
  for (const touched of place.path === path ? [path] : repository.sources.keys()) {
    const [original, old] =
      touched === path ? [originals, uses] : [usesIn(scene.before, touched), usesIn(scene.repository, touched)];
    const now = usesIn(repository, touched);
    if (original === undefined || old?.length !== original.length || now?.length !== original.length) return wrong;
    for (const [at, use] of now.entries()) {
      if (same(use.reference, old[at]?.reference)) continue;
      const meant = scene.wanted.get(textOf(original[at]?.reference));
      if (!same(use.reference, meant)) return { kind: 'shared', why: sharedReason(place, use) };
      moved.push({ path: touched, index: at });
    }
    if (touched === path && !same(now[index]?.reference, target)) return wrong;
  }
  return { kind: 'right', moved };
}

const wrong = { kind: 'wrong' } as const;

function sharedReason({ through }: UseEdit, other: Use): string {
  const what = through ?? 'the same text';
  return `shares ${what} with line ${other.line} of ${other.path}, for which another version is due or none`;
}

function same(a: Reference | undefined, b: Reference | undefined): boolean {
  return textOf(a) === textOf(b);
}

function textOf(reference: Reference | undefined): string {
  return reference === undefined ? '' : formatReference(reference);
}

/** Which reference stands in place of which, by canonical text. */
export type Wanted = ReadonlyMap<string, Reference>;
/** The reference in the spelling of `text`, which names the same repository: only tag and digest differ. */
export function respell(text: string, { tag, digest }: Reference): string {
  const name = nameIn(text);
  const said = tag === undefined || (tag === 'latest' && name === text && digest === undefined) ? '' : `:${tag}`;
  return `${name}${said}${digest === undefined ? '' : `@${digest}`}`;
}

// A colon before the last slash belongs to the registry's port.
function nameIn(text: string): string {
  const [bare = ''] = text.split('@', 1);
  const colon = bare.indexOf(':', bare.lastIndexOf('/') + 1);
  return colon === -1 ? bare : bare.slice(0, colon);
}

/** Whether the text is a spelling of the reference. */
export function spells(text: string, reference: Reference): boolean {
  return formatReference(parseReference(text)) === formatReference(reference);
}
