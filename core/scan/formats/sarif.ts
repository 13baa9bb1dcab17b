import * as v from 'valibot';
import { createBound, type Spend } from '../../bound.ts';
import { itemsOf } from '../../json.ts';
import { formatPlatform } from '../../oci/platform.ts';
import { type ReportOf, readDocument, unusable } from '../document.ts';
import type { Finding, Severity } from '../finding.ts';
import { packageName, parsePurl } from '../purl.ts';
import type { ScanTarget } from '../scanner.ts';
import { parseSeverity, severityOfScore } from '../severity.ts';
import type { ImportedScan } from './imported.ts';

const properties = v.optional(v.record(v.string(), v.unknown()), {});
const level = v.optional(v.picklist(['none', 'note', 'warning', 'error']));

const rule = v.object({
  id: v.string(),
  shortDescription: v.optional(v.object({ text: v.string() })),
  helpUri: v.optional(v.string()),
  defaultConfiguration: v.optional(v.object({ level })),
  properties,
});

const result = v.object({
  ruleId: v.optional(v.string()),
  ruleIndex: v.optional(v.number()),
  rule: v.optional(v.object({ id: v.optional(v.string()), index: v.optional(v.number()) })),
  level,
  message: v.object({ text: v.optional(v.string(), '') }),
  locations: v.optional(
    v.array(
      v.object({
        physicalLocation: v.optional(
          v.object({ artifactLocation: v.optional(v.object({ uri: v.optional(v.string()) })) }),
        ),
      }),
    ),
    [],
  ),
  suppressions: v.optional(v.array(v.unknown()), []),
  properties,
});

/** SARIF 2.1.0, as far as a finding is made of it. */
const log = v.object({
  version: v.literal('2.1.0'),
  runs: v.pipe(
    v.array(
      v.object({
        tool: v.object({
          driver: v.object({
            name: v.pipe(v.string(), v.minLength(1)),
            version: v.optional(v.string()),
            semanticVersion: v.optional(v.string()),
            rules: v.optional(v.array(rule), []),
          }),
        }),
        invocations: v.optional(v.array(v.object({ executionSuccessful: v.boolean() })), []),
        // Absent in a run that did not come to look (SARIF 3.14.23).
        results: v.array(result),
        properties,
      }),
    ),
    v.minLength(1),
  ),
});

// A rule of several packages is a finding in each, for every result that names it.
const mostFindings = 200_000;

type Run = v.InferOutput<typeof log>['runs'][number];
type Result = Run['results'][number];
type Rule = v.InferOutput<typeof rule>;

/** Reads a scanner's SARIF of a target; throws `scan-failed` where it is not whole, says that it failed, or names another digest. */
export function readSarif(json: string, target: ScanTarget, of: ReportOf): ImportedScan {
  const { runs } = readDocument(log, json, of);
  for (const run of runs) verify(run, target, of);
  const [first] = runs;
  const { name, version, semanticVersion } = first?.tool.driver ?? { name: of.tool };
  const platforms = [formatPlatform(target.platform)];
  const spend = createBound(of.subject, mostFindings, `findings in ${of.tool}'s report`, 'scan a smaller image');
  return {
    name,
    version: semanticVersion ?? version ?? null,
    database: null,
    findings: runs.flatMap((run) => {
      const rules = new Map(run.tool.driver.rules.toReversed().map((rule) => [rule.id, rule]));
      return run.results.flatMap((entry) => findingsOf(entry, run, rules, { platforms, spend }));
    }),
  };
}

function verify({ invocations, properties: said }: Run, { reference }: ScanTarget, of: ReportOf): void {
  if (invocations.some(({ executionSuccessful }) => !executionSuccessful)) throw unusable(of, 'says that it failed');
  // Where Trivy, and who follows it, puts what was scanned.
  const digests = Array.isArray(said.repoDigests) ? said.repoDigests : [];
  const other = digests.find((name) => !String(name).endsWith(`@${reference.digest}`));
  if (other !== undefined) throw unusable(of, `is of ${other}`);
}

function findingsOf(
  entry: Result,
  { tool }: Run,
  byId: ReadonlyMap<string, Rule>,
  { platforms, spend }: { readonly platforms: readonly string[]; readonly spend: Spend },
): readonly Finding[] {
  const { rules } = tool.driver;
  const id = entry.ruleId ?? entry.rule?.id;
  const found = rules[entry.ruleIndex ?? entry.rule?.index ?? -1] ?? byId.get(id ?? '');
  const stated = facts(entry.message.text);
  const purls = purlsOf(entry, found, stated);
  spend(purls.length);
  return purls.map((purl) => findingOf({ entry, found, stated, purl }, platforms));
}

interface Source {
  readonly entry: Result;
  readonly found: Rule | undefined;
  readonly stated: Facts;
  readonly purl: string | undefined;
}

// A result's own package before those of its rule; a rule of several packages is several findings.
function purlsOf(entry: Result, found: Rule | undefined, stated: Facts): readonly (string | undefined)[] {
  const own = text(entry.properties.purl) ?? texts(entry.properties.purls)[0];
  if (own !== undefined) return [own];
  if (stated.package?.startsWith('pkg:') === true) return [stated.package];
  if (stated.package !== undefined) return [texts(found?.properties.purls)[0]];
  const ofRule = [...new Set([...texts(found?.properties.purls), ...texts([found?.properties.purl])])];
  return ofRule.length === 0 ? [undefined] : ofRule;
}

function findingOf({ entry, found, stated, purl }: Source, platforms: readonly string[]): Finding {
  const uri = entry.locations[0]?.physicalLocation?.artifactLocation?.uri;
  const score = scoreOf(entry.properties) ?? scoreOf(found?.properties ?? {});
  const packaged = parsePurl(purl ?? '');
  const named = stated.package === purl ? undefined : stated.package;
  const fixed = stated['fixed version'] ?? text(found?.properties.fixed_version);
  return {
    id: entry.ruleId ?? entry.rule?.id ?? found?.id ?? 'unnamed',
    aliases: [],
    title: found?.shortDescription?.text ?? entry.message.text.split('\n')[0] ?? '',
    ...(found?.helpUri === undefined ? {} : { url: found.helpUri }),
    package: {
      name: named ?? (packaged === undefined ? uri : packageName(packaged)) ?? 'unnamed',
      ...(purl === undefined ? {} : { purl }),
      ...(uri === undefined ? {} : { path: uri }),
    },
    installed: stated['installed version'] ?? packaged?.version ?? 'unknown',
    ...(fixed === undefined || /^not[ -]?fixed$/i.test(fixed) ? {} : { fixed }),
    severity: severityOf(entry, found, score, stated),
    ...(score === undefined ? {} : { score }),
    owner: 'unknown',
    platforms,
  };
}

// The scanner's own word first; "security-severity" is what code scanning reads; the level of a result is coarser.
function severityOf(entry: Result, found: Rule | undefined, score: number | undefined, stated: Facts): Severity {
  const word = parseSeverity(stated.severity ?? text(found?.properties.cvssV3_severity) ?? '');
  if (word !== 'unknown') return word;
  if (score !== undefined) return severityOfScore(score);
  switch (entry.level ?? found?.defaultConfiguration?.level) {
    case 'error':
      return 'high';
    case 'warning':
      return 'medium';
    case 'note':
      return 'low';
    case 'none':
    case undefined:
      return 'unknown';
  }
}

function scoreOf(said: Readonly<Record<string, unknown>>): number | undefined {
  const value = Number.parseFloat(String(said['security-severity'] ?? ''));
  return value >= 0 && value <= 10 ? value : undefined;
}

// "Package: x", "Installed Version: y" and so on, on lines of their own, as several scanners write messages.
type Facts = Readonly<Partial<Record<'package' | 'installed version' | 'fixed version' | 'severity', string>>>;

function facts(message: string): Facts {
  const lines = [...message.matchAll(/^ *(Package|Installed version|Fixed version|Severity) *: *(\S.*)$/gim)];
  return Object.fromEntries(lines.map(([, key = '', value = '']) => [key.toLowerCase(), value.trim()]));
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function texts(value: unknown): readonly string[] {
  return itemsOf(value).flatMap((each) => text(each) ?? []);
}
