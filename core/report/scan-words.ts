import { describeFact } from '../hardening/breaches.ts';
import { disagreement } from '../scan/agree.ts';
import type { Finding, ScannerIdentity } from '../scan/finding.ts';
import type { Hardening } from '../scan/hardening-facts.ts';
import { counted, shortened } from '../text/words.ts';
import { describeChange } from '../validate/compatibility.ts';
import { describeCheck } from '../validate/describe.ts';
import type { RefreshReport, ReportedImage, ReportedScan } from './report.ts';

/** Who scanned, with which program and on which database: "trivy 0.69.3 (sha256:1a2b3c4d5e6f), database of 2026-11-20". */
export function scannerWords({ name, version, binary, database, databaseExpired }: ScannerIdentity): string {
  const program = binary === undefined ? '' : ` (${shortened(binary)})`;
  const age = database === null ? '' : `, database of ${database}`;
  return `${name} ${version}${program}${age}${databaseExpired === true ? ', a newer one being due' : ''}`;
}

/** Who made a scan: one scanner, or several side by side. */
function identitiesOf({ scanner, scanners }: ReportedScan): readonly ScannerIdentity[] {
  return scanners ?? (scanner === null ? [] : [scanner]);
}

/** Who made a scan, in words, and how far several scanners agree. */
export function scanWords(scan: ReportedScan): string {
  const who = identitiesOf(scan).map(scannerWords).join(' and ');
  const names = scan.scanners?.map(({ name }) => name);
  if (names === undefined) return who;
  const differing = scan.findings.flatMap((finding) => disagreement(finding, names) ?? []);
  const alone = names.flatMap((name) => {
    const count = differing.filter((words) => words === `only ${name}`).length;
    return count === 0 ? [] : [`${count} found by ${name} alone`];
  });
  const severities = differing.filter((words) => !words.startsWith('only ')).length;
  const words = [...alone, ...(severities === 0 ? [] : [`${severities} of different severity`])];
  return `${who}; they agree on ${scan.findings.length - differing.length} of ${counted(scan.findings.length, 'finding')}${words.length === 0 ? '' : ` (${words.join(', ')})`}`;
}

/** What a row of findings says where scanners disagree; empty where they do not. */
export function disagreementWords(finding: Finding, scan: Pick<ReportedScan, 'scanners'>): string {
  return disagreement(finding, scan.scanners?.map(({ name }) => name) ?? []) ?? '';
}

/** The scanners of a report, each said once. */
export function scannersOf(report: RefreshReport): readonly ScannerIdentity[] {
  const said = report.images.flatMap(({ scan }) => (scan === null ? [] : identitiesOf(scan)));
  return [...new Map(said.map((scanner) => [scannerWords(scanner), scanner])).values()];
}

const mebibyte = 1024 * 1024;
/** What an image itself says, a sentence each: facts, size, and what is slimmer. */
export function hardeningWords({ facts, sizes, slimmer }: Hardening): readonly string[] {
  const all = sizes.length;
  const where = (platforms: readonly string[]) => (platforms.length === all ? '' : `, on ${platforms.join(' and ')}`);
  const size = sizes.map(({ platform, bytes, layers }) => {
    const amount = `${(bytes / mebibyte).toFixed(1)} MiB in ${layers} ${layers === 1 ? 'layer' : 'layers'}`;
    return all === 1 ? amount : `${platform} ${amount}`;
  });
  return [
    ...facts.map((fact) => `It ${describeFact(fact)}${where(fact.platforms)}.`),
    ...(size.length === 0 ? [] : [`It is ${size.join(', ')}, compressed.`]),
    ...(slimmer.length === 0 ? [] : [`There are slimmer bases: ${slimmer.join(', ')}.`]),
  ];
}

/** How many checks or changes a table or a page shows of one image. */
const limit = 50;
/** The checks of an image that did not pass, each in words. */
export function failedChecks({ validation }: ReportedImage): readonly string[] {
  return (validation?.checks ?? []).filter((check) => check.verdict === 'fail').map(describeCheck);
}

/** What is not as in the published image, what may break first, each in words. */
export function changesIn({ validation }: ReportedImage): readonly string[] {
  const changes = (validation?.changes ?? []).toSorted((a, b) => Number(b.breaking) - Number(a.breaking));
  return changes.map((change) => `${change.breaking ? 'may break: ' : ''}${describeChange(change)}`);
}

/** The first of many lines, and how many are left out. */
export function firstOf(lines: readonly string[]): readonly string[] {
  const rest = lines.length - limit;
  return rest > 0 ? [...lines.slice(0, limit), `and ${rest} more in report.json`] : lines;
}

/** What the tests of an image said, in one sentence; undefined where none was tried. */
export function testWords({ name, validation }: ReportedImage): string | undefined {
  if (validation === undefined || validation.checks.length === 0) return undefined;
  const failed = validation.checks.filter((check) => check.verdict === 'fail').length;
  const open = validation.checks.filter((check) => check.verdict === 'inconclusive').length;
  const all = counted(validation.checks.length, 'test');
  if (failed + open === 0) return `${name}: ${all} passed.`;
  return `${name}: ${failed} of ${all} failed${open === 0 ? '' : `, ${open} could not be made`}.`;
}
