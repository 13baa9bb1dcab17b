import { stripVTControlCharacters } from 'node:util';
import type { Exit } from '../ports.ts';

const longest = 400;

/** Why a tool gave no usable answer, from how it ended and its own last words, on one line. */
export function describeExit(exit: Exit): string {
  switch (exit.kind) {
    case 'not-found':
      return 'it could not be started';
    case 'killed':
      return exit.why === 'timeout'
        ? 'it took too long and was stopped'
        : withWords(`it was stopped (${exit.why})`, exit);
    case 'exited':
      return withWords(`it ended with exit code ${exit.code}`, exit);
  }
}

function withWords(fact: string, { stderr }: { readonly stderr: string }): string {
  const words = lastWords(stderr);
  return words === '' ? `${fact} and no message` : `${fact}: ${words}`;
}

// The cause is what follows the last word of failure, to the end; without one, the last line that is no mere progress.
function lastWords(stderr: string): string {
  const lines = stripVTControlCharacters(stderr)
    .split(/\r\n|[\r\n]/)
    .filter((line) => line.trim() !== '' && !/\b(INFO|DEBUG)\b/.test(line));
  const from = lines.findLastIndex((line) => /\b(FATAL|ERROR|error:|panic:)/i.test(line));
  const text = lines
    .slice(from)
    .join(' ')
    .replace(/^\d{4}-\d\d-\d\dT\S+\s+/, '')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what is left of control characters is not for people.
    .replace(/[\s\u0000-\u001f\u007f]+/g, ' ')
    .trim();
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}
