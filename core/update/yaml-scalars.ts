import { EVENT_ID, type Event, getScalarValue, parseEvents, YAMLException } from 'js-yaml';
import { hasManyItems } from '../bound.ts';

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
  | { readonly kind: 'mapping'; readonly entries: readonly (readonly [string, Node])[] }
  | { readonly kind: 'other' };

interface State {
  readonly source: string;
  readonly events: readonly Event[];
  readonly anchors: Map<string, Node>;
  next: number;
}

// As the bounds of the configuration file: aliases of aliases grow without end.
const mostScalars = 100_000;
const mostItems = 50_000;

/** Every scalar of a file, aliases followed to where they are written; undefined where the file cannot be read. */
export function yamlScalars(source: string): readonly YamlScalar[] | undefined {
  if (hasManyItems(source, mostItems)) return undefined;
  const state: State = { source, events: eventsOf(source), anchors: new Map(), next: 0 };
  const found: YamlScalar[] = [];
  while (state.next < state.events.length) {
    if (state.events[state.next]?.type === EVENT_ID.DOCUMENT) {
      state.next += 1;
      const root = compose(state);
      if (root !== undefined && !collect(root, [], found)) return undefined;
    } else state.next += 1;
  }
  return found.length === 0 ? undefined : found;
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
  return { kind: 'mapping', entries };
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
