import type { Pair } from './file-node.ts';
import type { InputDefinition } from './input.ts';
import type { Text } from './value.ts';

/** Names of the inputs in a part of the catalogue. */
export type InputName<Inputs extends readonly InputDefinition[]> = Inputs[number]['name'];

/** What each input of a part of the catalogue that is a choice may say, by its name. */
export type Choices<Inputs extends readonly InputDefinition[]> = {
  readonly [Input in Inputs[number] as Input['kind'] extends { readonly choice: readonly string[] }
    ? Input['name']
    : never]: Input['kind'] extends { readonly choice: readonly (infer Choice extends string)[] } ? Choice : never;
};

/** Reads the inputs of a part of the catalogue by name: the host's over the file's over the default. */
export interface Settings<Inputs extends readonly InputDefinition[]> {
  text(name: InputName<Inputs>): Text | undefined;
  texts(name: InputName<Inputs>): readonly Text[];
  /** Of the file and of the host; the host's come last. */
  pairs(name: InputName<Inputs>): readonly Pair[];
  boolean(name: InputName<Inputs>): boolean;
  number(name: InputName<Inputs>): number;
  duration(name: InputName<Inputs>): number;
  /** What the host was given, whatever the file says. */
  given(name: InputName<Inputs>): Text | undefined;
  /** What the host was given for an input whose name is that of a key. */
  givenFor(input: InputDefinition): Text | undefined;
  /** What the host was given for such an input, one value a line. */
  allGivenFor(input: InputDefinition): readonly Text[];
  /** One of the input's choices. */
  choice<Name extends keyof Choices<Inputs> & string>(name: Name): Choices<Inputs>[Name] & string;
}
