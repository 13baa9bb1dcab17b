import {
  CORE_SCHEMA,
  defineMappingTag,
  defineScalarTag,
  defineSequenceTag,
  load,
  mapTag,
  mergeTag,
  YAMLException,
} from 'js-yaml';
import { hasManyItems } from '../bound.ts';
import { fail } from '../failure.ts';

/** What `!reset` of Compose leaves of a value. */
export const reset = Symbol('!reset');

/** What `!override` of Compose marks: a value that takes the place of an earlier one and is not joined with it. */
export class Override {
  readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
}

// A tag of any other program says how a value is used, and not what it is.
function tagged(tag: string, value: unknown): unknown {
  if (tag === '!reset') return reset;
  return tag === '!override' ? new Override(value) : value;
}

interface Carrier<T> {
  readonly tag: string;
  readonly value: T;
}

const anyTag = '!';
const loose = { matchByTagPrefix: true, identify: () => false } as const;
const scalars = defineScalarTag<unknown>(anyTag, { ...loose, resolve: (source, _, tag) => tagged(tag, source) });
const sequences = defineSequenceTag<Carrier<unknown[]>, unknown>(anyTag, {
  ...loose,
  create: (tag) => ({ tag, value: [] }),
  addItem: ({ value }, item) => {
    value.push(item);
  },
  finalize: ({ tag, value }) => tagged(tag, value),
});
const mappings = defineMappingTag<Carrier<Record<string, unknown>>, unknown>(anyTag, {
  ...loose,
  create: (tag) => ({ tag, value: {} }),
  addPair: ({ value }, key, item) => mapTag.addPair(value, key, item),
  has: ({ value }, key) => mapTag.has(value, key),
  keys: () => [],
  get: () => undefined,
  finalize: ({ tag, value }) => tagged(tag, value),
});
const schema = CORE_SCHEMA.withTags(mergeTag, scalars, sequences, mappings);

const deepest = 100;
const mostNodes = 250_000;
const mostItems = 50_000;

/** The value of an untrusted YAML file, undefined where it is none; throws `too-large` for one that unfolds to more than is read. */
export function looseYaml(text: string, file: string): unknown {
  if (hasManyItems(text, mostItems)) throw unfolds(file, `more than ${mostItems} lines and items`);
  const value = loaded(text, file);
  if (measure(value, { file, known: new Map(), depth: 0 }).nodes > mostNodes) throw unfolds(file, tooMany);
  return value;
}

const tooMany = `more than ${mostNodes} values`;
const tooDeep = `a nesting of more than ${deepest}`;

function loaded(text: string, file: string): unknown {
  try {
    return load(text, { schema, json: true, maxDepth: deepest });
  } catch (error) {
    const reason = error instanceof YAMLException ? error.reason : '';
    if (reason.startsWith('nesting exceeded')) throw unfolds(file, tooDeep);
    if (reason.startsWith('merge keys exceeded')) throw unfolds(file, 'too many merged keys');
    return undefined;
  }
}

function unfolds(file: string, bound: string) {
  return fail('too-large', file, `is YAML that comes to ${bound}, which is the bound`, 'write less into one file');
}

interface Extent {
  readonly nodes: number;
  readonly depth: number;
}

interface Measured {
  readonly file: string;
  readonly known: Map<object, Extent>;
  readonly depth: number;
}

// Every alias counts as what it stands for: whoever goes through the value goes through it again.
function measure(value: unknown, { file, known, depth }: Measured): Extent {
  if (typeof value !== 'object' || value === null) return { nodes: 1, depth: 1 };
  const before = known.get(value);
  if (before !== undefined) return before;
  if (depth > deepest) throw unfolds(file, tooDeep);
  // An alias within its own anchor has no end.
  known.set(value, { nodes: Number.POSITIVE_INFINITY, depth: 0 });
  let [nodes, deep] = [1, 0];
  for (const item of Array.isArray(value) ? value : Object.values(value)) {
    const extent = measure(item, { file, known, depth: depth + 1 });
    nodes += extent.nodes;
    deep = Math.max(deep, extent.depth);
  }
  if (deep >= deepest) throw unfolds(file, tooDeep);
  known.set(value, { nodes, depth: deep + 1 });
  return { nodes, depth: deep + 1 };
}
