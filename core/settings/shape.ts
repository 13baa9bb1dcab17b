import type { InputDefinition } from './input.ts';

/** The form of one value of the configuration file. Checks and the JSON Schema are both made from it. */
export type Shape =
  | { readonly kind: 'value'; readonly input: ValueInput }
  | { readonly kind: 'list'; readonly items: Shape }
  | MappingShape;
export type ValueInput = Pick<InputDefinition, 'kind' | 'range' | 'aliases' | 'default' | 'from' | 'names' | 'commas'>;

export interface MappingShape {
  readonly kind: 'mapping';
  /** The key that one word in place of the mapping stands for. */
  readonly word?: string;
  /** Whether its keys, all in lower case, are read in any case. */
  readonly inAnyCase?: true;
  readonly keys: Readonly<Record<string, Key>>;
}

export interface Key {
  readonly help: string;
  readonly shape: Shape;
  /** Whether it must be there; or must be where another key of its mapping is not. */
  readonly required?: true | { readonly unless: string };
}

/** A mapping of these keys. */
export function mapping(keys: Readonly<Record<string, Key>>): MappingShape {
  return { kind: 'mapping', keys };
}

/** A key with one value. */
export interface ValueKey<Input extends ValueInput = ValueInput> {
  readonly help: string;
  readonly shape: { readonly kind: 'value'; readonly input: Input };
}

/** The key of one value. */
export function valueKey<const Input extends ValueInput>(help: string, input: Input): ValueKey<Input> {
  return { help, shape: { kind: 'value', input } };
}

/** The key as one image or rule may say it: what it leaves out is as for all, so it has no default of its own. */
export function withoutDefault(key: Key): Key {
  const { help, shape } = key;
  if (shape.kind !== 'value') return { help, shape };
  const { default: _, ...input } = shape.input;
  return { help, shape: { kind: 'value', input } };
}
