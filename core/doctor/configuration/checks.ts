import type { Discovery } from '../../discover/discover.ts';
import type { Outcome } from '../../failure.ts';
import { hasExpired } from '../../gate/exceptions.ts';
import type { PolicyException } from '../../gate/policy.ts';
import { type DoctorFinding, ok, problemOf, warning } from '../check.ts';
import type { DoctorCheck } from '../check-definition.ts';
import { authorityFindings } from './authority.ts';
import { configFileFindings, fileAtHand } from './file.ts';
import { namedFileFindings } from './named-files.ts';
import { textsAtHand, writtenSecretFindings } from './secrets.ts';

/** Checks of the configuration file and of the files that it names. */
export const configurationChecks: readonly DoctorCheck[] = [
  {
    id: 'config-file',
    group: 'configuration',
    examine: async (examination) => configFileFindings(await fileAtHand(examination)),
  },
  {
    id: 'who-may-say',
    group: 'configuration',
    examine: async ({ config }) => authorityFindings(config),
  },
  {
    id: 'image-entries',
    group: 'configuration',
    examine: async ({ discovered }) => entryFindings(await discovered()),
  },
  {
    id: 'named-files',
    group: 'configuration',
    examine: async ({ namedFiles }) => namedFileFindings(await namedFiles()),
  },
  {
    id: 'secrets',
    group: 'configuration',
    examine: async (examination) => writtenSecretFindings(await textsAtHand(examination)),
  },
  {
    id: 'exceptions',
    group: 'configuration',
    examine: async ({ namedFiles, world }) => exceptionFindings((await namedFiles()).exceptions, world.now()),
  },
];

/** Entries of `images:` and inputs that fit nothing in the repository. */
export function entryFindings(discovered: Outcome<Discovery>): readonly DoctorFinding[] {
  return discovered.kind === 'failed' ? [problemOf(discovered.failure)] : [];
}

const soon = 14 * 24 * 3600000;
/** Exceptions that hold no longer, or not for long. */
export function exceptionFindings(exceptions: readonly PolicyException[], today: Date): readonly DoctorFinding[] {
  if (exceptions.length === 0) return [];
  const ending = exceptions.flatMap((exception) => endingOf(exception, today) ?? []);
  return ending.length > 0 ? ending : [ok('exceptions', `none of ${exceptions.length} expires within two weeks`)];
}

function endingOf(exception: PolicyException, today: Date): DoctorFinding | undefined {
  const { id, package: name, expires, owner, source } = exception;
  if (expires === undefined) return undefined;
  const subject = `exception ${id}${name === undefined ? '' : ` in ${name}`}`;
  const by = [...(source === undefined ? [] : [`in ${source}`]), ...(owner === undefined ? [] : [`of ${owner}`])];
  const whose = by.length === 0 ? '' : ` (${by.join(', ')})`;
  if (hasExpired(exception, today)) {
    return warning(subject, `expired on ${expires}${whose} and no longer applies`, 'renew or remove it');
  }
  const left = Date.parse(`${expires}T23:59:59Z`) - today.getTime();
  return left <= soon
    ? warning(subject, `expires on ${expires}${whose}`, 'fix what it covers, or renew it')
    : undefined;
}
