import type { ReportingDescriptor } from 'sarif';
import { type Finding, type FindingKind, kindOfFinding, type Severity, severities } from '../scan/finding.ts';
import { markdown, markdownLink, safeLink, sarifText, visibleText } from '../text/escape.ts';

/** What the results about bases and gates are filed under. */
export type OwnRule = 'stale-base-image' | 'unverified-base-image' | 'undecided-gate';

const ownRules: Readonly<Record<OwnRule, { readonly title: string; readonly about: string; readonly remedy: string }>> =
  {
    'stale-base-image': {
      title: 'The published image is built on an outdated base image',
      about: 'The base image has been republished since this image was built, or nothing records what it was built on.',
      remedy: 'Run base-image-refresh refresh, or rebuild the image with its base pulled again.',
    },
    'unverified-base-image': {
      title: 'It could not be checked whether the base image is up to date',
      about: 'A registry, a Dockerfile or a record could not be read, so the image may be outdated.',
      remedy: 'Read the message, fix what it names and run the check again.',
    },
    'undecided-gate': {
      title: 'The rebuilt image could not be scanned',
      about: 'Without a scan the gate has nothing to decide on, so the image was not promoted.',
      remedy: 'Read the message, fix the scanner and run the refresh again.',
    },
  };

/** The rule for results about bases and gates. */
export function ownRule(id: OwnRule): ReportingDescriptor {
  const { title, about, remedy } = ownRules[id];
  return {
    id,
    name: id.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase()),
    shortDescription: { text: title },
    fullDescription: { text: about },
    help: { text: `${about} ${remedy}`, markdown: `${about}\n\n${remedy}` },
    defaultConfiguration: { level: 'warning' },
    properties: { tags: ['supply-chain', 'containers'], precision: 'very-high', 'problem.severity': 'warning' },
  };
}

const ofKind: Readonly<Record<FindingKind, { readonly name: string; readonly remedy: string }>> = {
  vulnerability: {
    name: 'VulnerablePackage',
    remedy: 'Rebuild on a base that has the fixed version, or upgrade the package in the Dockerfile.',
  },
  secret: { name: 'Secret', remedy: 'Remove it from every layer, use secret mounts in the build, and change it.' },
  misconfiguration: { name: 'Misconfiguration', remedy: 'Correct the file that it is in.' },
  licence: { name: 'Licence', remedy: 'Remove the package, or see whether its licence allows this use.' },
};

/** The rule for one vulnerability, or for what else a scanner found, wherever it is found. */
export function vulnerabilityRule(finding: Finding): ReportingDescriptor {
  const { id, title, url, aliases, severity } = finding;
  const name = sarifText(title === '' ? id : title, 500);
  const also = aliases.length === 0 ? '' : ` Also known as ${aliases.slice(0, 10).join(', ')}.`;
  const about = sarifText(`${id}: ${title}. Severity ${severity}.${also}`, 1000);
  const score = securitySeverity(finding);
  const helpUri = safeLink(url);
  const { name: ruleName, remedy } = ofKind[kindOfFinding(finding)];
  return {
    id: ruleId(finding),
    name: ruleName,
    shortDescription: { text: name },
    fullDescription: { text: about },
    ...(helpUri === undefined ? {} : { helpUri }),
    help: { text: `${about} ${remedy}`, markdown: `${markdownLink(id, url)}: ${markdown(title, 500)}\n\n${remedy}` },
    defaultConfiguration: { level: 'warning' },
    properties: {
      tags: ['security', kindOfFinding(finding), severity],
      precision: 'high',
      'problem.severity': severity === 'critical' || severity === 'high' ? 'error' : 'warning',
      ...(score === undefined ? {} : { 'security-severity': score }),
    },
  };
}

/** The id of a vulnerability's rule. */
export function ruleId({ id }: Finding): string {
  const text = visibleText(id, 200).trim();
  return text === '' ? 'unnamed-vulnerability' : text;
}

// GitHub reads severity from a score: over 9 critical, over 7 high, over 4 medium.
const bands: Readonly<Record<Severity, readonly [least: number, usual: number, most: number] | undefined>> = {
  critical: [9.1, 9.5, 10],
  high: [7.1, 8, 9],
  medium: [4.1, 5.5, 7],
  low: [0.2, 2, 4],
  negligible: [0.1, 0.1, 0.1],
  unknown: undefined,
};

/** The CVSS score as text, kept within the severity that the gate went by; undefined where that is unknown. */
function securitySeverity({ severity, score }: Pick<Finding, 'severity' | 'score'>): string | undefined {
  const band = bands[severity];
  if (band === undefined) return undefined;
  const [least, usual, most] = band;
  return Math.min(most, Math.max(least, score ?? usual)).toFixed(1);
}

/** Whether one finding is worse than another, as far as a rule of both is concerned. */
export function isWorse(a: Finding, b: Finding): boolean {
  return severities.indexOf(a.severity) < severities.indexOf(b.severity);
}
