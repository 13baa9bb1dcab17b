import * as v from 'valibot';
import { formatPlatform } from '../../oci/platform.ts';
import { type ReportOf, readDocument, unusable } from '../document.ts';
import type { Finding, Severity } from '../finding.ts';
import type { ScanTarget } from '../scanner.ts';
import { severityOfScore } from '../severity.ts';
import { type Adapter, type AdapterScan, dockerVariables } from './adapter.ts';
import { isoDate, severityOfWord } from './words.ts';

const text = v.pipe(v.string(), v.minLength(1));
const score = v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(10)));

const vulnerability = v.object({
  name: text,
  description: v.optional(v.string(), ''),
  aqua_severity: v.optional(v.string(), ''),
  vendor_severity: v.optional(v.string(), ''),
  nvd_severity_v3: v.optional(v.string(), ''),
  aqua_score: score,
  nvd_score_v3: score,
  nvd_score: score,
  fix_version: v.optional(v.string()),
  nvd_url: v.optional(v.string(), ''),
  vendor_url: v.optional(v.string(), ''),
  publish_date: v.optional(v.string(), ''),
});

const resource = v.object({
  resource: v.object({
    name: v.optional(v.string(), ''),
    path: v.optional(v.string(), ''),
    version: v.optional(v.string(), ''),
  }),
  vulnerabilities: v.nullish(v.array(vulnerability), []),
});

/** What `scannercli scan --jsonfile` writes, as far as a finding is made of it. */
const report = v.object({
  image: text,
  digest: v.optional(v.string(), ''),
  os: v.optional(v.string(), ''),
  version: v.optional(v.string(), ''),
  // Null, and not an empty list, where the scan recognised nothing.
  resources: v.optional(v.array(resource), []),
  vulnerability_summary: v.object({ total: v.pipe(v.number(), v.integer(), v.minValue(0)) }),
  disallowed: v.optional(v.boolean(), false),
});

type Report = v.InferOutput<typeof report>;
type Resource = v.InferOutput<typeof resource>;

/** Aqua's scannercli, which scans what the local Docker holds and asks the server that AQUA_SERVER names. */
export const aqua: Adapter = {
  name: 'Aqua',
  program: 'scannercli',
  variables: ['AQUA_SERVER', 'AQUA_USER', ...dockerVariables],
  secrets: ['AQUA_TOKEN', 'AQUA_PASSWORD'],
  required: [['AQUA_SERVER']],
  reads: 'docker',
  version: ['version'],
  args: ({ image, output, env }) => [
    'scan',
    '--host',
    env.AQUA_SERVER ?? '',
    '--local',
    '--show-negligible',
    '--jsonfile',
    output,
    image,
  ],
  // 4 where Aqua's own policy disallows the image.
  exits: [0, 4],
  read,
};

function read(json: string, target: ScanTarget, of: ReportOf): AdapterScan {
  const document = readDocument(report, json, of);
  const { resources } = document;
  verify(document, resources, target, of);
  const platforms = [formatPlatform(target.platform)];
  const distribution = `${document.os} ${document.version}`.trim();
  return {
    name: 'aqua',
    version: null,
    database: null,
    unproven: [],
    findings: resources.flatMap((entry) =>
      (entry.vulnerabilities ?? []).map((found) => findingOf(found, entry.resource, platforms)),
    ),
    inventory: { packages: resources.length, ...(distribution === '' ? {} : { distribution }) },
    refused: document.disallowed,
  };
}

function verify(
  { image, digest, vulnerability_summary }: Report,
  resources: readonly Resource[],
  target: ScanTarget,
  of: ReportOf,
) {
  const wanted = target.reference.digest;
  if (digest !== wanted && digest !== target.imageId && !(digest === '' && image.endsWith(`@${wanted}`))) {
    throw unusable(of, `is of ${digest === '' ? image : digest}`);
  }
  const listed = resources.reduce((sum, entry) => sum + (entry.vulnerabilities?.length ?? 0), 0);
  // The summary counts each vulnerability once, the list each vulnerable package.
  if (listed < vulnerability_summary.total) {
    throw unusable(of, `counts ${vulnerability_summary.total} vulnerabilities and lists ${listed}`);
  }
}

function findingOf(
  found: v.InferOutput<typeof vulnerability>,
  { name, path, version }: Resource['resource'],
  platforms: readonly string[],
): Finding {
  const url = found.nvd_url === '' ? found.vendor_url : found.nvd_url;
  const cvss = found.aqua_score ?? found.nvd_score_v3 ?? found.nvd_score;
  return {
    id: found.name,
    aliases: [],
    title: found.description.split('\n')[0] ?? '',
    ...(url === '' ? {} : { url }),
    package: { name: name === '' ? path || 'unnamed' : name, ...(path === '' ? {} : { path }) },
    installed: version === '' ? 'unknown' : version,
    // Without the key Aqua says nothing; with an empty one, that it knows of none.
    ...(found.fix_version === '' ? {} : { fixed: found.fix_version ?? null }),
    severity: severityOf(found, cvss),
    ...(cvss === undefined ? {} : { score: cvss }),
    owner: 'unknown',
    ...isoDate(found.publish_date),
    platforms,
  };
}

// Aqua's own word, then the vendor's, then NVD's; the score where none says anything.
function severityOf(found: v.InferOutput<typeof vulnerability>, cvss: number | undefined): Severity {
  for (const word of [found.aqua_severity, found.vendor_severity, found.nvd_severity_v3]) {
    const severity = severityOfWord(word);
    if (severity !== 'unknown') return severity;
  }
  return cvss === undefined ? 'unknown' : severityOfScore(cvss);
}
