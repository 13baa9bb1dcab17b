import { describeFailure, type Failure } from '../../core/failure.ts';
import { severityWords, worstFirst } from '../../core/report/findings.ts';
import type { RefreshReport, ReportedScan } from '../../core/report/report.ts';
import type { Finding } from '../../core/scan/finding.ts';
import { pinnedTrivy } from '../../core/scan/trivy-npm.ts';
import { counted } from '../../core/text/words.ts';
import { hanging, type Ink, indented, inSeverity, type StoryPart } from './ink.ts';

/** Which findings went, which came, and which stay. */
export function findingsPart(ink: Ink, { images }: RefreshReport): StoryPart {
  const scanned = images.flatMap(({ name, scan }) => (scan === null ? [] : [{ name, scan }]));
  const [first] = scanned;
  const parts = scanned.flatMap(({ name, scan }, at) =>
    at > 0 && first !== undefined && isSame(scan, first.scan)
      ? indented(['', `${ink.name(name.padEnd(10))}the same, because it is built on ${first.name}`])
      : scanPart(ink, name, scan),
  );
  return { title: 'What the new base fixes, and what it brings', lines: [...parts, ...credit(ink, first?.scan)] };
}

function credit(ink: Ink, scan: ReportedScan | undefined): readonly string[] {
  if (scan?.scanner == null) return [];
  const { name, version, binary } = scan.scanner;
  // The build that npm carries does not know its own version.
  const known = binary === `sha256:${pinnedTrivy.sha256}` ? pinnedTrivy.version : version;
  const words = `Scanned with ${name} ${known}, by digest, straight from the registry. The vulnerability database is a small one made for this demo, and its severities are invented.`;
  return ['', ...hanging('', words, ink.dim)];
}

function isSame(a: ReportedScan, b: ReportedScan): boolean {
  const text = (findings: readonly Finding[]) => findings.map(({ id, package: { name } }) => `${id} ${name}`).join();
  if (a.failure !== null || b.failure !== null) return false;
  return text(a.before ?? []) === text(b.before ?? []) && text(a.findings) === text(b.findings);
}

function scanPart(ink: Ink, name: string, scan: ReportedScan): readonly string[] {
  const head = ink.name(name.padEnd(10));
  if (scan.failure !== null)
    return [...indented([`${head}${ink.bad('not scanned')}`]), ...failureLines(ink, scan.failure)];
  const remaining = scan.findings.length - scan.introduced.length;
  return indented([
    `${head}before  ${severityWords(scan.before ?? [])}`,
    `${' '.repeat(10)}after   ${severityWords(scan.findings)}`,
    '',
    ...byId(scan.fixed).map((group) => findingLine(ink, ink.good('fixed'), group)),
    ...byId(scan.introduced).map((group) => findingLine(ink, ink.warn('new  '), group)),
    ...(remaining === 0 ? [] : [`  ${ink.dim(`stay   ${counted(remaining, 'finding')} without a fix in Debian`)}`]),
  ]);
}

/** A failure in words, held at the margin. */
export function failureLines(ink: Ink, failure: Failure): readonly string[] {
  return hanging('  ', describeFailure(failure), ink.bad);
}

function byId(findings: readonly Finding[]): readonly (readonly Finding[])[] {
  const groups = new Map<string, Finding[]>();
  for (const finding of worstFirst(findings)) {
    groups.set(finding.id, [...(groups.get(finding.id) ?? []), finding]);
  }
  return [...groups.values()];
}

function findingLine(ink: Ink, what: string, [first, ...others]: readonly Finding[]): string {
  if (first === undefined) return '';
  const packages = [first, ...others].map((finding) => finding.package.name).join(', ');
  const severity = inSeverity(ink, first.severity, first.severity.padEnd(9));
  return `  ${what}  ${severity} ${first.id.padEnd(17)} ${packages}`;
}
