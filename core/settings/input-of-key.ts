import type { InputDefinition } from './input.ts';
import type { Shape, ValueInput, ValueKey } from './shape.ts';

type Place = Pick<InputDefinition, 'commands' | 'config'>;

/** The input that sets one key of the configuration file, under a name that is clear among all inputs. */
export function inputOf<const Name extends string, Input extends ValueInput>(
  name: Name,
  { help, shape }: ValueKey<Input>,
  place: Place,
): InputDefinition & { readonly name: Name; readonly kind: Input['kind'] } {
  const { kind, names } = shape.input;
  const isFile = kind === 'path' || (kind === 'list' && names !== undefined);
  const placeholder = isFile ? { placeholder: 'FILE' } : kind === 'list' ? { placeholder: 'NAME' } : {};
  return { name, ...shape.input, help, ...placeholder, ...place };
}

/** The inputs that set those of the keys that fit in a line. */
export function inputsOfKeys(
  keys: Readonly<Record<string, { readonly help: string; readonly shape: Shape }>>,
  place: (key: string) => Place & { readonly name: string },
): readonly InputDefinition[] {
  return Object.entries(keys).flatMap(([key, { help, shape }]) => {
    if (shape.kind !== 'value') return [];
    const { name, ...rest } = place(key);
    return [inputOf(name, { help, shape }, rest)];
  });
}
