import { createHash } from 'node:crypto';
import type { Location, ReportingDescriptor, Result } from 'sarif';
import { describeFailure } from '../failure.ts';
import type { Finding } from '../scan/finding.ts';
import { apartByPlatform } from '../scan/parts.ts';
import { sarifText, visibleText } from '../text/escape.ts';
import { compareUrgency } from './findings.ts';
import { fixPhrase } from './fix-phrase.ts';
import { dockerfilePath, isOutdated, runtimeBase } from './outcome.ts';
import type { RefreshReport, ReportedBase, ReportedImage } from './report.ts';
import { isWorse, type OwnRule, ownRule, ruleId, vulnerabilityRule } from './sarif-rules.ts';
import { baseSentence } from './words.ts';

/** One result to be, and what its rule is made of. */
export interface Draft {
  readonly result: Result & { readonly ruleId: string };
  readonly about: OwnRule | Finding;
}

/** The results of a report, at most so many, and how many there are in all. */
export interface Drafts {
  readonly drafts: readonly Draft[];
  readonly total: number;
}

/** The results of a report in the order in which they are kept where not all fit: bases, breaches, then by severity. */
export function draftsOf({ images }: RefreshReport, most: number): Drafts {
  const own = images.flatMap(ownDrafts);
  const left = Math.max(0, most - own.length);
  const { found, total } = orderedFindings(images, left);
  return { drafts: [...own, ...found.map(findingDraft)].slice(0, most), total: own.length + total };
}

function ownDrafts(image: ReportedImage): readonly Draft[] {
  const { name, bases, gate, scan, failure, promotion } = image;
  const own = (about: OwnRule, key: readonly unknown[], line: number, words: string): Draft => ({
    about,
    result: {
      ruleId: about,
      level: 'warning',
      message: { text: sarifText(`${name}: ${words}`) },
      locations: [locationOf(image, line)],
      partialFingerprints: fingerprint([about, image.dockerfile, name, ...key]),
    },
  });
  const perBase = bases.flatMap((base): readonly Draft[] => {
    const key = [base.raw, base.stage];
    if (isOutdated(image, base)) return [own('stale-base-image', key, base.line, baseSentence(base))];
    // A result that is merely absent would close the alert of an earlier run as fixed.
    return isUnverified(base) ? [own('unverified-base-image', key, base.line, baseSentence(base))] : [];
  });
  const line = runtimeBase(image)?.line ?? 1;
  // Of what is only deployed, nothing but its promotion need be known.
  const unverified = bases.length === 0 && scan === null && promotion === null && failure !== null;
  const undecided = gate?.verdict === 'inconclusive' ? gate.failure : (scan?.failure ?? null);
  return [
    ...perBase,
    ...(unverified ? [own('unverified-base-image', [], line, describeFailure(failure))] : []),
    ...(undecided === null ? [] : [own('undecided-gate', [], line, describeFailure(undecided))]),
  ];
}

function isUnverified({ verdict }: ReportedBase): boolean {
  return verdict === 'unknown' || verdict === 'platform-missing';
}

/** A finding where it stands. */
interface Found {
  readonly finding: Finding;
  readonly image: ReportedImage;
  readonly breach: boolean;
}

// The first of all in order: breaches, then by severity. Of many images no more is held than may be among them.
function orderedFindings(
  images: readonly ReportedImage[],
  most: number,
): { readonly found: readonly Found[]; readonly total: number } {
  let [breaking, others]: [Found[], Found[]] = [[], []];
  let total = 0;
  for (const image of images) {
    const all = findingsOfImage(image);
    total += all.length;
    for (const one of all) (one.breach ? breaking : others).push(one);
    if (breaking.length > 2 * most) breaking = firstOf(breaking, most);
    if (others.length > 2 * most) others = firstOf(others, most);
  }
  return { found: [...firstOf(breaking, most), ...firstOf(others, most)].slice(0, most), total };
}

function firstOf(found: readonly Found[], most: number): Found[] {
  return found.toSorted((a, b) => compareUrgency(a.finding, b.finding)).slice(0, most);
}

function findingsOfImage(image: ReportedImage): readonly Found[] {
  const breaches = new Set((image.gate?.breaches ?? []).map(({ finding }) => identityOf(finding)));
  // The gate may have decided by platform.
  const breaks = (finding: Finding) =>
    breaches.size > 0 && [finding, ...apartByPlatform(finding)].some((one) => breaches.has(identityOf(one)));
  return (image.scan?.findings ?? []).map((finding) => ({ finding, image, breach: breaks(finding) }));
}

function identityOf({ id, package: { name, path, purl }, installed }: Finding): string {
  return [id, name, path, purl, installed].join('\n');
}

function findingDraft({ finding, image, breach }: Found): Draft {
  const { package: part, installed, severity, owner } = finding;
  const remedy = fixPhrase(finding, 'no version fixes it yet');
  const where = owner === 'base' ? ' (from its base)' : owner === 'app' ? ' (from its own layers)' : '';
  const words = `${finding.id} (${severity}) in ${part.name} ${installed} of ${image.name}${where}: ${remedy}.`;
  const id = ruleId(finding);
  const mild = severity === 'low' || severity === 'negligible' || severity === 'unknown';
  return {
    about: finding,
    result: {
      ruleId: id,
      level: breach ? 'error' : mild ? 'note' : 'warning',
      message: { text: sarifText(breach ? `${words} It fails the gate.` : words) },
      locations: [locationOf(image, runtimeBase(image)?.line ?? 1)],
      partialFingerprints: fingerprint([id, image.dockerfile, image.name, part.name, part.path]),
    },
  };
}

function fingerprint(parts: readonly unknown[]): { primaryLocationLineHash: string } {
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
  return { primaryLocationLineHash: `${hash}:1` };
}

// An image that was only scanned has no Dockerfile: its name stands in for a path.
function locationOf(image: ReportedImage, line: number): Location {
  const path = visibleText(dockerfilePath(image) ?? image.name, 500);
  const uri = path
    .split('/')
    .filter((segment) => segment !== '')
    .map((segment) => encodeURIComponent(segment))
    .join('/');
  const region = { startLine: line, startColumn: 1, endLine: line, endColumn: 5 };
  return { physicalLocation: { artifactLocation: { uri: uri === '' ? 'Dockerfile' : uri }, region } };
}

/** The rules that drafts need, each once; a vulnerability's is made of its worst finding. */
export function rulesOf(drafts: readonly Draft[]): readonly ReportingDescriptor[] {
  const subjects = new Map<string, Draft['about']>();
  for (const { result, about } of drafts) {
    const known = subjects.get(result.ruleId);
    const worse =
      known === undefined || (typeof about !== 'string' && typeof known !== 'string' && isWorse(about, known));
    if (worse) subjects.set(result.ruleId, about);
  }
  return [...subjects.values()].map((about) => (typeof about === 'string' ? ownRule(about) : vulnerabilityRule(about)));
}
