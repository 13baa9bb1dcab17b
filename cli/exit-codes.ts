import { describeFailure, failureOf, isUsageFailure } from '../core/failure.ts';
import type { Conclusion } from '../core/ports.ts';
import { inertText } from '../core/untrusted.ts';

/** The exit code of each way in which a run can end. */
export const exitCodes: Readonly<Record<Conclusion, number>> = {
  succeeded: 0,
  'policy-failed': 1,
  'usage-error': 2,
  incomplete: 3,
};

/** Prints what was thrown before there was a host to log it, and returns the exit code. */
export function exitCodeOf(thrown: unknown, stderr: { write(text: string): unknown }): number {
  const failure = failureOf(thrown, 'base-image-refresh');
  stderr.write(`error: ${inertText(describeFailure(failure))}\n`);
  return exitCodes[isUsageFailure(failure) ? 'usage-error' : 'incomplete'];
}
