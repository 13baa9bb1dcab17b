import { attempt } from '../failure.ts';
import type { Conclusion } from '../ports.ts';
import { type Diagnosis, groups } from './check.ts';
import type { DoctorCheck } from './check-definition.ts';
import { configurationChecks } from './configuration/checks.ts';
import { environmentChecks } from './environment/checks.ts';
import type { Examination } from './examination.ts';
import { hostChecks } from './host/findings.ts';
import { registryChecks } from './registries/findings.ts';
import { repositoryChecks } from './repository/findings.ts';
import { workflowChecks } from './workflows/checks.ts';

/** Every check, in the order of their groups. */
export const doctorChecks: readonly DoctorCheck[] = [
  ...environmentChecks,
  ...hostChecks,
  ...configurationChecks,
  ...repositoryChecks,
  ...registryChecks,
  ...workflowChecks,
];

/** Runs every check; one that fails itself is reported as such, and the others go on. */
export async function diagnose(
  examination: Examination,
  checks: readonly DoctorCheck[] = doctorChecks,
): Promise<readonly Diagnosis[]> {
  const found = await Promise.all(checks.map((check) => carriedOut(check, examination)));
  return groups.flatMap((group) => {
    const own = found.flat().filter((diagnosis) => diagnosis.group === group);
    return group === 'workflows' ? own.toSorted(byPlace) : own;
  });
}

// Findings of one step belong together, whichever check made them.
function byPlace(a: Diagnosis, b: Diagnosis): number {
  const [one, other] = [a.subject.split(/:(?=\d+$)/), b.subject.split(/:(?=\d+$)/)];
  return (one[0] ?? '').localeCompare(other[0] ?? '', 'en') || Number(one[1] ?? 0) - Number(other[1] ?? 0);
}

async function carriedOut(
  { id, group, examine }: DoctorCheck,
  examination: Examination,
): Promise<readonly Diagnosis[]> {
  const outcome = await attempt(id, () => examine(examination));
  if (outcome.kind === 'done') return outcome.value.map((finding) => ({ ...finding, id, group }));
  const { subject, detail, remedy } = outcome.failure;
  const about = subject === id ? '' : `${subject}: `;
  const advice = remedy === undefined ? {} : { remedy };
  return [{ id, group, state: 'unknown', subject: id, detail: `could not be examined: ${about}${detail}`, ...advice }];
}

/** How the run ends: with `usage-error` where a file of the user's says something wrong, with `incomplete` for any other problem and for what could not be examined. */
export function diagnosisConclusion(diagnoses: readonly Diagnosis[]): Conclusion {
  const problems = diagnoses.filter(({ state }) => state === 'problem');
  if (problems.some(({ group }) => group === 'configuration' || group === 'workflows')) return 'usage-error';
  return problems.length > 0 || diagnoses.some(({ state }) => state === 'unknown') ? 'incomplete' : 'succeeded';
}
