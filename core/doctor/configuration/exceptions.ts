import { hasExpired } from '../../gate/exceptions.ts';
import type { PolicyException } from '../../gate/policy.ts';
import { type Finding, ok, warning } from '../check.ts';

const soon = 14 * 24 * 3_600_000;

/** Exceptions that hold no longer, or not for long. */
export function exceptionFindings(exceptions: readonly PolicyException[], today: Date): readonly Finding[] {
  if (exceptions.length === 0) return [];
  const ending = exceptions.flatMap((exception) => endingOf(exception, today) ?? []);
  return ending.length > 0 ? ending : [ok('exceptions', `none of ${exceptions.length} expires within two weeks`)];
}

function endingOf(exception: PolicyException, today: Date): Finding | undefined {
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
