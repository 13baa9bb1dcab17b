import { expandWords } from './expand.ts';
import { createSteps, type ExpandOptions, SubstitutionError } from './substitution.ts';

/** A here-document that an instruction opens. */
export interface Heredoc {
  readonly name: string;
  /** `<<-`: leading tabs are stripped, before the terminator too. */
  readonly chomp: boolean;
  /** Whether variables in it are expanded: where no part of the name is quoted. */
  readonly expands: boolean;
}

const none = new Map<string, string>();
const raw = { escapeToken: '\\', rawQuotes: true, rawEscapes: true, skipUnset: true } as const;

/** The here-documents that the words of an instruction open, in order. */
export function heredocsIn(line: string): readonly Heredoc[] {
  const words = wordsOf(line, raw);
  return words.flatMap((word, at) => {
    // `<< EOF` is `<<EOF`, but `<<- EOF` opens nothing.
    const isApart = /^\d*<<$/.test(word);
    const heredoc = heredocOf(isApart ? `${word} ${words[at + 1] ?? ''}` : word);
    return heredoc === undefined ? [] : [heredoc];
  });
}

/** The here-document that one word names, undefined where it is no such word. */
export function heredocOf(word: string): Heredoc | undefined {
  const match = /^\d*<<(-?)([^<]*)$/.exec(word);
  const rest = match?.[2] ?? '';
  if (match === null || rest === '' || hasModifier(rest)) return undefined;
  const names = wordsOf(rest, { escapeToken: '\\', skipUnset: true });
  const [name] = names;
  if (names.length !== 1 || name === undefined) return undefined;
  const quoted = wordsOf(rest, { escapeToken: '\\', skipUnset: true, rawQuotes: true }).join('');
  return { name, chomp: match[1] === '-', expands: quotesIn(name) === quotesIn(quoted) };
}

// BuildKit takes no name in which a substitution has a default or the like.
function hasModifier(name: string): boolean {
  if (!name.includes('${')) return false;
  const live = name.replace(/\\./gs, '').replace(/'[^']*'/g, '');
  return /\$\{(?:\w+|[@*#?$!-])[-:+?#%/]/.test(live);
}

function quotesIn(text: string): number {
  return text.replace(/[^'"]/g, '').length;
}

// What the shell lexer cannot split opens nothing; the instruction itself is refused later, with its own words.
function wordsOf(line: string, options: Omit<ExpandOptions, 'steps'>): readonly string[] {
  try {
    return expandWords(line, none, { ...options, steps: createSteps() });
  } catch (error) {
    if (error instanceof SubstitutionError) return [];
    throw error;
  }
}
