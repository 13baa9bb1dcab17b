import { digestOf } from '../oci/digest.ts';
import { type Finding, fixOf, type Severity } from '../scan/finding.ts';
import { parsePurl } from '../scan/purl.ts';
import { safeLink, visibleText } from '../text/escape.ts';
import { acceptedFindings, acceptedWords, justificationIn, scannedDigest } from './accepted.ts';
import { vulnerabilitiesIn } from './findings.ts';
import { imageUrl } from './product-url.ts';
import { findingsOfPublished } from './released-findings.ts';
import type { RefreshReport, ReportedImage } from './report.ts';

const severityOf: Readonly<Record<Severity, string>> = {
  critical: 'critical',
  high: 'high',
  medium: 'medium',
  low: 'low',
  negligible: 'info',
  unknown: 'unknown',
};

/** The vulnerabilities of what is published after the run, as a CycloneDX 1.6 vulnerability disclosure report. */
export function* renderVdr(report: RefreshReport): Generator<string> {
  const scanned = report.images.flatMap((image, at) => {
    const findings = findingsOfPublished(image);
    return findings === undefined ? [] : [{ image, ref: `image-${at + 1}`, findings: vulnerabilitiesIn(findings) }];
  });
  yield `${JSON.stringify(headOf(report)).slice(0, -1)},"components":[`;
  yield* separated(scanned.map(({ image, ref, findings }) => componentOf(image, ref, findings)));
  yield '],"vulnerabilities":[';
  yield* separated(vulnerabilitiesOf(scanned));
  yield ']}\n';
}

interface Scanned {
  readonly image: ReportedImage;
  readonly ref: string;
  readonly findings: readonly Finding[];
}

function headOf({ finishedAt, tool, images }: RefreshReport): object {
  const hex = digestOf(JSON.stringify([finishedAt, images.map(({ name, scan }) => [name, scan?.digest])])).slice(7);
  const program = { type: 'application', name: tool.name, version: visibleText(tool.version, 100) };
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf(hex)}`,
    version: 1,
    metadata: { timestamp: finishedAt, tools: { components: [program] } },
  };
}

// RFC 9562, version 8: 122 bits of a digest, so that one report is one document.
function uuidOf(hex: string): string {
  const [a, b, c, d, e] = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 15), hex.slice(15, 18), hex.slice(18, 30)];
  return `${a}-${b}-8${c}-a${d}-${e}`;
}

function* separated(items: Iterable<object>): Generator<string> {
  let separator = '\n';
  for (const item of items) {
    yield `${separator}${JSON.stringify(item)}`;
    separator = ',\n';
  }
}

function componentOf(image: ReportedImage, ref: string, findings: readonly Finding[]): object {
  const digest = isOfScanned(image) ? scannedDigest(image) : undefined;
  const parts = new Map(findings.map((finding) => [partRef(ref, finding), finding]));
  return {
    type: 'container',
    'bom-ref': ref,
    name: visibleText(image.image ?? image.name, 500),
    ...(digest === undefined ? {} : { version: digest, purl: imageUrl(image, digest) }),
    components: [...parts].map(
      ([
        part,
        {
          package: { name, purl },
          installed,
        },
      ]) => ({
        type: 'library',
        'bom-ref': part,
        name: visibleText(name, 500),
        version: visibleText(installed, 500),
        ...(parsePurl(purl ?? '') === undefined ? {} : { purl }),
      }),
    ),
  };
}

// Of an image that was held, what is published is another one than the scanned.
function isOfScanned(image: ReportedImage): boolean {
  return findingsOfPublished(image) === image.scan?.findings;
}

function partRef(ref: string, { package: { name, path = '', purl = '' }, installed }: Finding): string {
  return `${ref}/${digestOf([name, path, purl, installed].join('\n')).slice(7, 23)}`;
}

function* vulnerabilitiesOf(scanned: readonly Scanned[]): Generator<object> {
  for (const { image, ref, findings } of scanned) {
    const accepted = new Map(
      isOfScanned(image) ? acceptedFindings(image).map(({ finding, by }) => [finding, by] as const) : [],
    );
    for (const finding of findings) yield vulnerabilityOf(finding, partRef(ref, finding), accepted.get(finding));
  }
}

function vulnerabilityOf(
  finding: Finding,
  ref: string,
  by: ReturnType<typeof acceptedFindings>[number]['by'] | undefined,
): object {
  const { id, aliases, title, severity, score, vector, cwes = [], published, url } = finding;
  const fix = fixOf(finding);
  const link = safeLink(url);
  const weaknesses = [...new Set(cwes.flatMap((one) => Number(/^CWE-(\d{1,7})$/.exec(one)?.[1] ?? 0) || []))];
  const known = published === undefined ? Number.NaN : Date.parse(published);
  return {
    'bom-ref': `${ref}/${digestOf(id).slice(7, 23)}`,
    id: visibleText(id, 200),
    source: sourceOf(id),
    ...(aliases.length === 0
      ? {}
      : { references: [...new Set(aliases)].map((one) => ({ id: visibleText(one, 200), source: sourceOf(one) })) }),
    ratings: [
      {
        severity: severityOf[severity],
        ...(score === undefined ? {} : { score }),
        ...(vector === undefined ? {} : { method: methodOf(vector), vector }),
      },
    ],
    ...(weaknesses.length === 0 ? {} : { cwes: weaknesses }),
    description: visibleText(title === '' ? id : title),
    ...(fix.kind === 'version'
      ? { recommendation: `Upgrade ${visibleText(finding.package.name, 500)} to ${visibleText(fix.version, 500)}` }
      : {}),
    ...(link === undefined ? {} : { advisories: [{ url: link }] }),
    ...(Number.isNaN(known) ? {} : { published: new Date(known).toISOString() }),
    ...(by === undefined ? {} : { analysis: analysisOf(by) }),
    affects: [{ ref }],
  };
}

function sourceOf(id: string): object {
  if (/^CVE-/i.test(id)) return { name: 'NVD' };
  return { name: /^GHSA-/i.test(id) ? 'GitHub' : 'unknown' };
}

function methodOf(vector: string): string {
  const [, version] = /^CVSS:(3\.0|3\.1|4\.0)\//.exec(vector) ?? [];
  const names: Readonly<Record<string, string>> = { '3.0': 'CVSSv3', '3.1': 'CVSSv31', '4.0': 'CVSSv4' };
  return version === undefined ? 'CVSSv2' : (names[version] ?? 'other');
}

// CycloneDX has words of its own for the justifications of OpenVEX.
const justificationOf = {
  component_not_present: 'code_not_present',
  vulnerable_code_not_present: 'code_not_present',
  vulnerable_code_not_in_execute_path: 'code_not_reachable',
  vulnerable_code_cannot_be_controlled_by_adversary: 'protected_by_mitigating_control',
  inline_mitigations_already_exist: 'protected_by_mitigating_control',
} as const;

function analysisOf(by: ReturnType<typeof acceptedFindings>[number]['by']): object {
  const justification = justificationIn(by.reason);
  const detail = [by.reason, acceptedWords(by)].filter((part) => part !== '').join('. ');
  return {
    state: 'not_affected',
    ...(justification === undefined ? {} : { justification: justificationOf[justification] }),
    response: ['will_not_fix'],
    detail: visibleText(detail),
  };
}
