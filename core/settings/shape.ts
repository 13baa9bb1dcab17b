import type { InputDefinition } from './input.ts';

/** The form of one value of the configuration file. Checks and the JSON Schema are both made from it. */
export type Shape =
  | { readonly kind: 'value'; readonly input: ValueInput }
  | { readonly kind: 'list'; readonly items: Shape }
  | MappingShape;
export type ValueInput = Pick<InputDefinition, 'kind' | 'range' | 'aliases' | 'default'>;

export interface MappingShape {
  readonly kind: 'mapping';
  readonly keys: Readonly<Record<string, Key>>;
}

export interface Key {
  readonly help: string;
  readonly shape: Shape;
  readonly required?: true;
}

/** A mapping of these keys. */
export function mapping(keys: Readonly<Record<string, Key>>): MappingShape {
  return { kind: 'mapping', keys };
}
