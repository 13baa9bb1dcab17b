import * as v from 'valibot';
import { formatPlatform } from '../../oci/platform.ts';
import { type ReportOf, readDocument, unusable } from '../document.ts';
import { type Finding, type Fix, withFix } from '../finding.ts';
import type { ScanTarget } from '../scanner.ts';
import { idOf } from '../unproven.ts';
import { type Adapter, type AdapterScan, dockerVariables } from './adapter.ts';
import { isoDate, severityOr } from './words.ts';

const text = v.pipe(v.string(), v.minLength(1));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const vulnerability = v.object({
  id: text,
  status: v.optional(v.string(), ''),
  cvss: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(10))),
  description: v.optional(v.string(), ''),
  severity: v.optional(v.string(), ''),
  packageName: v.optional(text, 'unnamed'),
  packageVersion: v.optional(v.string(), 'unknown'),
  packagePath: v.optional(v.string()),
  link: v.optional(v.string(), ''),
  publishedDate: v.optional(v.union([v.string(), v.number()])),
});

/** What `twistcli images scan --output-file` writes, as far as a finding is made of it. */
const report = v.object({
  results: v.pipe(
    v.array(
      v.object({
        id: text,
        name: v.optional(v.string(), ''),
        digest: v.optional(v.string(), ''),
        distro: v.optional(v.string(), ''),
        packages: v.optional(v.array(v.object({ name: v.string() }))),
        vulnerabilities: v.nullish(v.array(vulnerability), []),
        vulnerabilityDistribution: v.object({ total: count }),
        vulnerabilityScanPassed: v.optional(v.boolean(), true),
        complianceScanPassed: v.optional(v.boolean(), true),
      }),
    ),
    v.length(1),
  ),
});

type Result = v.InferOutput<typeof report>['results'][number];

/** Prisma Cloud's twistcli, which scans what the local Docker holds and asks the Console that TWISTLOCK_ADDRESS names. */
export const twistcli: Adapter = {
  name: 'twistcli',
  product: 'Prisma Cloud',
  program: 'twistcli',
  variables: ['TWISTLOCK_ADDRESS', 'TWISTLOCK_USER', ...dockerVariables],
  secrets: ['TWISTLOCK_PASSWORD'],
  required: [['TWISTLOCK_ADDRESS'], ['TWISTLOCK_USER'], ['TWISTLOCK_PASSWORD']],
  reads: 'docker',
  version: ['--version'],
  args: ({ image, output, env }) => [
    'images',
    'scan',
    '--address',
    env.TWISTLOCK_ADDRESS ?? '',
    '--details',
    '--output-file',
    output,
    image,
  ],
  // 1 also where the Console's own policy refuses the image.
  exits: [0, 1],
  read,
};

function read(json: string, target: ScanTarget, of: ReportOf): AdapterScan {
  const { results } = readDocument(report, json, of);
  const [result] = results;
  if (result === undefined) throw unusable(of, 'is of no image');
  verify(result, target, of);
  const platforms = [formatPlatform(target.platform)];
  return {
    name: 'twistcli',
    version: null,
    database: null,
    unproven: [],
    findings: (result.vulnerabilities ?? []).map((found) => findingOf(found, platforms)),
    inventory: {
      ...(result.packages === undefined ? {} : { packages: result.packages.length }),
      ...(result.distro === '' ? {} : { distribution: result.distro }),
    },
    refused: !result.vulnerabilityScanPassed || !result.complianceScanPassed,
  };
}

// The id is that of the image's configuration; the name is as the image was asked for.
function verify(
  { id, name, digest, vulnerabilities, vulnerabilityDistribution }: Result,
  target: ScanTarget,
  of: ReportOf,
) {
  const wanted = target.reference.digest;
  const imageId = idOf(id);
  const isOwn = imageId !== undefined && imageId === target.imageId;
  const isThis = isOwn || digest === wanted || name.endsWith(`@${wanted}`);
  if (!isThis || (target.imageId !== undefined && imageId !== undefined && !isOwn)) {
    throw unusable(of, `is of ${digest === '' ? id : digest}`);
  }
  const listed = vulnerabilities?.length ?? 0;
  if (listed !== vulnerabilityDistribution.total) {
    throw unusable(of, `counts ${vulnerabilityDistribution.total} vulnerabilities and lists ${listed}`);
  }
}

function findingOf(found: v.InferOutput<typeof vulnerability>, platforms: readonly string[]): Finding {
  const { packagePath: path } = found;
  return {
    id: found.id,
    aliases: [],
    title: found.description.split('\n')[0] ?? '',
    ...(found.link === '' ? {} : { url: found.link }),
    package: { name: found.packageName, ...(path === undefined || path === '' ? {} : { path }) },
    installed: found.packageVersion,
    ...withFix(fixIn(found.status)),
    // It writes 0 where nobody scored.
    severity: severityOr(found.severity, found.cvss === 0 ? undefined : found.cvss),
    ...(found.cvss === undefined || found.cvss === 0 ? {} : { score: found.cvss }),
    owner: 'unknown',
    ...isoDate(found.publishedDate),
    platforms,
  };
}

// Words of the vendors for what has no fix; others may mean one.
const unfixed =
  /^(?:open|affected|vulnerable|needed|needs[ -]triage|pending|deferred|postponed|fix deferred|not fixed|unfixed|no fix|ignored|will not fix|won't fix|under investigation|end of life|out of support scope)\b/i;

function fixIn(status: string): Fix {
  const [, version] = /^fixed in (.+)$/i.exec(status) ?? [];
  if (version !== undefined) return { kind: 'version', version };
  return unfixed.test(status) ? { kind: 'none' } : { kind: 'unknown' };
}
