import { createBound, type Spend } from '../../bound.ts';
import { formatPlatform } from '../../oci/platform.ts';
import { type ReportOf, readDocument, unusable } from '../document.ts';
import { type Finding, kindOfFinding } from '../finding.ts';
import { identifierIn } from '../identity.ts';
import type { Unproven } from '../proof.ts';
import type { ScanTarget } from '../scanner.ts';
import { unprovenImage, unsearched } from '../unproven.ts';
import type { ImportedScan } from './imported.ts';
import { isOfVulnerability, sarifFindings } from './sarif-findings.ts';
import { type SarifResult, type SarifRun, sarifLog } from './sarif-log.ts';
import { sarifRules } from './sarif-rules.ts';

// A rule of several packages is a finding in each, for every result that names it.
const mostFindings = 200_000;

// Tools that look for vulnerable packages whatever they are asked for, as their reports name them.
const matchers: readonly string[] = [
  'grype',
  'snyk container',
  'docker scout',
  'twistcli',
  'prisma cloud',
  'microsoft defender for cloud',
  'microsoft defender for containers',
];

/** Reads a scanner's SARIF of a target; throws `scan-failed` where it is not whole, says that it failed, or names another image. */
export function readSarif(json: string, target: ScanTarget, of: ReportOf): ImportedScan {
  const { runs, inlineExternalProperties } = readDocument(sarifLog, json, of);
  if (inlineExternalProperties.length > 0) throw unusable(of, 'keeps a part of its runs outside them');
  for (const { invocations, externalPropertyFileReferences } of runs) {
    if (invocations.some(({ executionSuccessful }) => !executionSuccessful)) throw unusable(of, 'says that it failed');
    const [elsewhere] = Object.keys(externalPropertyFileReferences);
    if (elsewhere !== undefined) throw unusable(of, `keeps its ${elsewhere} in another file`);
  }
  const [first] = runs;
  const { name, version, semanticVersion } = first?.tool.driver ?? { name: of.tool };
  const platforms = [formatPlatform(target.platform)];
  const spend = createBound(of.subject, mostFindings, `findings in ${of.tool}'s report`, 'scan a smaller image');
  const results = runs.flatMap((run) => readRun(run, platforms, spend));
  return {
    name,
    version: semanticVersion ?? version ?? null,
    database: null,
    findings: results.flatMap(({ result, findings }) => (isOpen(result) ? findings : [])),
    unproven: [
      ...runs.flatMap((run) => imageOf(run, target, of)).slice(0, 1),
      ...searchOf(runs, results, of),
      ...troubleIn(runs, of),
    ],
  };
}

// An error that a tool notifies of may have stopped it from looking for a part (3.58.6).
function troubleIn(runs: readonly SarifRun[], of: ReportOf): readonly Unproven[] {
  const notified = runs.flatMap(({ invocations }) =>
    invocations.flatMap((each) => [...each.toolExecutionNotifications, ...each.toolConfigurationNotifications]),
  );
  const isTroubled = notified.some(({ level }) => level === 'error');
  return isTroubled
    ? [{ proof: 'search', detail: `${of.tool}'s report notifies of errors, so it may not be whole` }]
    : [];
}

interface ReadResult {
  readonly result: SarifResult;
  readonly findings: readonly Finding[];
}

function readRun(run: SarifRun, platforms: readonly string[], spend: Spend): readonly ReadResult[] {
  const rules = sarifRules(run);
  return run.results.map((result) => {
    const findings = sarifFindings(result, run, rules, platforms);
    spend(findings.length);
    return { result, findings };
  });
}

// What holds, is of no concern here or is gone is no finding (SARIF 3.27.9, 3.27.24); a suppression counts where each of
// them is accepted (3.27.23, 3.35.3), and any word that is not known leaves the finding.
function isOpen({ kind, baselineState, suppressions }: SarifResult): boolean {
  if (['pass', 'notApplicable', 'informational'].includes(kind) || baselineState === 'absent') return false;
  return suppressions.length === 0 || suppressions.some(({ status = 'accepted' }) => status !== 'accepted');
}

// Where Trivy, and who follows it, puts what was scanned.
function imageOf({ properties }: SarifRun, target: ScanTarget, of: ReportOf): readonly Unproven[] {
  const texts = (value: unknown) => (Array.isArray(value) ? value : [value]).filter((each) => typeof each === 'string');
  const names = [...texts(properties.imageName), ...texts(properties.repoTags)].filter((name) => name !== '');
  const [imageId] = texts(properties.imageID).filter((id) => id !== '');
  return unprovenImage({ digests: texts(properties.repoDigests), names, imageId }, target, of);
}

// SARIF is of any tool, and an empty list of one that looked for something (3.14.23): what it looked for is in its name,
// in the rules that it lists, or in what it found.
function searchOf(runs: readonly SarifRun[], results: readonly ReadResult[], of: ReportOf): readonly Unproven[] {
  if (runs.some(({ tool }) => matchers.includes(tool.driver.name.trim().toLowerCase()))) return [];
  // Trivy lists a rule with its results alone.
  const others = runs.filter(({ tool }) => !/^trivy$/i.test(tool.driver.name));
  const rules = others.flatMap(({ tool }) => [tool.driver, ...tool.extensions]).flatMap((each) => each.rules);
  if (rules.some(isOfVulnerability) || results.some(({ findings }) => findings.some(isOfPackage))) return [];
  return [unsearched(of, 'holds no result and no rule about a vulnerability')];
}

function isOfPackage(found: Finding): boolean {
  if (kindOfFinding(found) !== 'vulnerability') return false;
  return (
    found.package.purl !== undefined || [found.id, ...found.aliases].some((name) => identifierIn(name) !== undefined)
  );
}
