import { formatPlatform, type Platform } from '../oci/platform.ts';
import type { ArgumentDefinition } from './commands.ts';
import { expandWord } from './expand.ts';
import { DockerfileRefusal } from './refusal.ts';
import { type ExpandOptions, type Shell, SubstitutionError, type Variables } from './substitution.ts';

/** Expands a word of an instruction; throws Refusal where the shell lexer refuses it. */
export function expandIn(word: string, variables: Variables, shell: ExpandOptions): string {
  try {
    return expandWord(word, variables, shell);
  } catch (error) {
    if (!(error instanceof SubstitutionError)) throw error;
    throw new DockerfileRefusal('substitution', null, `failed to process "${word}": ${error.message}`);
  }
}

export type BuildArguments = Readonly<Record<string, string>>;

/** The build argument of that name, undefined where none is given. */
export function givenArgument(args: BuildArguments, name: string): string | undefined {
  return Object.hasOwn(args, name) ? args[name] : undefined;
}

/** Adds ARGs before the first FROM to what FROM lines see: build arguments go over defaults, and no default unsets nothing. */
export function withGlobalArguments(
  variables: Map<string, string>,
  definitions: readonly ArgumentDefinition[],
  args: BuildArguments,
  shell: Shell,
): void {
  for (const { name, value } of definitions) {
    const given = givenArgument(args, name);
    if (given !== undefined) variables.set(name, given);
    else if (value !== undefined) variables.set(name, expandIn(value, variables, shell));
  }
}

/** The arguments that BuildKit sets by itself; a build argument of the name goes over each. */
export function platformArguments(
  platforms: { readonly build: Platform; readonly target: Platform },
  stage: string,
  args: BuildArguments,
): Map<string, string> {
  const variables = new Map<string, string>();
  const set = (name: string, value: string) => variables.set(name, givenArgument(args, name) ?? value);
  for (const [prefix, platform] of [
    ['BUILD', platforms.build],
    ['TARGET', platforms.target],
  ] as const) {
    set(`${prefix}PLATFORM`, formatPlatform(platform));
    set(`${prefix}OS`, platform.os);
    set(`${prefix}OSVERSION`, platform.osVersion ?? '');
    set(`${prefix}ARCH`, platform.architecture);
    set(`${prefix}VARIANT`, platform.variant ?? '');
  }
  set('TARGETSTAGE', stage === '' ? 'default' : stage);
  return variables;
}
