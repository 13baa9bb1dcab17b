import { EVENT_ID, type Event, getScalarValue, parseEvents, YAMLException } from 'js-yaml';
import { type Alias, isAlias, isMap, isScalar, isSeq, type ParsedNode } from 'yaml';
import { hasManyItems } from '../bound.ts';
import { looseNodes, type YamlTreeNode } from '../discover/yaml.ts';
import { FailureError } from '../failure.ts';

/** A scalar of a YAML or JSON file: where it stands in the document, what it says, and where that is written. */
export interface YamlScalar {
  /** Keys and indices from the top of its document. */
  readonly path: readonly string[];
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

type Node =
  | { readonly kind: 'scalar'; readonly value: string; readonly start: number; readonly end: number }
  | { readonly kind: 'list'; readonly items: readonly Node[] }
  | { readonly kind: 'mapping'; readonly entries: Entries }
  | { readonly kind: 'other' };

/** Entries that may still be put into mappings by `<<`. */
interface Room {
  left: number;
}

type Entries = readonly (readonly [string, Node])[];

interface State {
  readonly source: string;
  readonly events: readonly Event[];
  readonly anchors: Map<string, Node>;
  readonly room: Room;
  next: number;
}

// As the bounds of the configuration file: aliases of aliases grow without end.
const mostScalars = 100_000;
const mostItems = 50_000;

/** Every scalar of a file, aliases and merged mappings followed to where they are written; undefined where the file cannot be read. */
export function yamlScalars(source: string): readonly YamlScalar[] | undefined {
  if (hasManyItems(source, mostItems)) return undefined;
  const room = { left: mostScalars };
  const state: State = { source, events: eventsOf(source), anchors: new Map(), room, next: 0 };
  const found: YamlScalar[] = [];
  while (state.next < state.events.length) {
    if (state.events[state.next]?.type === EVENT_ID.DOCUMENT) {
      state.next += 1;
      const root = compose(state);
      if (root !== undefined && !collect(root, [], found)) return undefined;
    } else state.next += 1;
  }
  if (room.left < 0) return undefined;
  if (found.length > 0) return found;
  // What go-yaml accepts and the parser of the configuration does not is read all the same.
  const roots = rootsOf(source, room);
  return room.left >= 0 && roots.every((root) => collect(root, [], found)) && found.length > 0 ? found : undefined;
}

function rootsOf(source: string, room: Room): readonly Node[] {
  try {
    const anchors = new Map<string, Node>();
    return looseNodes(source, '').map((node) => nodeFrom(node, { anchors, room }));
  } catch (error) {
    if (error instanceof FailureError) return [];
    throw error;
  }
}

function nodeFrom(node: YamlTreeNode | undefined, at: Pick<State, 'anchors' | 'room'>): Node {
  if (isAlias(node)) return at.anchors.get(node.source) ?? { kind: 'other' };
  const found = contentFrom(node, at);
  if (node?.anchor !== undefined) at.anchors.set(node.anchor, found);
  return found;
}

function contentFrom(node: Exclude<YamlTreeNode, Alias.Parsed> | undefined, at: Pick<State, 'anchors' | 'room'>): Node {
  if (isMap<ParsedNode, ParsedNode | null>(node)) {
    const entries = node.items.flatMap(({ key, value }) => {
      const name = nodeFrom(key, at);
      return name.kind === 'scalar' ? [[name.value, nodeFrom(value, at)] as const] : [];
    });
    return { kind: 'mapping', entries: merged(entries, at.room) };
  }
  if (isSeq<ParsedNode>(node)) return { kind: 'list', items: node.items.map((item) => nodeFrom(item, at)) };
  if (!isScalar(node) || node.range === undefined || node.range === null) return { kind: 'other' };
  const [start, end] = node.range;
  const quote = node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE' ? 1 : 0;
  return { kind: 'scalar', value: node.source ?? String(node.value ?? ''), start: start + quote, end: end - quote };
}

function eventsOf(source: string): readonly Event[] {
  try {
    return parseEvents(source, { maxDepth: 50 });
  } catch (error) {
    if (error instanceof YAMLException) return [];
    throw error;
  }
}

function compose(state: State): Node | undefined {
  const event = state.events[state.next];
  state.next += 1;
  if (event === undefined || event.type === EVENT_ID.POP || event.type === EVENT_ID.DOCUMENT) return undefined;
  if (event.type === EVENT_ID.ALIAS) {
    return state.anchors.get(state.source.slice(event.anchorStart, event.anchorEnd)) ?? { kind: 'other' };
  }
  const node = contentOf(state, event);
  if (event.anchorStart >= 0) state.anchors.set(state.source.slice(event.anchorStart, event.anchorEnd), node);
  return node;
}

function contentOf(state: State, event: Extract<Event, { readonly tagStart: number }>): Node {
  if (event.type === EVENT_ID.SCALAR) {
    const value = getScalarValue(state.source, event);
    return { kind: 'scalar', value, start: event.valueStart, end: event.valueEnd };
  }
  const children: Node[] = [];
  for (let node = compose(state); node !== undefined; node = compose(state)) children.push(node);
  if (event.type === EVENT_ID.SEQUENCE) return { kind: 'list', items: children };
  const entries = children.flatMap((node, at) => {
    const value = children[at + 1];
    return at % 2 === 0 && node.kind === 'scalar' && value !== undefined ? [[node.value, value] as const] : [];
  });
  return { kind: 'mapping', entries: merged(entries, state.room) };
}

// What stands in the mapping itself goes over what `<<` puts into it, and the first of several over the others.
function merged(entries: Entries, room: Room): Entries {
  const sources = entries.flatMap(([key, value]) =>
    key !== '<<' ? [] : value.kind === 'list' ? value.items : [value],
  );
  if (sources.length === 0) return entries;
  const found = new Map(entries.filter(([key]) => key !== '<<'));
  for (const source of sources) {
    if (source.kind !== 'mapping') continue;
    room.left -= source.entries.length;
    if (room.left < 0) return entries;
    for (const [key, value] of source.entries) if (!found.has(key)) found.set(key, value);
  }
  return [...found];
}

function collect(node: Node, path: readonly string[], found: YamlScalar[]): boolean {
  if (found.length > mostScalars) return false;
  switch (node.kind) {
    case 'scalar':
      found.push({ path, value: node.value, start: node.start, end: node.end });
      return true;
    case 'list':
      return node.items.every((item, at) => collect(item, [...path, String(at)], found));
    case 'mapping':
      return node.entries.every(([key, value]) => collect(value, [...path, key], found));
    case 'other':
      return true;
  }
}
