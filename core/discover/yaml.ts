import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Pair, type ParsedNode } from 'yaml';
import { createBound, hasManyItems, type Spend } from '../bound.ts';
import { documentsOf, refuseLarge, unfolds } from './yaml-bounds.ts';

/** What `!reset` of Compose leaves of a value. */
export const reset = Symbol('!reset');

/** What `!override` of Compose marks: a value that takes the place of an earlier one and is not joined with it. */
export class Override {
  readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
}

/** An untrusted YAML file as read: its value, or where it is broken. */
export type LooseYaml =
  | { readonly kind: 'read'; readonly value: unknown }
  | { readonly kind: 'broken'; readonly line: number; readonly detail: string };

const mostMerged = 250_000;
const mostItems = 50_000;

/** The value of an untrusted YAML file, undefined where it is not one; throws `too-large` for one that unfolds to more than is read. */
export function looseYaml(text: string, file: string): unknown {
  const read = readLooseYaml(text, file);
  return read.kind === 'read' ? read.value : undefined;
}

/**
 * Reads YAML as the programs do that it is written for (go-yaml, GitHub, Azure): keys may stand twice, and
 * what stands in brackets, braces or quotes at any indentation. Throws `too-large` for what unfolds to more than is read.
 */
export function readLooseYaml(text: string, file: string): LooseYaml {
  if (hasManyItems(text, mostItems)) throw unfolds(file, `more than ${mostItems} lines and items`);
  const counter = new LineCounter();
  const [document, second] = documentsOf(text, file, counter);
  if (document === undefined) return { kind: 'read', value: undefined };
  const [error] = document.errors;
  if (error !== undefined) return broken(counter, error.pos[0], error.message);
  if (second !== undefined) return broken(counter, second.range[0], 'has a second document, and one is read');
  const merged = createBound(file, mostMerged, 'merged keys', 'write less into one file');
  const tree: Tree = { counter, anchors: new Map(), merged, unknown: undefined };
  const value = readNode(document.contents, tree);
  if (tree.unknown !== undefined)
    return broken(counter, tree.unknown.at, `${tree.unknown.name} is an alias of nothing`);
  refuseLarge(value, file);
  return { kind: 'read', value };
}

/** The nodes at the top of the documents of a YAML file, with their places; none where one of them is broken. Throws as reading does. */
export function looseNodes(text: string, file: string): readonly YamlTreeNode[] {
  const read = readNodes(text, file);
  return read.kind === 'read' ? read.nodes : [];
}

/** The nodes at the top of the documents of a YAML file, with their places, or where it is broken. Throws as reading does. */
export function readNodes(
  text: string,
  file: string,
): { readonly kind: 'read'; readonly nodes: readonly YamlTreeNode[] } | Extract<LooseYaml, { kind: 'broken' }> {
  const counter = new LineCounter();
  const documents = documentsOf(text, file, counter);
  const [error] = documents.flatMap(({ errors }) => errors);
  if (error !== undefined) return { kind: 'broken', ...brokenAt(counter, error.pos[0], error.message) };
  return { kind: 'read', nodes: documents.map(({ contents }) => contents) };
}

/** What is said of a YAML file that cannot be read. */
export function brokenFile(path: string, { line, detail }: { readonly line: number; readonly detail: string }) {
  return {
    subject: `${path}:${line}`,
    detail: `is no YAML that can be read (${detail}), so that what it states is not known`,
    remedy: 'correct it, or leave it out with exclude',
  };
}

const lines = new WeakMap<object, ReadonlyMap<string, number>>();

/** The line of a key of a mapping that this parser made; of the mapping itself without one. */
export function lineOfKey(mapping: object | undefined, key = ''): number | undefined {
  const known = mapping === undefined ? undefined : lines.get(mapping);
  return known?.get(key) ?? known?.get('');
}

function broken(counter: LineCounter, at: number, detail: string): LooseYaml {
  return { kind: 'broken', ...brokenAt(counter, at, detail) };
}

function brokenAt(counter: LineCounter, at: number, detail: string) {
  return { line: counter.linePos(at).line, detail };
}

interface Tree {
  readonly counter: LineCounter;
  readonly anchors: Map<string, unknown>;
  readonly merged: Spend;
  /** An alias of an anchor that does not stand before it. */
  unknown: { readonly name: string; readonly at: number } | undefined;
}

/** A node of a YAML file as it is written. */
export type YamlTreeNode = Document.Parsed['contents'] | ParsedNode | null;

function readNode(node: YamlTreeNode, tree: Tree): unknown {
  if (isAlias(node)) {
    if (!tree.anchors.has(node.source)) tree.unknown ??= { name: `*${node.source}`, at: node.range?.[0] ?? 0 };
    return tree.anchors.get(node.source);
  }
  if (isMap<ParsedNode, ParsedNode | null>(node)) {
    const value: Record<string, unknown> = {};
    return tagged(node.tag, fillMapping(value, node.items, anchored(node.anchor, value, tree), node.range?.[0] ?? 0));
  }
  if (isSeq<ParsedNode>(node)) {
    const value: unknown[] = [];
    anchored(node.anchor, value, tree);
    for (const item of node.items) value.push(readNode(item, tree));
    return tagged(node.tag, value);
  }
  if (!isScalar(node)) return null;
  const value = tagged(node.tag, typeof node.value === 'bigint' ? Number(node.value) : node.value);
  anchored(node.anchor, value, tree);
  return value;
}

function anchored(name: string | undefined, value: unknown, tree: Tree): Tree {
  if (name !== undefined) tree.anchors.set(name, value);
  return tree;
}

// A tag of any other program says how a value is used, and not what it is.
function tagged(tag: string | undefined, value: unknown): unknown {
  if (tag === '!reset') return reset;
  return tag === '!override' ? new Override(value) : value;
}

type Items = readonly Pair<ParsedNode, ParsedNode | null>[];

function fillMapping(value: Record<string, unknown>, items: Items, tree: Tree, at: number): Record<string, unknown> {
  const places = new Map([['', tree.counter.linePos(at).line]]);
  const merged: unknown[] = [];
  for (const { key, value: item } of items) {
    if (isScalar(key) && key.value === '<<' && key.type === 'PLAIN') merged.push(readNode(item, tree));
    else {
      const name = keyOf(key, tree);
      set(value, name, readNode(item, tree));
      places.set(name, tree.counter.linePos(key.range[0]).line);
    }
  }
  // What stands in the mapping itself goes over what is merged, and the first that is merged over the next.
  for (const source of merged.flat()) {
    if (typeof source !== 'object' || source === null) continue;
    const entries = Object.entries(source);
    tree.merged(entries.length);
    for (const [name, item] of entries) if (!Object.hasOwn(value, name)) set(value, name, item);
  }
  lines.set(value, places);
  return value;
}

function keyOf(key: ParsedNode, tree: Tree): string {
  const value = readNode(key, tree);
  return typeof value === 'object' && value !== null ? '' : String(value);
}

// A key may be called __proto__.
function set(value: Record<string, unknown>, name: string, item: unknown): void {
  Object.defineProperty(value, name, { value: item, enumerable: true, configurable: true, writable: true });
}
