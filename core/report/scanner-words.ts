import type { ScannerIdentity } from '../scan/finding.ts';
import type { RefreshReport } from './report.ts';
import { shortened } from './words.ts';

/** Who scanned, with which program and on which database: "trivy 0.69.3 (sha256:1a2b3c4d5e6f), database of 2026-11-20". */
export function scannerWords({ name, version, binary, database, databaseExpired }: ScannerIdentity): string {
  const program = binary === undefined ? '' : ` (${shortened(binary)})`;
  const age = database === null ? '' : `, database of ${database}`;
  return `${name} ${version}${program}${age}${databaseExpired === true ? ', a newer one being due' : ''}`;
}

/** The scanners of a report, each said once. */
export function scannersOf(report: RefreshReport): readonly ScannerIdentity[] {
  const said = report.images.flatMap(({ scan }) => (scan === null || scan.scanner === null ? [] : [scan.scanner]));
  return [...new Map(said.map((scanner) => [scannerWords(scanner), scanner])).values()];
}
