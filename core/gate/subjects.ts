import { adviceOn, findingOf } from '../hardening/breaches.ts';
import { type EndOfLife, type Finding, kindOfFinding, type ScanReport, type Severity } from '../scan/finding.ts';
import { apartByPlatform } from '../scan/parts.ts';
import { atLeast, worseOf } from '../scan/severity.ts';
import { introducedAmong } from './introduced.ts';
import type { GatePolicy } from './policy.ts';
import { findingFacts, type ImageFacts } from './rules/facts.ts';
import { rankOf } from './rules/language.ts';

/** Something that the gate decides about, with what it counts as under the policy. */
export interface Subject {
  readonly finding: Finding;
  readonly counted: Severity;
  /** Why it counts so, where that is not its severity. */
  readonly why: string | undefined;
  /** What to do about it, where the finding does not say. */
  readonly advice?: string;
  /** The same on its platforms where the scanner says something else of each, which are decided about by themselves. */
  readonly parts?: readonly Subject[];
  /** What rules know of it. */
  readonly facts: () => Readonly<Record<string, unknown>>;
}

type Scanned = Extract<ScanReport, { readonly kind: 'scanned' }>;

/** Everything in a scan that rules decide about: findings, what the image says of itself, distributions that have ended. */
export function gateSubjects(
  policy: GatePolicy,
  scan: Scanned,
  before: readonly Finding[] | undefined,
): readonly Subject[] {
  const apart = scan.findings.map((finding) => ({ finding, parts: apartByPlatform(finding) }));
  const introduced = introducedAmong(
    before,
    apart.flatMap(({ parts }) => parts),
  );
  const found = apart.map(({ finding, parts }) => {
    const [only, ...others] = parts.map((part) => vulnerability(part, policy, introduced));
    if (only !== undefined && others.length === 0) return only;
    return {
      ...vulnerability(finding, policy, introduced),
      parts: [only, ...others].filter((one) => one !== undefined),
    };
  });
  const ended = (scan.endOfLife ?? []).map(endOfLife(policy.endOfLife ?? 'medium'));
  const facts = (scan.hardening?.facts ?? []).map((fact) => ({
    ...plainSubject('hardening', findingOf(fact), 'high'),
    advice: adviceOn(fact),
  }));
  return [...found, ...ended, ...facts];
}

function vulnerability(finding: Finding, policy: GatePolicy, introduced: ReadonlySet<Finding>): Subject {
  const kind = kindOfFinding(finding);
  const isNew = introduced.has(finding);
  if (kind !== 'vulnerability') return plainSubject(kind, finding, plainSeverity(finding, policy), isNew);
  const names = [finding.id, ...finding.aliases].map((name) => name.toUpperCase());
  const { counted, why } = countedAs(finding, names, policy);
  const facts = () => ({
    kind,
    severity: rankOf(counted),
    stated: rankOf(finding.severity),
    raised: why !== undefined,
    introduced: isNew,
    ...findingFacts(finding, policy.known, names),
  });
  return { finding, counted, why, facts };
}

function plainSeverity({ severity }: Finding, { unknownSeverity = 'medium' }: GatePolicy): Severity {
  return severity === 'unknown' ? unknownSeverity : severity;
}

type Counted = Pick<Subject, 'counted' | 'why'>;

function countedAs(finding: Finding, names: readonly string[], policy: GatePolicy): Counted {
  const { knownExploited, epssThreshold, epssSeverity = 'critical', known } = policy;
  const plain = plainSeverity(finding, policy);
  const isExploited = finding.knownExploited === true || names.some((name) => known?.exploited?.has(name) === true);
  if (knownExploited !== undefined && isExploited) return raise(plain, knownExploited, 'It is known to be exploited');
  const probability = Math.max(finding.epss ?? 0, ...names.map((name) => known?.probabilities?.get(name) ?? 0));
  if (epssThreshold === undefined || probability < epssThreshold) return { counted: plain, why: undefined };
  return raise(plain, epssSeverity, `It is exploited with a probability of ${probability} (EPSS)`);
}

// What is as bad anyway is not raised, but is not excused by youth either.
function raise(plain: Severity, to: Severity, fact: string): Counted {
  return { counted: worseOf(plain, to), why: atLeast(plain, to) ? fact : `${fact}, which counts as ${to}` };
}

function plainSubject(kind: string, finding: Finding, severity: Severity, introduced = true): Subject {
  const known = { exploited: new Set<string>(), probabilities: new Map([[finding.id.toUpperCase(), 0]]) };
  const facts = () => ({
    kind,
    severity: rankOf(severity),
    stated: rankOf(severity),
    raised: false,
    introduced,
    // No catalogue and no score is of what is no vulnerability.
    ...findingFacts(finding, known, [finding.id.toUpperCase()]),
  });
  return { finding, counted: severity, why: undefined, facts };
}

/** The image as a whole, for rules that say nothing of findings. */
export function imageSubject({ name = 'image', base }: ImageFacts): Subject {
  const finding: Finding = {
    id: 'IMAGE-POLICY',
    aliases: [],
    title: 'The image is not as a rule of the gate wants it',
    package: { name },
    installed: base ?? '',
    severity: 'high',
    owner: 'unknown',
    platforms: [],
  };
  const advice = 'Change the image, or accept it with an exception.';
  return { ...plainSubject('image', finding, 'high'), advice };
}

// A finding like any other, so that exceptions, reports and advice need not know of it.
function endOfLife(severity: Severity): (entry: EndOfLife) => Subject {
  return ({ distribution, platforms }) => {
    const [, name = distribution, version = 'unknown'] = /^(.*\S)\s+(\S+)$/.exec(distribution) ?? [];
    const title = `${distribution} gets no more security updates`;
    const finding: Finding = {
      id: 'END-OF-LIFE',
      aliases: [],
      title,
      package: { name },
      installed: version,
      severity,
      owner: 'base',
      platforms,
    };
    return { ...plainSubject('end-of-life', finding, severity), why: title };
  };
}
