import { CORE_SCHEMA, defineMappingTag, defineScalarTag, defineSequenceTag, load, mapTag, mergeTag } from 'js-yaml';

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

/** The value of a YAML file that nobody vouches for, undefined where it is none. */
export function looseYaml(text: string): unknown {
  try {
    return load(text, { schema, json: true });
  } catch {
    return undefined;
  }
}
