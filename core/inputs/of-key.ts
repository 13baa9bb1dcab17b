import type { InputDefinition } from '../settings/input.ts';
import type { Shape } from '../settings/shape.ts';

/** The input that sets a key of the configuration file; none where the key holds more than fits in a line. */
export function inputOfKey(
  name: string,
  help: string,
  shape: Shape,
  place: Pick<InputDefinition, 'commands' | 'config'>,
): readonly InputDefinition[] {
  if (shape.kind !== 'value') return [];
  const placeholder = shape.input.kind === 'path' || shape.input.kind === 'list' ? { placeholder: 'FILE' } : {};
  return [{ name, ...shape.input, help, ...placeholder, ...place }];
}
