import { ShellLexer } from './shell-lexer.ts';

/** Variables by name; a name that is absent is unset, which is not the same as empty. */
export type Variables = Pick<ReadonlyMap<string, string>, 'get' | 'has'>;

export interface ExpandOptions {
  readonly escapeToken: string;
  /** Leaves quotes as they are. */
  readonly rawQuotes?: boolean;
  /** Leaves escape characters as they are. */
  readonly rawEscapes?: boolean;
  /** Leaves unset variables as they are written. */
  readonly skipUnset?: boolean;
}

/** Expands one word as BuildKit's shell lexer does: quotes, escapes, `$name` and every `${name…}` form. */
export function expandWord(word: string, variables: Variables, options: ExpandOptions): string {
  return new ShellLexer(word, variables, options).expand().text;
}

/** Splits a line into words as a shell would, expanding each. */
export function expandWords(line: string, variables: Variables, options: ExpandOptions): readonly string[] {
  return new ShellLexer(line, variables, options).expand().words;
}
