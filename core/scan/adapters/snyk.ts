import * as v from 'valibot';
import { formatPlatform } from '../../oci/platform.ts';
import { type ReportOf, readDocument, unusable } from '../document.ts';
import type { Finding } from '../finding.ts';
import type { ScanTarget } from '../scanner.ts';
import type { Adapter, AdapterScan } from './adapter.ts';
import { isoDate, severityOr } from './words.ts';

const text = v.pipe(v.string(), v.minLength(1));

const vulnerability = v.object({
  id: text,
  title: v.optional(v.string(), ''),
  severity: v.optional(v.string(), ''),
  cvssScore: v.nullish(v.pipe(v.number(), v.minValue(0), v.maxValue(10))),
  identifiers: v.optional(v.object({ CVE: v.optional(v.array(text), []), GHSA: v.optional(v.array(text), []) }), {}),
  packageName: v.optional(text, 'unnamed'),
  version: v.optional(text, 'unknown'),
  nearestFixedInVersion: v.optional(v.string(), ''),
  // Empty where there is no fix; absent it says nothing.
  fixedIn: v.optional(v.array(text)),
  publicationTime: v.optional(v.string(), ''),
});

const project = v.object({
  ok: v.boolean(),
  vulnerabilities: v.array(vulnerability),
  // What the service was told to ignore: here policy says what is.
  filtered: v.optional(v.object({ ignore: v.optional(v.array(vulnerability), []) }), {}),
  dependencyCount: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
  targetFile: v.optional(v.string(), ''),
});

const scanned = v.object({
  ...project.entries,
  path: text,
  platform: v.optional(v.string()),
  applications: v.optional(v.array(project), []),
});

const several = v.pipe(v.array(scanned), v.minLength(1));

/** What `snyk container test --json-file-output` writes, as far as a finding is made of it; several projects are a list. */
const report = v.lazy((input) => (Array.isArray(input) ? several : scanned));

type Project = v.InferOutput<typeof project>;

/** Snyk, which reads the registry itself, with the login that SNYK_REGISTRY_USERNAME and SNYK_REGISTRY_PASSWORD name. */
export const snyk: Adapter = {
  name: 'Snyk',
  program: 'snyk',
  variables: ['SNYK_API', 'SNYK_CFG_ORG'],
  secrets: ['SNYK_TOKEN', 'SNYK_OAUTH_TOKEN'],
  required: [['SNYK_TOKEN', 'SNYK_OAUTH_TOKEN']],
  reads: 'registry',
  login: { username: 'SNYK_REGISTRY_USERNAME', password: 'SNYK_REGISTRY_PASSWORD' },
  version: ['--version'],
  args: ({ image, platform, output }) => [
    'container',
    'test',
    image,
    `--platform=${platform}`,
    `--json-file-output=${output}`,
  ],
  // 1: vulnerabilities were found; 2 and 3 are failures.
  exits: [0, 1],
  read,
};

function read(json: string, target: ScanTarget, of: ReportOf): AdapterScan {
  const document = readDocument(report, json, of);
  const documents = Array.isArray(document) ? document : [document];
  const wanted = formatPlatform(target.platform);
  for (const { path, platform, ok, vulnerabilities } of documents) {
    if (!path.endsWith(`@${target.reference.digest}`)) throw unusable(of, `is of ${path}`);
    if (platform !== undefined && !samePlatformText(platform, wanted)) throw unusable(of, `is of ${platform}`);
    if (ok && vulnerabilities.length > 0) throw unusable(of, 'says that all is well and lists vulnerabilities');
  }
  const projects: readonly Project[] = documents.flatMap((each) => [each, ...each.applications]);
  return {
    name: 'snyk',
    version: null,
    database: null,
    unproven: [],
    findings: projects.flatMap((each) =>
      [...each.vulnerabilities, ...(each.filtered.ignore ?? [])].map((found) => findingOf(found, each, [wanted])),
    ),
    inventory: { packages: projects.reduce((sum, { dependencyCount }) => sum + dependencyCount, 0) },
  };
}

// Snyk leaves the variant of a processor out.
function samePlatformText(said: string, wanted: string): boolean {
  return said === wanted || wanted.startsWith(`${said}/`);
}

function findingOf(
  found: v.InferOutput<typeof vulnerability>,
  { targetFile }: Project,
  platforms: readonly string[],
): Finding {
  const { CVE = [], GHSA = [] } = found.identifiers;
  const names = [...CVE, ...GHSA, found.id];
  const fixed = found.nearestFixedInVersion || found.fixedIn?.join(', ') || (found.fixedIn === undefined ? null : '');
  return {
    id: names[0] ?? found.id,
    aliases: names.slice(1),
    title: found.title,
    url: `https://security.snyk.io/vuln/${encodeURIComponent(found.id)}`,
    // "openssl/libssl3" is a source package and the binary package of it.
    package: {
      name: found.packageName.split('/').at(-1) ?? found.packageName,
      ...(targetFile === '' ? {} : { path: targetFile }),
    },
    installed: found.version,
    ...(fixed === '' ? {} : { fixed }),
    severity: severityOr(found.severity, found.cvssScore ?? undefined),
    ...(found.cvssScore === undefined || found.cvssScore === null ? {} : { score: found.cvssScore }),
    owner: 'unknown',
    ...isoDate(found.publicationTime),
    platforms,
  };
}
