import { type Alias, isAlias, isMap, isScalar, isSeq, type ParsedNode } from 'yaml';
import { createBound, hasManyItems, type Spend } from '../../bound.ts';
import { lineOf, type Span } from '../../dockerfile/places.ts';
import { fail } from '../../failure.ts';
import { readNodes, type YamlTreeNode } from '../yaml.ts';

/** A scalar with where it is written, quotes left out. */
export interface ScalarTree {
  readonly kind: 'scalar';
  readonly value: string;
  /** Whether YAML takes it for a text, and not for a number, a truth value or null. */
  readonly isText: boolean;
  readonly span: Span;
  readonly quote: '' | '"' | "'";
}

export interface ListTree {
  readonly kind: 'list';
  readonly items: readonly Tree[];
}

export interface MappingTree {
  readonly kind: 'mapping';
  readonly entries: ReadonlyMap<string, Tree>;
  /** Written as `{a: b}`. */
  readonly isFlow: boolean;
}

/** A value of a YAML file with the places of its scalars; aliases are what they stand for. */
export type Tree = ScalarTree | ListTree | MappingTree | { readonly kind: 'other' };

/** The documents of a file, or where it is broken. */
export type Documents =
  | { readonly kind: 'read'; readonly trees: readonly Tree[] }
  | { readonly kind: 'broken'; readonly line: number; readonly detail: string };

const mostItems = 50_000;
const mostSteps = 250_000;
const other = { kind: 'other' } as const;

/** Reads the documents of a YAML file with places; throws `too-large` for one that unfolds to more than is read. */
export function readDocuments(text: string, file: string): Documents {
  // What takes the text apart would make something of each of them.
  if (hasManyItems(text, mostItems)) {
    throw fail('too-large', file, `is YAML of more than ${mostItems} lines and items, which is the bound`, 'split it');
  }
  const read = readNodes(text, file);
  if (read.kind === 'broken') return read;
  const spend = createBound(file, mostSteps, 'values of YAML', 'write less into one file');
  const twice: Twice[] = [];
  const trees = read.nodes.map((node) => treeOf(node, { text, anchors: new Map(), spend, twice }));
  const [first] = twice;
  return first === undefined ? { kind: 'read', trees } : { kind: 'broken', ...brokenAt(text, first) };
}

/** A key that its mapping has already: some programs take the last of them, and others refuse the file. */
interface Twice {
  readonly name: string;
  readonly at: number;
  readonly before: number;
}

function brokenAt(text: string, { name, at, before }: Twice) {
  return { line: lineOf(text, at), detail: `key ${name.slice(0, 100)} is already on line ${lineOf(text, before)}` };
}

interface State {
  readonly text: string;
  readonly anchors: Map<string, Tree>;
  readonly spend: Spend;
  readonly twice: Twice[];
}

function treeOf(node: YamlTreeNode | undefined, state: State): Tree {
  state.spend(1);
  if (isAlias(node)) return state.anchors.get(node.source) ?? other;
  const tree = contentOf(node, state);
  if (node?.anchor !== undefined) state.anchors.set(node.anchor, tree);
  return tree;
}

function contentOf(node: Exclude<YamlTreeNode, Alias.Parsed> | undefined, state: State): Tree {
  if (isMap<ParsedNode, ParsedNode | null>(node)) {
    const entries = new Map<string, Tree>();
    const merged: Tree[] = [];
    const places = new Map<string, number>();
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? (key.source ?? String(key.value)) : undefined;
      const tree = treeOf(value, state);
      if (name === '<<' && isScalar(key) && key.type === 'PLAIN') merged.push(tree);
      else if (name !== undefined) {
        const [at, before] = [isScalar(key) ? (key.range?.[0] ?? 0) : 0, places.get(name)];
        if (before !== undefined) state.twice.push({ name, at, before });
        places.set(name, at);
        entries.set(name, tree);
      }
    }
    for (const source of merged) mergeInto(entries, source, state);
    return { kind: 'mapping', entries, isFlow: node.flow === true };
  }
  if (isSeq<ParsedNode>(node)) return { kind: 'list', items: node.items.map((item) => treeOf(item, state)) };
  if (!isScalar(node) || node.range === undefined || node.range === null) return other;
  const [start, end] = node.range;
  const quote = node.type === 'QUOTE_DOUBLE' ? '"' : node.type === 'QUOTE_SINGLE' ? "'" : '';
  const isText = typeof node.value === 'string';
  const value = isText ? String(node.value) : (node.source ?? '');
  return { kind: 'scalar', value, isText, span: { start: start + quote.length, end: end - quote.length }, quote };
}

// What stands in the mapping itself goes over what is merged.
function mergeInto(entries: Map<string, Tree>, source: Tree, state: State): void {
  const sources = source.kind === 'list' ? source.items : [source];
  for (const one of sources) {
    if (one.kind !== 'mapping') continue;
    state.spend(one.entries.size);
    for (const [name, value] of one.entries) if (!entries.has(name)) entries.set(name, value);
  }
}

/** The value below keys of mappings, undefined where one is not there. */
export function treeAt(tree: Tree | undefined, ...keys: readonly string[]): Tree | undefined {
  let found = tree;
  for (const key of keys) {
    if (found?.kind !== 'mapping') return undefined;
    found = found.entries.get(key);
  }
  return found;
}

/** The scalar below keys, undefined where there is none. */
export function scalarAt(tree: Tree | undefined, ...keys: readonly string[]): ScalarTree | undefined {
  const found = treeAt(tree, ...keys);
  return found?.kind === 'scalar' ? found : undefined;
}

/** The items of the list below keys; none where there is no list. */
export function itemsAt(tree: Tree | undefined, ...keys: readonly string[]): readonly Tree[] {
  const found = treeAt(tree, ...keys);
  return found?.kind === 'list' ? found.items : [];
}

/** The entries of the mapping below keys; none where there is no mapping. */
export function entriesAt(tree: Tree | undefined, ...keys: readonly string[]): ReadonlyMap<string, Tree> {
  const found = treeAt(tree, ...keys);
  return found?.kind === 'mapping' ? found.entries : new Map();
}

/** Every mapping and list within a value, itself included; throws `too-large` where aliases make too much of it. */
export function* treesWithin(tree: Tree, file: string): Generator<MappingTree | ListTree> {
  const spend = createBound(file, mostSteps, 'values of YAML', 'write less into one file');
  const open: Tree[] = [tree];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    spend(1);
    if (next.kind !== 'mapping' && next.kind !== 'list') continue;
    yield next;
    const below = next.kind === 'mapping' ? [...next.entries.values()] : next.items;
    spend(below.length);
    for (let at = below.length - 1; at >= 0; at -= 1) {
      const child = below[at];
      if (child !== undefined) open.push(child);
    }
  }
}
