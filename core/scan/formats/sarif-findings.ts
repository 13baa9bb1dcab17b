import { itemsOf } from '../../json.ts';
import { severityOfWord } from '../adapters/words.ts';
import { type Finding, type FindingKind, type Fix, type Severity, withFix } from '../finding.ts';
import { fixInWords } from '../fix-words.ts';
import { identifierIn, nameOf } from '../identity.ts';
import { packageName, parsePurl } from '../purl.ts';
import { atLeast, severityOfScore } from '../severity.ts';
import type { SarifResult, SarifRule, SarifRun } from './sarif-log.ts';
import type { SarifRules } from './sarif-rules.ts';

/** The findings of one result: one for each package, or for each place where no package is named. */
export function sarifFindings(
  entry: SarifResult,
  run: SarifRun,
  { ruleOf, levelOf }: SarifRules,
  platforms: readonly string[],
): readonly Finding[] {
  const rule = ruleOf(entry);
  const words = messageOf(entry, rule);
  const stated = facts(words);
  const source = { entry, rule, words, stated, level: levelOf(entry, rule), platforms };
  const purls = purlsOf(entry, rule, stated);
  const places = placesOf(entry, run);
  // Which package is where, SARIF does not say: each of either is there once.
  const [first, ...elsewhere] = places;
  return [
    ...(purls.length === 0 ? [undefined] : purls).map((purl) => findingOf({ ...source, purl, uri: first })),
    ...elsewhere.map((uri) => findingOf({ ...source, purl: purls[0], uri })),
  ];
}

interface Source {
  readonly entry: SarifResult;
  readonly rule: SarifRule | undefined;
  readonly words: string;
  readonly stated: Facts;
  readonly level: string;
  readonly purl: string | undefined;
  readonly uri: string | undefined;
  readonly platforms: readonly string[];
}

function messageOf({ message }: SarifResult, rule: SarifRule | undefined): string {
  const text = message.text ?? rule?.messageStrings[message.id ?? '']?.text ?? message.markdown ?? '';
  return message.arguments.length === 0
    ? text
    : text.replace(/\{(\d{1,3})\}/g, (whole, at) => message.arguments[Number(at)] ?? whole);
}

// One for each place that is another: two lines of one file are one package.
function placesOf({ locations }: SarifResult, { artifacts }: SarifRun): readonly string[] {
  const uris = locations.map(({ physicalLocation, logicalLocations }) => {
    const { uri, index = -1 } = physicalLocation?.artifactLocation ?? {};
    return uri ?? artifacts[index]?.location?.uri ?? logicalLocations[0]?.fullyQualifiedName;
  });
  return [...new Set(uris.filter((uri) => uri !== undefined))];
}

// A result's own package before those of its rule; a rule of several packages is several findings.
function purlsOf(entry: SarifResult, rule: SarifRule | undefined, stated: Facts): readonly string[] {
  const own = text(entry.properties.purl) ?? texts(entry.properties.purls)[0];
  if (own !== undefined) return [own];
  if (stated.package?.startsWith('pkg:') === true) return [stated.package];
  const ofRule = [...new Set([...texts(rule?.properties.purls), ...texts([rule?.properties.purl])])];
  return stated.package === undefined ? ofRule : ofRule.slice(0, 1);
}

function findingOf({ entry, rule, words, stated, level, purl, uri, platforms }: Source): Finding {
  const score = scoreOf(entry.properties) ?? scoreOf(rule?.properties ?? {});
  const packaged = parsePurl(purl ?? '');
  const named = stated.package === purl ? undefined : stated.package;
  const said = entry.ruleId ?? entry.rule?.id ?? rule?.id ?? '';
  const kind = kindOf(rule);
  return {
    ...(kind === 'vulnerability' ? {} : { kind }),
    ...nameOf(said === '' ? 'unnamed' : said, kind === 'vulnerability' ? otherNames(entry, rule) : []),
    title: rule?.shortDescription?.text ?? words.split('\n')[0] ?? '',
    ...(rule?.helpUri === undefined ? {} : { url: rule.helpUri }),
    package: {
      name: named ?? (packaged === undefined ? uri : packageName(packaged)) ?? 'unnamed',
      ...(purl === undefined ? {} : { purl }),
      ...(uri === undefined ? {} : { path: uri }),
    },
    installed: stated['installed version'] ?? packaged?.version ?? 'unknown',
    ...(kind === 'vulnerability' ? withFix(fixIn(rule, stated)) : {}),
    severity: severityOf(rule, score, stated, level),
    ...(score === undefined ? {} : { score }),
    owner: 'unknown',
    platforms,
  };
}

// As Trivy names its rules, and as tags of other tools have it; whatever else is found counts as a vulnerability.
function kindOf(rule: SarifRule | undefined): FindingKind {
  if (isOfVulnerability(rule)) return 'vulnerability';
  const words = wordsOf(rule);
  const is = (...known: readonly string[]) => known.some((word) => words.includes(word));
  if (is('secret')) return 'secret';
  if (is('misconfiguration')) return 'misconfiguration';
  return is('license', 'licence') ? 'licence' : 'vulnerability';
}

/** Whether a rule says of itself that it is about a vulnerability, by its id, its name or its tags. */
export function isOfVulnerability(rule: SarifRule | undefined): boolean {
  if (identifierIn(rule?.id ?? '') !== undefined) return true;
  const known = ['vulnerability', 'ospackagevulnerability', 'languagespecificpackagevulnerability'];
  return wordsOf(rule).some((word) => known.includes(word));
}

function wordsOf(rule: SarifRule | undefined): readonly string[] {
  return [rule?.name ?? '', ...texts(rule?.properties.tags)].map((word) => word.toLowerCase());
}

// Snyk: "(CVE-2021-1, CVE-2021-2) lodash@4.17.20"; others in tags or properties.
function otherNames(entry: SarifResult, rule: SarifRule | undefined): readonly string[] {
  const [, listed = ''] = /^\(([^()]{1,500})\)/.exec(rule?.fullDescription?.text ?? '') ?? [];
  const keys = ['cve', 'cves', 'cveId', 'cveIds', 'aliases', 'tags', 'vulnerabilityId'];
  const stated = [rule?.properties ?? {}, entry.properties].flatMap((said) =>
    keys.flatMap((key) => [...texts(said[key]), ...texts([said[key]])]),
  );
  return [...listed.split(/[\s,]+/), ...stated, rule?.id ?? ''].flatMap((word) => {
    const name = identifierIn(word.trim());
    return name === undefined || name.length !== word.trim().length ? [] : [name];
  });
}

// Grype's help: "Fix Version: 1.2". A line without a version says that there is none; no line says nothing.
function fixIn(rule: SarifRule | undefined, stated: Facts): Fix {
  const help = facts(rule?.help?.text ?? '');
  const said =
    stated['fixed version'] ??
    stated['fix version'] ??
    word(rule?.properties.fixed_version) ??
    help['fix version'] ??
    help['fixed version'];
  if (said === undefined || /^unknown$/i.test(said)) return { kind: 'unknown' };
  if (/^(?:not[ -]?fixed|none|n\/a)?$/i.test(said)) return { kind: 'none' };
  return /\s/.test(said) ? fixInWords(`fixed in ${said}`) : { kind: 'version', version: said };
}

// The scanner's own word first; "security-severity" is what code scanning reads; the level of a result is coarser. With
// the word that they do not know it, scanners write a score of 0.
function severityOf(rule: SarifRule | undefined, score: number | undefined, stated: Facts, level: string): Severity {
  const properties = rule?.properties ?? {};
  const said = [stated.severity, properties.cvssV3_severity, facts(rule?.help?.text ?? '').severity];
  const scored = properties['security-severity'];
  for (const one of said) if (severityOfWord(text(one) ?? '') !== 'unknown') return severityOfWord(text(one) ?? '');
  const isSaid = said.some((one) => text(one) !== undefined);
  if (score !== undefined && (score > 0 || !isSaid)) return severityOfScore(score);
  const words = [...texts([scored]), ...texts(properties.tags)].map(severityOfWord);
  const word = words.find((one) => one !== 'unknown');
  if (word !== undefined) return word;
  const least = severityOfLevel(level);
  return (isSaid || scored !== undefined) && !atLeast(least, 'medium') ? 'unknown' : least;
}

function severityOfLevel(level: string): Severity {
  switch (level) {
    case 'error':
      return 'high';
    case 'warning':
      return 'medium';
    case 'note':
      return 'low';
    default:
      return 'unknown';
  }
}

function scoreOf(said: Readonly<Record<string, unknown>>): number | undefined {
  const value = Number.parseFloat(String(said['security-severity'] ?? ''));
  return value >= 0 && value <= 10 ? value : undefined;
}

// "Package: x", "Installed Version: y" and so on, on lines of their own, as several scanners write messages.
type Facts = Readonly<
  Partial<Record<'package' | 'installed version' | 'fixed version' | 'fix version' | 'severity', string>>
>;

function facts(message: string): Facts {
  const lines = [...message.matchAll(/^ *(Package|Installed version|Fixed version|Fix version|Severity) *:(.*)$/gim)];
  const said = lines.map(([, key = '', value = '']) => [key.toLowerCase(), value.trim()] as const);
  return Object.fromEntries(said.filter(([key, value]) => value !== '' || /^fix/.test(key)));
}

function word(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function texts(value: unknown): readonly string[] {
  return itemsOf(value).flatMap((each) => text(each) ?? []);
}
