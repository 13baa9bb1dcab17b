import { isAbsent } from '../../failure.ts';
import { pushRefusal } from '../../registry/push-access.ts';
import type { RateLimit } from '../../registry/transport/rate-limit.ts';
import { counted } from '../../text/words.ts';
import { type DoctorFinding, note, ok, problem, problemOf, unknown, warning } from '../check.ts';
import type { DoctorCheck } from '../check-definition.ts';
import type { Examination } from '../examination.ts';
import { candidateFindings } from './candidates.ts';
import { baseFailures, releaseHostFailures, wordsOfHost } from './host-failures.ts';
import type { RegistryFacts, RegistryHostFacts, ReleaseFacts } from './probe.ts';
import { sourceFindings } from './sources.ts';

/** Which credential each host would be shown. */
export function credentialFindings({
  hosts,
  releases,
}: Pick<RegistryFacts, 'hosts' | 'releases'>): readonly DoctorFinding[] {
  const found = new Map([...hosts, ...releases].map(({ host, credential }) => [host, credential]));
  return [...found].map(([host, credential]) => {
    if (credential.kind === 'failed') {
      const { subject, detail, remedy } = credential.failure;
      const where = subject === host ? '' : `${subject} `;
      return problem(host, `its credentials cannot be read: ${where}${detail}`, remedy);
    }
    if (credential.value !== undefined) return ok(host, `uses the credentials from ${credential.value}`);
    return note(host, 'no credentials found, so it is accessed anonymously');
  });
}

/** Whether base images can be read; a host that does not answer is reported once. */
export function pullFindings(hosts: readonly RegistryHostFacts[]): readonly DoctorFinding[] {
  return hosts.flatMap(({ host, pulls, more }) => {
    const read = pulls.filter(({ outcome }) => outcome.kind === 'done').length;
    return [
      ...(read === 0 ? [] : [ok(host, `${counted(read, 'base image')} can be read`)]),
      ...baseFailures({ host, pulls }),
      ...(more === 0
        ? []
        : [note(host, `${more} more ${more === 1 ? 'base image was' : 'base images were'} not tried`)]),
    ];
  });
}

/** Whether images can be read where they are published; a host that does not answer is reported once, here where no base is on it. */
export function publishedFindings({ hosts, releases, moreReleases: more }: RegistryFacts): readonly DoctorFinding[] {
  return [
    ...releaseHostFailures(releases, hosts),
    ...releases.map(publishedFinding),
    ...(more === 0 ? [] : [note('published images', `${more} more ${more === 1 ? 'was' : 'were'} not tried`)]),
  ];
}

function publishedFinding({ reference, host, published }: ReleaseFacts): DoctorFinding {
  if (published.kind === 'done') return ok(reference, 'is published and can be read');
  const { failure } = published;
  const ofHost = wordsOfHost(failure);
  if (ofHost !== undefined) return unknown(reference, `was not looked at, because ${host} ${ofHost}`);
  if (!isAbsent(failure)) return problemOf(failure);
  return note(reference, 'is not published yet, or not visible with these credentials');
}

/** Whether images could be pushed to where they are published. */
export function pushFindings(releases: readonly ReleaseFacts[]): readonly DoctorFinding[] {
  // A registry that could not be asked for the image could not be asked for a push either, and that is reported already.
  return releases
    .filter(({ published, push }) => push.kind !== 'unasked' || published.kind === 'done')
    .map(pushFinding);
}

function pushFinding({ reference, host, push }: ReleaseFacts): DoctorFinding {
  const refusal = pushRefusal(reference, host, push);
  if (refusal !== undefined) return problemOf(refusal);
  switch (push.kind) {
    case 'proved':
      return ok(reference, 'push is allowed: an upload was started and cancelled');
    case 'left':
      return note(reference, `push is allowed; the upload that was started is left to expire (${push.why})`);
    case 'granted':
      return ok(reference, `push is allowed, according to the token of ${host}`);
    case 'unasked':
      return { ...problemOf(push.failure), state: 'unknown', subject: reference };
    case 'refused':
    case 'not-granted':
    case 'not-stated':
      return note(reference, 'push access was not tested', 'test it with test-push');
  }
}

/** Whether signatures and attestations can be found by the referrers API. */
export function referrersFindings(releases: readonly ReleaseFacts[]): readonly DoctorFinding[] {
  return releases.flatMap(({ reference, referrers }) => {
    if (referrers === undefined) return [];
    if (referrers.kind === 'failed') {
      return [
        warning(reference, `the referrers API cannot be asked: ${referrers.failure.detail}`, 'check the credentials'),
      ];
    }
    if (referrers.value === 200) return [ok(reference, 'the registry supports the referrers API')];
    return [note(reference, 'the registry has no referrers API, so the fallback tag is used')];
  });
}

/** What registries say of their limits. */
export function rateFindings(limits: readonly RateLimit[]): readonly DoctorFinding[] {
  return limits.map(({ host, remaining, limit, window }) => {
    const of = limit === undefined ? '' : ` of ${limit}`;
    const per = window === undefined ? '' : ` in ${Math.round(window / 3600)} h`;
    const fact = `${remaining}${of} requests${per} are left`;
    const isLow = remaining < Math.max(5, (limit ?? 0) / 10);
    return isLow ? warning(host, fact, 'add credentials for it, or name a mirror') : note(host, fact);
  });
}

/** Checks of the registries that bases are read from and images are published in. */
export const registryChecks: readonly DoctorCheck[] = [
  check('registries', ({ kind, hosts, releases }) => {
    if (kind === 'offline') return [note('registries', 'not contacted, because offline is set')];
    return hosts.length + releases.length > 0 ? [] : [note('registries', 'the repository names no registry')];
  }),
  check('credentials', credentialFindings),
  check('pull', ({ hosts }) => pullFindings(hosts)),
  check('published', publishedFindings),
  check('push', ({ releases }) => pushFindings(releases)),
  check('referrers', ({ releases }) => referrersFindings(releases)),
  { id: 'candidates', group: 'registries', examine: candidateFindings },
  { id: 'sources', group: 'registries', examine: sourceFindings },
  check('rate-limit', ({ rateLimits }) => rateFindings(rateLimits)),
];

function check(id: string, findingsOf: (facts: RegistryFacts) => readonly DoctorFinding[]): DoctorCheck {
  return {
    id,
    group: 'registries',
    examine: async (examination: Examination) => findingsOf(await examination.registries()),
  };
}
