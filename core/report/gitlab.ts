import { digestOf } from '../oci/digest.ts';
import { type Finding, fixOf, type Severity } from '../scan/finding.ts';
import { markdown, safeLink, visibleText } from '../text/escape.ts';
import { vulnerabilitiesIn } from './findings.ts';
import { fixPhrase } from './fix-phrase.ts';
import { findingsOfPublished } from './released-findings.ts';
import type { RefreshReport, ReportedImage } from './report.ts';
import { scannersOf } from './scan-words.ts';

const schemaVersion = '15.0.4';

const severityOf: Readonly<Record<Severity, string>> = {
  critical: 'Critical',
  high: 'High',
  medium: 'Medium',
  low: 'Low',
  negligible: 'Info',
  unknown: 'Unknown',
};

/**
 * The vulnerabilities of what is published after the run, in GitLab's format for container scanning. GitLab takes what is
 * missing for fixed, so a run that did not scan an image, or not provably, ends as a failure there.
 */
export function* renderGitlab(report: RefreshReport): Generator<string> {
  yield `{"version":"${schemaVersion}","scan":${JSON.stringify(scanOf(report))},"vulnerabilities":[`;
  let separator = '';
  for (const image of report.images) {
    for (const finding of vulnerabilitiesIn(findingsOfPublished(image) ?? [])) {
      yield `${separator}\n${JSON.stringify(vulnerabilityOf(image, finding))}`;
      separator = ',';
    }
  }
  yield ']}\n';
}

function scanOf(report: RefreshReport): object {
  const own = {
    id: 'base-image-refresh',
    name: 'Base Image Refresh',
    version: textOf(report.tool.version),
    vendor: { name: 'base-image-refresh' },
  };
  const [scanner] = scannersOf(report);
  const name = scanner === undefined ? undefined : textOf(scanner.name);
  const isWhole = report.failures.length === 0 && report.images.every(isProven);
  return {
    type: 'container_scanning',
    status: isWhole ? 'success' : 'failure',
    start_time: timeOf(report.startedAt),
    end_time: timeOf(report.finishedAt),
    analyzer: own,
    scanner: name === undefined ? own : { id: name, name, version: textOf(scanner?.version ?? ''), vendor: { name } },
  };
}

// Where the scanner leaves open that it read the image, that it found nothing says nothing.
function isProven(image: ReportedImage): boolean {
  const { scan, gate } = image;
  // The gate passes such an image only where policy says that it holds no packages.
  const isRecognised = scan?.unrecognised === undefined || (gate !== null && gate.verdict !== 'inconclusive');
  return findingsOfPublished(image) !== undefined && (scan?.unproven ?? []).length === 0 && isRecognised;
}

function timeOf(iso: string): string {
  return iso.slice(0, 19);
}

function textOf(text: string): string {
  const shown = visibleText(text, 250).trim();
  return shown === '' ? 'unknown' : shown;
}

function vulnerabilityOf(image: ReportedImage, finding: Finding): object {
  const { package: part, installed, severity, title } = finding;
  const published = image.image ?? image.name;
  const key = [image.name, finding.id, part.name, part.path ?? '', installed].join('\n');
  const url = safeLink(finding.url);
  const fix = fixOf(finding);
  return {
    id: digestOf(key),
    name: markdown(title === '' ? finding.id : title, 200).slice(0, 255),
    description: `${markdown(finding.id)} in ${markdown(part.name)} ${markdown(installed)}: ${markdown(fixPhrase(finding))}.`,
    severity: severityOf[severity],
    ...(fix.kind === 'version' ? { solution: `Upgrade ${markdown(part.name)} to ${markdown(fix.version)}` } : {}),
    identifiers: [finding.id, ...finding.aliases].map((id) => identifierOf(id, id === finding.id ? url : undefined)),
    ...(url === undefined ? {} : { links: [{ url }] }),
    location: {
      dependency: { package: { name: textOf(part.name) }, version: textOf(installed) },
      operating_system: systemOf(part.purl),
      image: textOf(published),
    },
  };
}

function identifierOf(id: string, url: string | undefined): object {
  const value = textOf(id);
  const type = /^CVE-/i.test(value) ? 'cve' : /^GHSA-/i.test(value) ? 'ghsa' : 'other';
  return { type, name: value, value, ...(url === undefined ? {} : { url }) };
}

// Package URLs of distributions say it: `pkg:deb/debian/openssl@3?distro=debian-12`.
function systemOf(purl: string | undefined): string {
  const [, distribution = ''] = /[?&]distro=([\w.-]{1,60})/.exec(purl ?? '') ?? [];
  return distribution === '' ? 'unknown' : distribution.replace('-', ' ');
}
