import type { MappingShape } from '../config/file-shape.ts';
import type { InputDefinition } from './input.ts';

/** The form of one value of the configuration file. Checks and the JSON Schema are both made from it. */
export type Shape =
  | { readonly kind: 'value'; readonly input: ValueInput }
  | { readonly kind: 'list'; readonly items: Shape }
  | MappingShape;
export type ValueInput = Pick<InputDefinition, 'kind' | 'range' | 'aliases' | 'default'>;
