import { expandWords } from './expand.ts';
import { SubstitutionError } from './substitution-error.ts';

/** A here-document that an instruction opens. */
export interface Heredoc {
  readonly name: string;
  /** `<<-`: leading tabs are stripped, before the terminator too. */
  readonly chomp: boolean;
}

const none = new Map<string, string>();
const raw = { escapeToken: '\\', rawQuotes: true, rawEscapes: true, skipUnset: true } as const;

/** The here-documents that the words of an instruction open, in order. */
export function heredocsIn(line: string): readonly Heredoc[] {
  return wordsOf(line, raw).flatMap((word) => {
    const heredoc = heredocOf(word);
    return heredoc === undefined ? [] : [heredoc];
  });
}

function heredocOf(word: string): Heredoc | undefined {
  const match = /^(\d*)<<(-?)([^<]*)$/.exec(word);
  const rest = match?.[3] ?? '';
  if (match === null || rest === '') return undefined;
  const names = wordsOf(rest, { escapeToken: '\\', skipUnset: true });
  const [name] = names;
  return names.length === 1 && name !== undefined ? { name, chomp: match[2] === '-' } : undefined;
}

// What the shell lexer cannot split opens nothing; the instruction itself is refused later, with its own words.
function wordsOf(line: string, options: Parameters<typeof expandWords>[2]): readonly string[] {
  try {
    return expandWords(line, none, options);
  } catch (error) {
    if (error instanceof SubstitutionError) return [];
    throw error;
  }
}
