import { type Finding, note } from '../check.ts';
import type { Check, Patient } from '../examination.ts';
import {
  credentialFindings,
  publishedFindings,
  pullFindings,
  pushFindings,
  rateFindings,
  referrersFindings,
} from './findings.ts';
import type { RegistryFacts } from './probe.ts';

/** Checks of the registries that bases are read from and images are published in. */
export const registryChecks: readonly Check[] = [
  check('registries', ({ kind, hosts, releases }) => {
    if (kind === 'offline') return [note('registries', 'not contacted, because offline is set')];
    return hosts.length + releases.length > 0 ? [] : [note('registries', 'the repository names none')];
  }),
  check('credentials', credentialFindings),
  check('pull', ({ hosts }) => pullFindings(hosts)),
  check('published', publishedFindings),
  check('push', ({ releases }) => pushFindings(releases)),
  check('referrers', ({ releases }) => referrersFindings(releases)),
  check('rate-limit', ({ rateLimits }) => rateFindings(rateLimits)),
];

function check(id: string, judge: (facts: RegistryFacts) => readonly Finding[]): Check {
  return { id, group: 'registries', examine: async (patient: Patient) => judge(await patient.registries()) };
}
