import type { Failure, FailureCode, Outcome } from '../../failure.ts';
import { groupedBy } from '../../grouped.ts';
import { type DoctorFinding, problemOf } from '../check.ts';
import type { RegistryHostFacts, ReleaseFacts } from './probe.ts';

const words: { readonly [code in FailureCode]?: string } = {
  unreachable: 'did not answer',
  tls: 'is not trusted',
  'rate-limited': 'answers no more requests',
};

/** A failure that everything on its host shares. */
interface HostFailure {
  readonly host: string;
  readonly failure: Failure;
}

/** What keeps every repository of a host from being read, in words that follow its name; undefined for any other failure. */
export function wordsOfHost({ code }: Failure): string | undefined {
  return words[code];
}

/** What keeps base images from being read: of a host once, of a reference each. */
export function baseFailures({ host, pulls }: Pick<RegistryHostFacts, 'host' | 'pulls'>): readonly DoctorFinding[] {
  const failures = pulls.flatMap(({ outcome }) => (outcome.kind === 'failed' ? [outcome.failure] : []));
  const groups = groupedBy(failures, (failure) => (isOfHost(failure) ? failure.detail : failure.subject));
  return groups.flatMap(([failure]) => {
    if (failure === undefined) return [];
    return [isOfHost(failure) ? hostFinding({ host, failure }) : problemOf(failure)];
  });
}

/** Hosts of releases to report, because what keeps them from being read was not met at a base image. */
export function releaseHostFailures(
  releases: readonly ReleaseFacts[],
  hosts: readonly Pick<RegistryHostFacts, 'host' | 'pulls'>[],
): readonly DoctorFinding[] {
  const met = hosts.flatMap(({ host, pulls }) => pulls.flatMap(({ outcome }) => hostFailure(host, outcome)));
  const reported = new Set(met.map(keyOf));
  const failed = releases.flatMap(({ host, published }) => hostFailure(host, published));
  const left = groupedBy(failed, keyOf).flatMap(([first]) => first ?? []);
  return left.filter((one) => !reported.has(keyOf(one))).map(hostFinding);
}

function hostFailure(host: string, outcome: Outcome<unknown>): readonly HostFailure[] {
  return outcome.kind === 'failed' && isOfHost(outcome.failure) ? [{ host, failure: outcome.failure }] : [];
}

function keyOf({ host, failure }: HostFailure): string {
  return JSON.stringify([host, failure.detail]);
}

function isOfHost(failure: Failure): boolean {
  return wordsOfHost(failure) !== undefined;
}

function hostFinding({ host, failure }: HostFailure): DoctorFinding {
  const { detail } = failure;
  const lead = `${host} `;
  return problemOf({ ...failure, subject: host, detail: detail.startsWith(lead) ? detail.slice(lead.length) : detail });
}
