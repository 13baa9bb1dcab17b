import { append } from '../append.ts';
import { counted } from '../text/words.ts';
import type { KnownExploitation } from './known-exploitation.ts';
import type { PolicyException } from './policy.ts';
import type { RuleDecision } from './rules/decide-finding.ts';
import type { Subject } from './subjects.ts';

interface SubjectOutcome {
  readonly subject: Subject;
  readonly accepted: readonly PolicyException[];
  readonly decision: RuleDecision | undefined;
  readonly tried: readonly RuleDecision[];
}

/** What of a verdict its readers should know though it decides nothing, in sentences; absent where there is nothing. */
export function gateWarnings(
  outcomes: readonly SubjectOutcome[],
  used: ReadonlySet<PolicyException>,
  today: Date,
  known: KnownExploitation | undefined,
): { readonly warnings?: readonly string[] } {
  const open = outcomes.filter(({ accepted }) => accepted.length === 0);
  const warned = open.flatMap(({ subject, decision }) =>
    decision?.kind === 'warn' ? [{ subject, words: warnWords(decision) }] : [],
  );
  const tried = open.flatMap(({ subject, tried: all }) =>
    all.map((decision) => ({ subject, words: `dry run: the rule ${nameOf(decision)} ${wouldWords[decision.kind]}` })),
  );
  const old = (known?.outdated ?? []).map(({ why }) => `${why}: what it says counts as unknown`);
  const warnings = [...old, ...grouped([...warned, ...tried]), ...[...used].flatMap((one) => endingWords(one, today))];
  return warnings.length === 0 ? {} : { warnings };
}

const wouldWords: Readonly<Record<RuleDecision['kind'], string>> = {
  fail: 'would fail',
  warn: 'would warn of',
  ignore: 'would ignore',
  unknown: 'could not be decided, and would hold the image, for',
};

function warnWords(decision: RuleDecision): string {
  const why = decision.why === undefined ? '' : ` (${decision.why})`;
  return `the rule ${nameOf(decision)} warns of${why}`;
}

function nameOf({ rule }: RuleDecision): string {
  return JSON.stringify(rule.name);
}

const shown = 3;

// One sentence for a rule, however much it fits.
function grouped(all: readonly { readonly subject: Subject; readonly words: string }[]): readonly string[] {
  const byWords = new Map<string, Subject[]>();
  for (const { subject, words } of all) append(byWords, words, subject);
  return [...byWords].map(([words, subjects]) => {
    const ids = [...new Set(subjects.map(({ finding }) => finding.id))];
    const rest = ids.length - shown;
    return `${words} ${ids.slice(0, shown).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
  });
}

const announced = 14;

function endingWords({ id, expires, reason }: PolicyException, today: Date): readonly string[] {
  if (expires === undefined) return [];
  const left = Math.round((Date.parse(expires) - Date.parse(today.toISOString().slice(0, 10))) / (24 * 3_600_000));
  return left > announced ? [] : [`the exception for ${id} ends in ${counted(left, 'day')}, on ${expires} (${reason})`];
}
