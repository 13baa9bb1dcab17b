import { ShellLexer } from './shell-lexer.ts';
import type { ExpandOptions, Variables } from './substitution.ts';

/** Expands one word as BuildKit's shell lexer does: quotes, escapes, `$name` and every `${name…}` form. */
export function expandWord(word: string, variables: Variables, options: ExpandOptions): string {
  return new ShellLexer(word, variables, options).expand().text;
}

/** Splits a line into words as a shell would, expanding each. */
export function expandWords(line: string, variables: Variables, options: ExpandOptions): readonly string[] {
  return new ShellLexer(line, variables, options).expand().words;
}
