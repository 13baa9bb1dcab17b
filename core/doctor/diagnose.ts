import { attempt } from '../failure.ts';
import type { Conclusion } from '../ports.ts';
import { type Diagnosis, groups } from './check.ts';
import { configurationChecks } from './configuration/checks.ts';
import { environmentChecks } from './environment/checks.ts';
import type { Check, Patient } from './examination.ts';

const checks: readonly Check[] = [...environmentChecks, ...configurationChecks];

/** Carries out every check; one that fails itself is told as such, and the others go on. */
export async function diagnose(patient: Patient): Promise<readonly Diagnosis[]> {
  const found = await Promise.all(checks.map((check) => carriedOut(check, patient)));
  return groups.flatMap((group) => found.flat().filter((diagnosis) => diagnosis.group === group));
}

async function carriedOut({ id, group, examine }: Check, patient: Patient): Promise<readonly Diagnosis[]> {
  const outcome = await attempt(id, () => examine(patient));
  if (outcome.kind === 'done') return outcome.value.map((finding) => ({ ...finding, id, group }));
  const { subject, detail, remedy } = outcome.failure;
  const about = subject === id ? '' : `${subject}: `;
  const advice = remedy === undefined ? {} : { remedy };
  return [{ id, group, state: 'unknown', subject: id, detail: `could not be examined: ${about}${detail}`, ...advice }];
}

/** How the run ends: a problem of the configuration is the user's to mend there, any other and what could not be examined are not. */
export function conclusionOf(diagnoses: readonly Diagnosis[]): Conclusion {
  const problems = diagnoses.filter(({ state }) => state === 'problem');
  if (problems.some(({ group }) => group === 'configuration')) return 'usage-error';
  return problems.length > 0 || diagnoses.some(({ state }) => state === 'unknown') ? 'incomplete' : 'succeeded';
}
