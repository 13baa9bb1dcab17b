import { type BuildArguments, expandIn, givenArgument } from './arguments.ts';
import type { ArgumentDefinition } from './commands.ts';
import { DockerfileRefusal } from './refusal.ts';
import type { Shell } from './substitution.ts';

/** Build arguments that the file declares before its first FROM and gives no value, so that whoever builds it does. */
export interface OpenArguments {
  /** What variables are, as far as it is known: `$NAME` stands for an open argument. */
  readonly known: Map<string, string>;
  readonly names: Set<string>;
}

/** No open argument yet, beside variables that have values. */
export function openArguments(variables: ReadonlyMap<string, string>): OpenArguments {
  return { known: new Map(variables), names: new Set() };
}

/**
 * Adds ARGs before the first FROM to what FROM lines see, as a build does whose arguments are not all known: a default that
 * demands one (`${NAME:?}`) has no value, and is no reason to refuse the file.
 */
export function withOpenArguments(
  { known, names }: OpenArguments,
  variables: Map<string, string>,
  definitions: readonly ArgumentDefinition[],
  args: BuildArguments,
  shell: Shell,
): void {
  for (const { name, value } of definitions) {
    const given = givenArgument(args, name);
    if (given !== undefined) {
      variables.set(name, given);
      known.set(name, given);
      continue;
    }
    if (!known.has(name)) names.add(name);
    if (value === undefined) continue;
    const open = expandIn(value, known, { ...shell, skipUnset: true });
    if (demandedIn(open, names) === undefined) variables.set(name, expandIn(value, variables, shell));
    // An empty default is a place for what is given.
    if (open === '') known.delete(name);
    else known.set(name, open);
  }
}

/** The open argument without which a word has no value, or makes nothing that `suits`. */
export function givenBy(
  word: string,
  { known, names }: OpenArguments,
  shell: Shell,
  suits: () => boolean,
): string | undefined {
  const open = expandIn(word, known, { ...shell, skipUnset: true });
  const demanded = demandedIn(open, names);
  if (demanded !== undefined) return demanded;
  const argument = matching(/\$\{?(\w+)/g, open, names);
  return argument === undefined || suits() ? undefined : argument;
}

function demandedIn(text: string, names: ReadonlySet<string>): string | undefined {
  return matching(/\$\{(\w+):?\?/g, text, names);
}

function matching(pattern: RegExp, text: string, names: ReadonlySet<string>): string | undefined {
  return [...text.matchAll(pattern)].map(([, name = '']) => name).find((name) => names.has(name));
}

/** Whether work is done without a refusal. */
export function isAccepted(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (!(error instanceof DockerfileRefusal)) throw error;
    return false;
  }
}
