import type { Failure } from './failure.ts';
import { adviceFor } from './gate/advice.ts';
import { mayLoosen } from './gate/exceptions.ts';
import { exceptionsFor } from './gate/live-exceptions.ts';
import { againstMaximum } from './gate/maximum.ts';
import { missingFor, unprovenIn } from './gate/missing.ts';
import type { GatePolicy, PolicyException } from './gate/policy.ts';
import { type DecidedByRules, decideByRules, type RuleDecision } from './gate/rules/decide-finding.ts';
import { changeFacts, type ImageFacts, imageFacts } from './gate/rules/facts.ts';
import { denyRules, shortForms } from './gate/rules/short-forms.ts';
import { unknownFailure } from './gate/rules/words.ts';
import { gateSubjects, imageSubject, type Subject } from './gate/subjects.ts';
import type { Breach, Verdict } from './gate/verdict.ts';
import { gateWarnings } from './gate/warnings.ts';
import type { Finding, ScanReport } from './scan/finding.ts';

/** What became of one thing that the gate decides about. */
export interface DecidedSubject extends DecidedByRules {
  readonly subject: Subject;
  /** Exceptions that cover it. */
  readonly accepted: readonly PolicyException[];
}

/** A verdict with what became of everything that it is about. */
export interface ExplainedVerdict {
  readonly verdict: Verdict;
  readonly outcomes: readonly DecidedSubject[];
}

/**
 * Applies policy to a scan. What could not be scanned, not be recognised by the scanner, or not be held against data that
 * policy asks for, is inconclusive. `before` are the findings of the published image; where they are not known every
 * finding is new.
 */
export function decideGate(
  policy: GatePolicy,
  scan: ScanReport,
  before: readonly Finding[] | undefined,
  today: Date,
  image: ImageFacts = {},
): Verdict {
  return explainGate(policy, scan, before, today, image).verdict;
}

/** Decides as `decideGate` does, and says of everything what decided. */
export function explainGate(
  policy: GatePolicy,
  scan: ScanReport,
  before: readonly Finding[] | undefined,
  today: Date,
  image: ImageFacts = {},
): ExplainedVerdict {
  const undecided = (failure: Failure): ExplainedVerdict => ({
    verdict: { kind: 'inconclusive', failure },
    outcomes: [],
  });
  if (scan.kind === 'failed') return undecided(scan.failure);
  const missing = missingFor(policy, scan);
  if (missing !== undefined) return undecided(missing);
  const { covering, lapsed, all } = exceptionsFor(policy, today);
  const facts = { image: imageFacts(image, scan), change: changeFacts(before, scan), now: today };
  const rules = [...denyRules(policy), ...(policy.rules ?? [])];
  const short = shortForms(policy);
  const outcomeOf = (subject: Subject, finding?: Readonly<Record<string, unknown>>): DecidedSubject => {
    const accepted = covering(subject);
    const known = finding === undefined ? facts : { ...facts, finding };
    const mayAccept = mayLoosen(policy, subject.counted, today);
    return { subject, accepted, ...decideByRules(rules, short, known, today, mayAccept) };
  };
  const found = gateSubjects(policy, scan, before).flatMap((subject) =>
    togetherWhereAlike(
      subject,
      (subject.parts ?? [subject]).map((part) => outcomeOf(part, part.facts())),
    ),
  );
  const whole = outcomeOf(imageSubject(image));
  const outcomes = [...found, whole];
  const used = new Set(outcomes.flatMap(({ accepted }) => accepted));
  const said = {
    exceptionsUsed: all.filter((exception) => used.has(exception)),
    exceptionsUnused: all.filter((exception) => !used.has(exception)),
    ...gateWarnings(outcomes, used, today, policy.known),
  };
  const open = outcomes.filter(({ accepted }) => accepted.length === 0);
  const breaches = [
    ...open.flatMap((outcome) => breachesOf(outcome, lapsed(outcome.subject.finding)[0])),
    ...againstMaximum(
      policy,
      open.filter((one) => one !== whole),
    ).map(({ subject, why }) => breachOf(subject, why, lapsed(subject.finding)[0])),
  ];
  if (breaches.length > 0) return { verdict: { kind: 'fail', breaches, ...said }, outcomes };
  const unknown = open.find(({ decision }) => decision?.kind === 'unknown');
  if (unknown !== undefined)
    return { verdict: { kind: 'inconclusive', failure: unknownFailure(unknown, policy.known) }, outcomes };
  const unproven = unprovenIn(scan);
  if (unproven !== undefined) return { verdict: { kind: 'inconclusive', failure: unproven }, outcomes };
  return { verdict: { kind: 'pass', ...said }, outcomes };
}

// What comes to the same on every platform is said once.
function togetherWhereAlike(subject: Subject, outcomes: readonly DecidedSubject[]): readonly DecidedSubject[] {
  const [first, ...others] = outcomes;
  return first !== undefined && others.every((other) => isAlike(first, other)) ? [{ ...first, subject }] : outcomes;
}

function isAlike(a: DecidedSubject, b: DecidedSubject): boolean {
  const decisionsOf = ({ decision, tried }: DecidedSubject) => [decision, ...tried];
  const [ours, theirs] = [decisionsOf(a), decisionsOf(b)];
  return (
    a.accepted.length === b.accepted.length &&
    a.accepted.every((exception, at) => exception === b.accepted[at]) &&
    ours.length === theirs.length &&
    ours.every((one, at) => {
      const other = theirs[at];
      return one?.kind === other?.kind && one?.rule === other?.rule && one?.why === other?.why;
    })
  );
}

function breachesOf({ subject, decision }: DecidedSubject, lapsed: PolicyException | undefined): readonly Breach[] {
  if (decision?.kind !== 'fail') return [];
  const { why, finding, advice } = subject;
  if (advice !== undefined && decision.rule.isShort === true) return [{ rule: 'hardening', finding, advice }];
  if (decision.rule.isShort === true) return [breachOf(subject, why, lapsed)];
  return [{ ...breachOf(subject, ruleWords(decision, why), lapsed), rule: 'rule', name: decision.rule.name }];
}

function ruleWords({ rule: { name, reason, owner } }: RuleDecision, why: string | undefined): string {
  const said = [reason, owner].filter((part) => part !== undefined).join(', ');
  const fact = `The rule ${JSON.stringify(name)} does not allow it${said === '' ? '' : ` (${said})`}`;
  return why === undefined ? fact : `${why}. ${fact}`;
}

function breachOf(subject: Subject, why: string | undefined, lapsed: PolicyException | undefined): Breach {
  const rule = lapsed === undefined ? 'severity-threshold' : 'exception-expired';
  return { rule, finding: subject.finding, advice: subject.advice ?? adviceFor(subject.finding, why, lapsed) };
}
