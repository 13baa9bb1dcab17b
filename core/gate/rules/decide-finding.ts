import { daysAfter } from '../../text/time.ts';
import type { GatePolicy, GateRule } from '../policy.ts';
import type { RuleFacts } from './language.ts';

/** What a rule makes of something, and why where that is not its condition alone. */
export interface RuleDecision {
  readonly kind: 'fail' | 'warn' | 'ignore' | 'unknown';
  readonly rule: GateRule;
  /** What is unknown, or until when grace lasts. */
  readonly why?: string;
}

/** What rules make of something: what decides, and what rules that are only tried would do. */
export interface DecidedByRules {
  readonly decision: RuleDecision | undefined;
  readonly tried: readonly RuleDecision[];
}

/** Whether a rule that is no rule of the run may accept something that counts as it does. */
export type MayAccept = (rule: GateRule) => boolean;

/**
 * Decides by rules in their order. What the run's rules fail is failed; so is what the others fail. What one of the run's
 * rules accepts, and no other fails, is accepted; then what the others accept; and the rest is left to the short forms.
 */
export function decideByRules(
  rules: readonly GateRule[],
  short: readonly GateRule[],
  facts: RuleFacts,
  today: Date,
  mayAccept: MayAccept,
): DecidedByRules {
  const tried: RuleDecision[] = [];
  const ask = (list: readonly GateRule[]) => firstDecision(list, facts, today, mayAccept, tried);
  const ofRun = ask(rules.filter(({ from }) => from === 'run'));
  const own = isAgainst(ofRun) ? undefined : ask(rules.filter(({ from }) => from !== 'run'));
  const decision = isAgainst(ofRun) ? ofRun : isAgainst(own) ? own : (ofRun ?? own ?? ask(short));
  return { decision, tried };
}

function isAgainst(decision: RuleDecision | undefined): boolean {
  return decision?.kind === 'fail' || decision?.kind === 'unknown';
}

function firstDecision(
  rules: readonly GateRule[],
  facts: RuleFacts,
  today: Date,
  mayAccept: MayAccept,
  tried: RuleDecision[],
): RuleDecision | undefined {
  for (const rule of rules) {
    if (rule.when.isOfFindings !== (facts.finding !== undefined)) continue;
    const isOver = rule.until !== undefined && today.toISOString().slice(0, 10) > rule.until;
    if (isOver && rule.mode === 'enforce') continue;
    const decision = decisionOf(rule, facts, today);
    if (decision === undefined) continue;
    const accepts = decision.kind === 'warn' || decision.kind === 'ignore';
    if (rule.mode === 'dry-run' && !isOver) tried.push(decision);
    else if (!accepts || mayAccept(rule)) return decision;
  }
  return undefined;
}

// What is unknown never accepts, and never lets pass what a rule would fail.
function decisionOf(rule: GateRule, facts: RuleFacts, today: Date): RuleDecision | undefined {
  const answer = rule.when.evaluate(facts);
  if (answer.kind === 'no') return undefined;
  if (answer.kind === 'unknown')
    return rule.outcome === 'fail' ? { kind: 'unknown', rule, why: answer.why } : undefined;
  const end = graceEnd(rule, facts);
  if (rule.outcome !== 'fail' || end === undefined || end.getTime() <= today.getTime())
    return { kind: rule.outcome, rule };
  return { kind: 'warn', rule, why: `it fails from ${end.toISOString().slice(0, 10)} on` };
}

const graceFacts = { fix: 'fixPublished', published: 'published', 'first seen': 'firstSeen' } as const;

// Where the day is not known there is no grace, and neither where it is one to come; clocks differ by less than a day.
function graceEnd({ grace }: GateRule, { finding, now }: RuleFacts): Date | undefined {
  const start = grace === undefined ? undefined : finding?.[graceFacts[grace.since]];
  if (grace === undefined || !(start instanceof Date) || start > daysAfter(now, 1)) return undefined;
  return daysAfter(start, grace.days);
}

/** Whether a gate has rules that say something of the image as a whole. */
export function hasImageRules({ rules = [] }: GatePolicy): boolean {
  return rules.some(({ when }) => !when.isOfFindings);
}
