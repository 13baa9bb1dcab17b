import { onPolicyGround } from '../../config/base-branch.ts';
import { policyFor } from '../../config/per-image.ts';
import { attempt, type Outcome } from '../../failure.ts';
import { loadPolicy } from '../../gate/load-policy.ts';
import type { PolicyException } from '../../gate/policy.ts';
import { loadTests } from '../../refresh/load-tests.ts';
import { counted } from '../../text/words.ts';
import { type DoctorFinding, note, ok, problemOf, warning } from '../check.ts';
import type { ExaminedRun } from '../examined-run.ts';

/** What the files say that the policy and the tests of images name. */
export interface NamedFiles {
  readonly outcomes: readonly Outcome<unknown>[];
  readonly notes: readonly string[];
  readonly exceptions: readonly PolicyException[];
  /** Why data that are named count as unknown. */
  readonly outdated: readonly string[];
  /** How many files are named. */
  readonly count: number;
}

/** Reads every file that the policies and the tests of the images name. */
export async function filesAtHand(run: ExaminedRun): Promise<NamedFiles> {
  const { config, world } = run;
  const { builds } = await run.discovery();
  const policies = [config.gate, ...builds.map(({ build }) => policyFor(config, build))];
  const there = onPolicyGround(world, config.policyGround ?? { kind: 'checkout' });
  const read = await Promise.all(
    policies.map((policy, at) =>
      attempt('policy', () => loadPolicy(there, config.root, policy, builds[at - 1]?.build.releases)),
    ),
  );
  const tests = await Promise.all(builds.map(({ build }) => attempt('tests', () => loadTests(world, config, build))));
  const done = read.flatMap((outcome) => (outcome.kind === 'done' ? [outcome.value] : []));
  const files = policies.flatMap(({ ignoreFiles = [], vexFiles = [], knownExploitedFile, epssFile }) => [
    ...ignoreFiles,
    ...vexFiles,
    ...(knownExploitedFile === undefined ? [] : [knownExploitedFile]),
    ...(epssFile === undefined ? [] : [epssFile]),
  ]);
  const structure = tests.flatMap((outcome) => (outcome.kind === 'done' ? outcome.value.settings.structure : []));
  return {
    outcomes: [...read, ...tests],
    notes: [...new Set(done.flatMap(({ notes }) => notes))],
    outdated: [...new Set(done.flatMap(({ policy }) => policy.known?.outdated ?? []).map(({ why }) => why))],
    // Those of the configuration are known whatever a file says.
    exceptions: distinct([...policies, ...done.map(({ policy }) => policy)].flatMap(({ exceptions }) => exceptions)),
    count: new Set([...files, ...structure]).size,
  };
}

function distinct(exceptions: readonly PolicyException[]): readonly PolicyException[] {
  return [...new Map(exceptions.map((exception) => [JSON.stringify(exception), exception])).values()];
}

/** Whether what is named is there and means something. */
export function namedFileFindings({ outcomes, notes, outdated, count }: NamedFiles): readonly DoctorFinding[] {
  const failures = outcomes.flatMap((outcome) => (outcome.kind === 'failed' ? [problemOf(outcome.failure)] : []));
  const distinctFailures = [...new Map(failures.map((failure) => [JSON.stringify(failure), failure])).values()];
  if (distinctFailures.length > 0) return distinctFailures;
  const notesOfPolicy = [
    ...outdated.map((why) =>
      warning('policy', `${why}, so that it counts as unknown`, 'download it anew before a run'),
    ),
    ...notes.map((line) => note('policy', line.replace(/\.$/, ''))),
  ];
  return count === 0
    ? notesOfPolicy
    : [ok('policy and tests', `${counted(count, 'file')} named there can be read`), ...notesOfPolicy];
}
