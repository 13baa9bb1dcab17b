import { inputsOf } from '../../core/inputs.ts';
import { commandDefinitions } from '../../core/settings/commands.ts';

/** An option as a shell can offer it. */
export interface OfferedOption {
  /** With its dashes. */
  readonly name: string;
  readonly about: string;
  /** What may follow: nothing, one of these words, a file or folder, or any text. */
  readonly value:
    | { readonly kind: 'none' | 'path' | 'text' }
    | { readonly kind: 'choice'; readonly of: readonly string[] };
}

/** A command with its options, as the catalogue has them. */
export interface OfferedCommand {
  readonly name: string;
  readonly about: string;
  readonly options: readonly OfferedOption[];
}

const common: readonly OfferedOption[] = [
  { name: '--help', about: 'Show all options.', value: { kind: 'none' } },
  { name: '--version', about: 'Show the version.', value: { kind: 'none' } },
];

/** Everything that can be completed: each command and its options. */
export function offers(): readonly OfferedCommand[] {
  return commandDefinitions.map(({ name, help }) => ({
    name,
    about: help,
    options: [...inputsOf('cli', name).map(offeredOption), ...common],
  }));
}

function offeredOption({ name, kind, help }: ReturnType<typeof inputsOf>[number]): OfferedOption {
  if (kind === 'secret') return { name: `--${name}-stdin`, about: help, value: { kind: 'none' } };
  if (kind === 'boolean') return { name: `--${name}`, about: help, value: { kind: 'none' } };
  if (typeof kind === 'object') return { name: `--${name}`, about: help, value: { kind: 'choice', of: kind.choice } };
  return { name: `--${name}`, about: help, value: { kind: kind === 'path' ? 'path' : 'text' } };
}
