import { EVENT_ID, type Event, getScalarValue, parseEvents, SCALAR_STYLE, YAMLException } from 'js-yaml';
import { hasManyItems } from '../bound.ts';
import { type FailureError, fail } from '../failure.ts';

/** A YAML node with the 1-based line on which it begins. Scalars stay text, so that tag 1.20 never becomes 1.2. */
export type YamlNode =
  | {
      readonly kind: 'text';
      readonly text: string;
      readonly line: number;
      /** Its own file, where that is not the one that it is read with. */
      readonly file?: string;
    }
  | { readonly kind: 'empty'; readonly line: number }
  | { readonly kind: 'list'; readonly items: readonly YamlNode[]; readonly line: number }
  | { readonly kind: 'mapping'; readonly entries: readonly YamlEntry[]; readonly line: number };

export interface YamlEntry {
  readonly key: string;
  readonly line: number;
  readonly value: YamlNode;
}

// An alias shares its node and nothing is copied; the bounds keep the walk over the nodes short too.
const maximumAliases = 100;
const maximumLength = 1024 * 1024;
const mostItems = 50_000;

/** Reads the one YAML document of a configuration file; undefined when it holds nothing but comments. */
export function parseYaml(source: string, file: string): YamlNode | undefined {
  if (source.length > maximumLength) {
    throw fail('config', file, 'is larger than 1 MiB', 'a configuration file is a few lines of YAML');
  }
  if (hasManyItems(source, mostItems)) {
    throw fail('config', file, `has more than ${mostItems} lines and items`, 'write less into one file');
  }
  const events = eventsOf(source, file);
  const documents = events.filter((event) => event.type === EVENT_ID.DOCUMENT).length;
  if (documents > 1) throw fail('config', file, `holds ${documents} YAML documents`, 'keep one of them');
  const state: State = { source, file, events, next: 1, line: 1, counted: 0, aliases: 0, anchors: new Map() };
  const root = compose(state);
  return root?.kind === 'empty' ? undefined : root;
}

function eventsOf(source: string, file: string): readonly Event[] {
  try {
    return parseEvents(source, { maxDepth: 20 });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const where = error.mark === undefined ? file : `${file}:${error.mark.line + 1}`;
    throw fail('config', where, `is not valid YAML: ${error.reason}`, 'fix this line', { cause: error });
  }
}

interface State {
  readonly source: string;
  readonly file: string;
  readonly events: readonly Event[];
  readonly anchors: Map<string, YamlNode>;
  next: number;
  /** Line of the offset `counted`, up to which line ends have been counted. */
  line: number;
  counted: number;
  aliases: number;
}

// The node that begins with the next event; undefined at the end of the enclosing collection.
function compose(state: State): YamlNode | undefined {
  const event = state.events[state.next];
  state.next += 1;
  if (event === undefined || event.type === EVENT_ID.POP || event.type === EVENT_ID.DOCUMENT) return undefined;
  if (event.type === EVENT_ID.ALIAS) return resolveAlias(state, event.anchorStart, event.anchorEnd);
  if (event.tagStart >= 0) {
    const tag = state.source.slice(event.tagStart, event.tagEnd);
    throw errorAt(state, event.tagStart, `the YAML tag ${tag} is not understood`, 'remove it');
  }
  const node = content(state, event);
  if (event.anchorStart >= 0) state.anchors.set(state.source.slice(event.anchorStart, event.anchorEnd), node);
  return node;
}

function content(state: State, event: Extract<Event, { readonly tagStart: number }>): YamlNode {
  if (event.type === EVENT_ID.SCALAR) {
    const line = lineAt(state, event.valueStart);
    const text = getScalarValue(state.source, event);
    const isNull = event.style === SCALAR_STYLE.PLAIN && /^(?:|~|null|Null|NULL)$/.test(text);
    return isNull ? { kind: 'empty', line } : { kind: 'text', text, line };
  }
  const line = lineAt(state, event.start);
  if (event.type === EVENT_ID.SEQUENCE) return { kind: 'list', items: children(state), line };
  return { kind: 'mapping', entries: entries(state), line };
}

function children(state: State): readonly YamlNode[] {
  const nodes: YamlNode[] = [];
  for (let node = compose(state); node !== undefined; node = compose(state)) nodes.push(node);
  return nodes;
}

function entries(state: State): readonly YamlEntry[] {
  const nodes = children(state);
  const found = new Map<string, YamlEntry>();
  for (let index = 0; index < nodes.length; index += 2) {
    const [key, value] = nodes.slice(index, index + 2);
    if (key === undefined || value === undefined) break;
    const where = `${state.file}:${key.line}`;
    if (key.kind !== 'text') throw fail('config', where, 'a key is not text', 'write it as text');
    const earlier = found.get(key.text);
    if (earlier !== undefined) {
      throw fail('config', where, `key ${key.text} is already on line ${earlier.line}`, 'keep one of the two');
    }
    found.set(key.text, { key: key.text, line: key.line, value });
  }
  return [...found.values()];
}

function resolveAlias(state: State, start: number, end: number): YamlNode {
  const name = state.source.slice(start, end);
  const node = state.anchors.get(name);
  if (node === undefined) throw errorAt(state, start, `alias *${name} has no anchor before it`, `define &${name}`);
  state.aliases += 1;
  if (state.aliases <= maximumAliases) return node;
  throw errorAt(state, start, `there are more than ${maximumAliases} aliases`, 'write the values out');
}

// Offsets come in rising order; an absent value has none (-1) and stands where the node before it does.
function lineAt(state: State, offset: number): number {
  for (; state.counted < offset; state.counted += 1) {
    const at = state.source[state.counted];
    if (at === '\n' || (at === '\r' && state.source[state.counted + 1] !== '\n')) state.line += 1;
  }
  return state.line;
}

function errorAt(state: State, offset: number, detail: string, remedy: string): FailureError {
  return fail('config', `${state.file}:${lineAt(state, offset)}`, detail, remedy);
}
