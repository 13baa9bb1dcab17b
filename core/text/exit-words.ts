import { type FailureCode, type FailureError, fail } from '../failure.ts';
import type { Exit } from '../ports.ts';
import { withoutEscapes } from '../untrusted.ts';
import { duration } from './words.ts';

const longest = 400;

/** What a program was started for, and what to say of it where it did not do that. */
export interface ProgramPurpose {
  /** Where the program is at hand and did not do its work. */
  readonly code: FailureCode;
  readonly subject: string;
  /** The program and what it was asked, such as "docker push". */
  readonly step: string;
  /** What there is not for this reason, such as "Trivy made no report". */
  readonly problem?: string;
  /** What to do where the program itself failed. */
  readonly remedy?: string;
  /** What to do where it is not installed. */
  readonly install?: string;
  /** What to do where it took too long. */
  readonly moreTime?: string;
  /** Whether the same may go well a moment later. */
  readonly retryable?: boolean;
  /** Whether what it wrote may hold a secret and is not to be repeated. */
  readonly isSecret?: boolean;
}

// Everything else is as it is until somebody changes it, or stops with the run.
const mayPass: readonly Exit['kind'][] = ['exited', 'signalled', 'timed-out', 'not-started'];

/** The failure of a program that did not start, or did not end as it should. */
export function exitFailure(exit: Exit, attempt: ProgramPurpose): FailureError {
  const { code, subject, step, problem, retryable = false, isSecret = false } = attempt;
  const fact = isSecret ? exitFact(exit) : exitWords(exit);
  const isMissing = ['not-found', 'not-executable', 'no-interpreter'].includes(exit.kind);
  const detail = problem === undefined ? `${isMissing ? programOf(step) : step} ${fact}` : `${problem}: it ${fact}`;
  return fail(isMissing ? 'missing-tool' : code, subject, detail, remedyOf(exit, attempt), {
    retryable: retryable && mayPass.includes(exit.kind),
  });
}

/** How a program ended, and its own last words, as a sentence that its name begins. */
export function exitWords(exit: Exit): string {
  const words = 'stderr' in exit ? lastWords(exit.stderr) : '';
  if (words !== '') return `${exitFact(exit)}: ${words}`;
  return exit.kind === 'exited' ? `${exitFact(exit)} and no message` : exitFact(exit);
}

/** How a program ended, or why it did not start, as a sentence that its name begins. */
export function exitFact(exit: Exit): string {
  switch (exit.kind) {
    case 'exited':
      return `ended with exit code ${exit.code}`;
    case 'not-found':
      return 'is not installed';
    case 'not-executable':
      return 'may not be executed';
    case 'no-interpreter':
      return 'cannot be run here, for its interpreter or loader is missing';
    case 'no-working-folder':
      return `was not started, for its folder ${exit.folder} is not there or may not be entered`;
    case 'arguments-too-long':
      return 'was not started, for its arguments and environment are longer than the system allows';
    case 'nul-in-arguments':
      return 'was not started, for one of its arguments or variables holds a NUL character';
    case 'not-started':
      return `was not started (${exit.reason})`;
    case 'signalled':
      return `was ended by ${exit.signal}`;
    case 'timed-out':
      return `did not end within ${duration(exit.timeout)} and was stopped`;
    case 'aborted':
      return 'was stopped together with the run';
    case 'too-much-output':
      return `wrote more than ${exit.limit} bytes and was stopped`;
  }
}

function remedyOf(exit: Exit, { step, remedy, install, moreTime }: ProgramPurpose): string | undefined {
  const program = programOf(step);
  switch (exit.kind) {
    case 'not-found':
      return install ?? `install ${program}`;
    case 'not-executable':
      return 'make its file executable for this user';
    case 'no-interpreter':
      return `install ${program} as it is made for this system`;
    case 'no-working-folder':
      return 'check the folder and its permissions';
    case 'arguments-too-long':
      return 'give fewer or shorter values';
    case 'nul-in-arguments':
      return 'take the character out of the value';
    case 'not-started':
      return 'see what this machine is short of, and run again';
    case 'signalled':
      return exit.signal === 'SIGKILL' ? 'see whether this machine ran out of memory' : remedy;
    case 'timed-out':
      return moreTime ?? remedy;
    case 'aborted':
      return 'run again';
    case 'too-much-output':
    case 'exited':
      return remedy;
  }
}

function programOf(step: string): string {
  return step.split(' ')[0] ?? step;
}

// The cause is what follows the last word of failure, to the end; without one, the last line that is no mere progress.
function lastWords(stderr: string): string {
  const lines = withoutEscapes(stderr)
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
