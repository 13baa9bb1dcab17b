import type { Failure } from '../../failure.ts';
import type { Exit } from '../../ports.ts';
import { exitFact } from '../../text/exit-words.ts';
import { plainLines } from '../../untrusted.ts';

/** How a command in a candidate ended; what could not be run says nothing of the candidate. */
export type CommandOutcome =
  | { readonly kind: 'succeeded' }
  | { readonly kind: 'failed'; readonly detail: string }
  | { readonly kind: 'not-run'; readonly failure: Failure };

/** How much of a command's output is kept in memory. */
export const mostOutput = 1024 * 1024;

const shownLines = 5;
const shownWidth = 200;

/** The last lines of what a program wrote, short and plain; the text is the image's. */
export function lastLines(...texts: readonly string[]): string {
  const lines = texts.flatMap((text) => plainLines(text).map((line) => line.trim())).filter((line) => line !== '');
  return lines
    .slice(-shownLines)
    .map((line) => (line.length > shownWidth ? `${line.slice(0, shownWidth)}…` : line))
    .join(' | ');
}

/** The end of a program that took too long or wrote too much. */
export type Cut = Extract<Exit, { readonly kind: 'timed-out' | 'too-much-output' }>;

/** Whether a program was stopped for its own doing; any other stop says nothing of it. */
export function isCut(exit: Exit): exit is Cut {
  return exit.kind === 'timed-out' || exit.kind === 'too-much-output';
}

/** The end of a command that was stopped for its own doing. */
export function stoppedCommand(exit: Cut): CommandOutcome {
  const said = lastLines(exit.stderr);
  return { kind: 'failed', detail: `${exitFact(exit)}${said === '' ? '' : `: ${said}`}` };
}

/** A command's own failing end in words. */
export function failedWith(code: number, stdout: string, stderr: string): CommandOutcome {
  const said = lastLines(stdout, stderr);
  return { kind: 'failed', detail: `ended with ${code}${said === '' ? '' : `: ${said}`}` };
}
