import { coveringFrom, endsInTime, hasExpired, mayCover, saysWhatIsRequired } from './exceptions.ts';
import type { GatePolicy, PolicyException } from './policy.ts';
import { denies } from './rules/short-forms.ts';
import type { Subject } from './subjects.ts';
import { acceptedByVex } from './vex/accepted.ts';

/** The exceptions of a policy as they stand on a day. */
export interface LiveExceptions {
  /** All of them, whatever they cover. */
  readonly all: readonly PolicyException[];
  /** Those that cover something today, as policy lets them cover what counts as so severe. */
  readonly covering: (subject: Subject) => readonly PolicyException[];
  /** Those that have ended. */
  readonly lapsed: (finding: Subject['finding']) => readonly PolicyException[];
}

/** Prepares the exceptions of a policy for many findings. */
export function exceptionsFor(policy: GatePolicy, today: Date): LiveExceptions {
  const counts = (exception: PolicyException) =>
    endsInTime(exception, policy, today) && saysWhatIsRequired(exception, policy);
  const live = coveringFrom(
    policy.exceptions.filter((exception) => !hasExpired(exception, today) && counts(exception)),
  );
  const byVex = acceptedByVex(policy.vex ?? []);
  const isDenied = denies(policy);
  return {
    all: [...policy.exceptions, ...(policy.vex ?? []).flatMap(({ exception }) => exception ?? [])],
    lapsed: coveringFrom(policy.exceptions.filter((exception) => hasExpired(exception, today))),
    covering: ({ finding, counted }) => {
      const accepted = byVex(finding);
      const vex = accepted === undefined || !counts(accepted) ? [] : [accepted];
      return [...live(finding), ...vex].filter(
        (exception) => mayCover(exception, policy, counted) && (exception.from === 'run' || !isDenied(finding)),
      );
    },
  };
}
