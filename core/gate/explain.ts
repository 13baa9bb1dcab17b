import type { DecidedSubject } from '../gate.ts';

/** What decided about each finding of a vulnerability, and why, in sentences. */
export function explainFinding(id: string, outcomes: readonly DecidedSubject[]): readonly string[] {
  const wanted = id.toUpperCase();
  const found = outcomes.filter(({ subject: { finding } }) =>
    [finding.id, ...finding.aliases].some((name) => name.toUpperCase() === wanted),
  );
  if (found.length === 0) return [`${id} is not among what was found`];
  const isSeveral = found.length > 1;
  return found.flatMap((outcome) => [explained(outcome, isSeveral), ...triedIn(outcome)]);
}

function explained({ subject, accepted, decision }: DecidedSubject, isSeveral: boolean): string {
  const { finding, counted, why } = subject;
  const { id, package: part, installed, platforms } = finding;
  const name = `${id} in ${part.name} ${installed}${isSeveral ? ` on ${platforms.join(', ')}` : ''}`;
  const counts = counted === finding.severity && why === undefined ? '' : `, which counts as ${counted}`;
  const [exception] = accepted;
  if (exception !== undefined) {
    const place = exception.source === undefined ? 'an exception' : `an exception in ${exception.source}`;
    return `${name}${counts} is accepted by ${place}: ${exception.reason}`;
  }
  if (decision === undefined) return `${name}${counts} passes: no rule fits it`;
  const { rule } = decision;
  const whose = rule.isShort === true ? `the setting ${rule.name}` : `the rule ${JSON.stringify(rule.name)}`;
  const detail = decision.why === undefined ? '' : ` (${decision.why})`;
  return `${name}${counts} ${verbs[decision.kind]} by ${whose}${detail}, because ${rule.when.text}`;
}

const verbs = {
  fail: 'fails',
  warn: 'passes with a warning',
  ignore: 'is ignored',
  unknown: 'cannot be decided',
} as const;

function triedIn({ tried }: DecidedSubject): readonly string[] {
  return tried.map(
    ({ kind, rule }) => `dry run: the rule ${JSON.stringify(rule.name)} would ${kind}, because ${rule.when.text}`,
  );
}
