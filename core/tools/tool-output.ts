import { type FailureError, fail } from '../failure.ts';
import type { Exit } from '../ports.ts';
import { exitFailure } from '../text/exit-words.ts';
import { plainLines } from '../untrusted.ts';

const shownLines = 6;
const longestDetail = 1_000;

/** The last thing that a tool said; where its help is to be found says nothing of what is wrong. */
export function lastLine(text: string): string {
  const said = nonEmpty(text).findLast((line) => !/^\s*(?:run|see|try) .*--help\b/i.test(line));
  return said?.trim().slice(0, longestDetail) ?? 'no message';
}

/** Why a tool did not do what it was started for; `step` names that, such as "docker push". */
export function toolFailure(subject: string, step: string, exit: Exit): FailureError {
  if (exit.kind !== 'exited') {
    const moreTime = 'give builds more time with --build-timeout';
    return exitFailure(exit, { code: 'build-failed', subject, step, moreTime });
  }
  const error = lastLine(exit.stderr).replace(/^(?:Error(?: response from daemon)?|ERROR): /, '');
  // What the step that broke printed last, which tells more than its exit code.
  const words = nonEmpty(exit.stdout)
    .slice(-shownLines)
    .map((line) => line.trim());
  const detail = words.length === 0 ? error : `${error} (${words.join(' | ')})`;
  const shortened = detail.length > longestDetail ? `${detail.slice(0, longestDetail)}…` : detail;
  return fail('build-failed', subject, `${step} failed: ${shortened}`, remedyFor(detail));
}

/** The exit of a step that must succeed; throws FailureError where it did not. */
export function succeeded(subject: string, step: string, exit: Exit): Extract<Exit, { readonly kind: 'exited' }> {
  if (exit.kind === 'exited' && exit.code === 0) return exit;
  throw toolFailure(subject, step, exit);
}

function remedyFor(detail: string): string | undefined {
  if (/exec format error/i.test(detail)) {
    return 'install QEMU emulation for the platform (docker/setup-qemu-action, or qemu-user-static) or build elsewhere';
  }
  if (/unauthorized|authentication required|denied|insufficient_scope|no basic auth/i.test(detail)) {
    return 'check that you may push there and are logged in';
  }
  return undefined;
}

function nonEmpty(text: string): readonly string[] {
  return plainLines(text).filter((line) => line.trim() !== '');
}
