import { type Pattern, parsePattern, replaceMatches, trimPrefix, trimSuffix } from './pattern.ts';

/** `${name-word}` and its kin, parsed. */
export interface Substitution {
  readonly name: string;
  /** `-`, `+`, `?`, `#` or `%`. */
  readonly modifier: string;
  readonly word: string;
  /** `:-`, `:+` and `:?` take an empty value for an unset one. */
  readonly nullIsUnset: boolean;
}

/** The value of a substitution; throws SubstitutionError for `?` on what is missing and for a bad pattern. */
export function substitute(
  { name, modifier, word, nullIsUnset }: Substitution,
  value: string | undefined,
  steps: Steps,
): string {
  const missing = value === undefined || (nullIsUnset && value === '');
  switch (modifier) {
    case '-':
      return missing ? word : value;
    case '+':
      return missing ? '' : word;
    case '?':
      if (!missing) return value;
      throw new SubstitutionError(`${name}: ${word === '' ? missingFact(value) : word}`);
    default:
      return trim(modifier, word, value ?? '', steps);
  }
}

function missingFact(value: string | undefined): string {
  return value === undefined ? 'is not allowed to be unset' : 'is not allowed to be empty';
}

function trim(modifier: string, word: string, value: string, steps: Steps): string {
  const greedy = word.startsWith(modifier);
  const pattern = parse(greedy ? word.slice(1) : word, value, steps);
  return modifier === '#' ? trimPrefix(pattern, value, greedy) : trimSuffix(pattern, value, greedy);
}

/** `${name/pattern/replacement}`, for every match with `//`. */
export function replace(value: string, pattern: string, by: Replacement, steps: Steps): string {
  const text = replaceMatches(parse(pattern, value, steps), value, by.text, by.all);
  steps(text.length);
  return text;
}

/** What `${name/pattern/replacement}` puts in, and whether for every match. */
export interface Replacement {
  readonly text: string;
  readonly all: boolean;
}

/** Counts what the patterns of a file take; throws SubstitutionError over their bound. */
export type Steps = (count: number) => void;

// Matching takes pattern times value steps: so many are never needed, and a file that has them must not hold the program up.
const mostSteps = 1_000_000;

/** The steps of one file. */
export function createSteps(): Steps {
  let taken = 0;
  return (count) => {
    taken += count;
    if (taken > mostSteps) throw new SubstitutionError(`the patterns of the file take more than ${mostSteps} steps`);
  };
}

function parse(pattern: string, value: string, steps: Steps): Pattern {
  steps((pattern.length + 1) * (value.length + 1));
  try {
    return parsePattern(pattern);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new SubstitutionError(`invalid pattern (${pattern}) in substitution: ${error.message}`);
  }
}

/** Variables by name; a name that is absent is unset, which is not the same as empty. */
export type Variables = Pick<ReadonlyMap<string, string>, 'get' | 'has'>;
/** How the words of a file are read. */
export interface Shell {
  readonly escapeToken: string;
  readonly steps: Steps;
}

export interface ExpandOptions extends Shell {
  /** Leaves quotes as they are. */
  readonly rawQuotes?: boolean;
  /** Leaves escape characters as they are. */
  readonly rawEscapes?: boolean;
  /** Leaves unset variables as they are written. */
  readonly skipUnset?: boolean;
}

/** Thrown for a word that BuildKit's shell lexer refuses. */
export class SubstitutionError extends Error {
  override readonly name = 'SubstitutionError';
}
