import { formatPlatform, type Platform } from '../oci/platform.ts';
import { expandWord, type Variables } from './expand.ts';
import type { Instruction } from './lex.ts';
import { Refusal } from './refusal.ts';
import { SubstitutionError } from './substitution-error.ts';
import { quotedWords } from './validate.ts';

/** Expands a word of an instruction; throws Refusal where the shell lexer refuses it. */
export function expandIn(word: string, variables: Variables, instruction: Instruction, escapeToken: string): string {
  try {
    return expandWord(word, variables, { escapeToken });
  } catch (error) {
    if (!(error instanceof SubstitutionError)) throw error;
    throw new Refusal('substitution', instruction.line, `failed to process "${word}": ${error.message}`);
  }
}

/** The variables that FROM lines see: platform arguments, then ARGs before the first FROM, build arguments going over defaults. */
export function globalArguments(
  instructions: readonly Instruction[],
  escapeToken: string,
  given: { readonly args: Readonly<Record<string, string>>; readonly platforms: Readonly<Record<string, string>> },
): Variables {
  const variables = new Map(Object.entries(given.platforms));
  for (const instruction of instructions) {
    for (const { name, value } of argumentsOf(instruction, escapeToken)) {
      const override = Object.hasOwn(given.args, name) ? given.args[name] : undefined;
      if (override !== undefined) variables.set(name, override);
      else if (value !== undefined) variables.set(name, expandIn(value, variables, instruction, escapeToken));
    }
  }
  return variables;
}

// `ARG a=1 b` — the value keeps its quotes until it is expanded.
function argumentsOf({ rest }: Instruction, escapeToken: string) {
  return quotedWords(rest).map((word) => {
    const equals = word.indexOf('=');
    const name = equals === -1 ? word : word.slice(0, equals);
    return { name: unquoted(name, escapeToken), value: equals === -1 ? undefined : word.slice(equals + 1) };
  });
}

function unquoted(name: string, escapeToken: string): string {
  return expandWord(name, new Map(), { escapeToken, skipUnset: true });
}

/** The arguments that BuildKit sets by itself for the platforms of a build (docs: automatic platform ARGs in the global scope). */
export function platformArguments(
  build: Platform,
  target: Platform,
  stage: string | undefined,
): Readonly<Record<string, string>> {
  return {
    ...argumentsFor('BUILD', build),
    ...argumentsFor('TARGET', target),
    TARGETSTAGE: stage ?? 'default',
  };
}

function argumentsFor(prefix: string, platform: Platform): Readonly<Record<string, string>> {
  return {
    [`${prefix}PLATFORM`]: formatPlatform(platform),
    [`${prefix}OS`]: platform.os,
    [`${prefix}ARCH`]: platform.architecture,
    [`${prefix}VARIANT`]: platform.variant ?? '',
  };
}
