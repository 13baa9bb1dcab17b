import { platformArguments, withGlobalArguments } from '../../dockerfile/arguments.ts';
import { parseCommand } from '../../dockerfile/commands.ts';
import { lex } from '../../dockerfile/lex.ts';
import { instructionAt, placesOf, type Span } from '../../dockerfile/places.ts';
import { createSteps } from '../../dockerfile/substitution.ts';
import type { Platform } from '../../oci/platform.ts';
import type { Variant } from './readings.ts';

/** An ARG before the first FROM, with where its default stands. */
export interface GlobalArgument {
  readonly name: string;
  /** As written, quotes and all; undefined without a default. */
  readonly written: string | undefined;
  readonly span: Span | undefined;
  /** What the arguments before it and its own are in a build. */
  readonly before: ReadonlyMap<string, string>;
}

/** The arguments that FROM lines see in one build, and where each default stands. */
export interface Globals {
  readonly definitions: readonly GlobalArgument[];
  readonly values: ReadonlyMap<string, string>;
}

/** Reads the ARGs before the first FROM of a file that BuildKit takes. */
export function globalsOf(text: string, { build, target }: Variant, host: Platform): Globals {
  const { instructions, escapeToken } = lex(text);
  const values = platformArguments({ build: host, target }, '', build.args);
  const definitions: GlobalArgument[] = [];
  const shell = { escapeToken, steps: createSteps() };
  for (const instruction of instructions) {
    if (instruction.keyword === 'from') break;
    const command = parseCommand(instruction);
    if (command.kind !== 'arg') continue;
    const around = instructionAt(text, instruction.line);
    for (const { name, value } of command.args) {
      const before = new Map(values);
      withGlobalArguments(values, [{ name, value }], build.args, shell);
      definitions.push({ name, written: value, span: spanOf(text, name, value, around), before });
    }
  }
  return { definitions, values };
}

function spanOf(text: string, name: string, value: string | undefined, around: Span): Span | undefined {
  if (value === undefined) return undefined;
  const place = placesOf(text, `${name}=${value}`, around).at(-1);
  return place && { start: place.start + name.length + 1, end: place.end };
}

/** The last definition of a name that has a default. */
export function definitionOf({ definitions }: Globals, name: string): GlobalArgument | undefined {
  return definitions.findLast((definition) => definition.name === name && definition.written !== undefined);
}
