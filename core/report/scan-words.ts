import { disagreement } from '../scan/agree.ts';
import type { Finding, ScannerIdentity } from '../scan/finding.ts';
import type { RefreshReport, ReportedScan } from './report.ts';
import { counted, shortened } from './words.ts';

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
