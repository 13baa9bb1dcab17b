import { type FailureError, fail } from '../../failure.ts';
import type { World } from '../../ports.ts';

/** Time as the deadline of a run allows it. */
export interface RunClock {
  /** Milliseconds until the deadline; throws `deadline` where none are left. */
  left(subject: string): number;
  /** Throws `deadline` where no time is left. */
  check(subject: string, detail: string): void;
  /** Sleeps; throws `deadline` at once where the time does not suffice. */
  sleep(milliseconds: number, subject: string): Promise<void>;
}

/** The clock of one run; `deadline` in milliseconds since the epoch. */
export function createRunClock(world: World, deadline: number): RunClock {
  const remaining = () => deadline - world.now().getTime();
  const check = (subject: string, detail: string) => {
    if (remaining() <= 0) throw pastDeadline(subject, detail);
  };
  return {
    check,
    left: (subject) => {
      check(subject, 'was not asked');
      return remaining();
    },
    sleep: async (milliseconds, subject) => {
      if (milliseconds <= 0) return;
      if (milliseconds >= remaining()) throw pastDeadline(subject, 'may be asked again only after it');
      await world.sleep(milliseconds);
    },
  };
}

function pastDeadline(subject: string, detail: string): FailureError {
  return fail(
    'deadline',
    subject,
    `the run reached its deadline: the registry ${detail}`,
    'raise --deadline or check what is slow',
  );
}
