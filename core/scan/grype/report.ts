import * as v from 'valibot';
import { asDigest, type Digest } from '../../oci/digest.ts';
import { formatPlatform } from '../../oci/platform.ts';
import { formatReference } from '../../oci/reference.ts';
import { readDocument, unusable } from '../document.ts';
import type { Finding, Owner } from '../finding.ts';
import { ownerOf } from '../finding.ts';
import type { ScannerInventory, ScanTarget } from '../scanner.ts';
import { parseSeverity } from '../severity.ts';

const text = v.pipe(v.string(), v.minLength(1));

const vulnerability = v.object({
  id: text,
  dataSource: v.optional(v.string()),
  severity: v.picklist(['Critical', 'High', 'Medium', 'Low', 'Negligible', 'Unknown']),
  description: v.optional(v.string(), ''),
  cvss: v.nullish(v.array(v.object({ version: v.string(), metrics: v.object({ baseScore: v.number() }) })), []),
  fix: v.object({
    versions: v.nullish(v.array(text), []),
    state: v.picklist(['fixed', 'not-fixed', 'wont-fix', 'unknown', '']),
  }),
  epss: v.nullish(v.array(v.object({ epss: v.number() })), []),
  knownExploited: v.nullish(v.array(v.object({ cve: v.string() })), []),
});

const match = v.object({
  vulnerability,
  relatedVulnerabilities: v.nullish(v.array(v.object({ id: text })), []),
  artifact: v.object({
    name: text,
    version: v.string(),
    type: text,
    locations: v.nullish(v.array(v.object({ path: v.string(), layerID: v.optional(v.string(), '') })), []),
    purl: v.optional(v.string(), ''),
  }),
});

/** Grype's JSON report (anchore/grype, grype/presenter/models), as far as a finding is made of it. */
const report = v.object({
  matches: v.array(match),
  source: v.object({
    type: v.literal('image'),
    target: v.object({
      manifestDigest: text,
      repoDigests: v.nullish(v.array(v.string()), []),
      layers: v.array(v.object({ digest: text })),
    }),
  }),
  distro: v.object({ name: v.string(), version: v.string() }),
  descriptor: v.object({
    name: v.literal('grype'),
    version: text,
    // `db.built` until the fifth schema of the database, `db.status.built` since.
    db: v.nullish(
      v.object({ built: v.nullish(v.string()), status: v.nullish(v.object({ built: v.nullish(v.string()) })) }),
    ),
  }),
});

type GrypeReport = v.InferOutput<typeof report>;
type Match = GrypeReport['matches'][number];

export interface GrypeScan {
  readonly version: string;
  /** When the database was made; null where the report does not say. */
  readonly database: string | null;
  readonly findings: readonly Finding[];
  readonly inventory: ScannerInventory;
}

/** Reads Grype's report of a target; throws `scan-failed` where it is not whole, or not of that very image. */
export function readGrypeReport(json: string, target: ScanTarget): GrypeScan {
  const of = { tool: 'Grype', subject: formatReference(target.reference) };
  const parsed = readDocument(report, json, of);
  const { manifestDigest, repoDigests } = parsed.source.target;
  const named = (repoDigests ?? []).map((name) => name.slice(name.lastIndexOf('@') + 1));
  // Grype makes a manifest of its own of some sources; what the registry served is in repoDigests then.
  if (![manifestDigest, ...named].includes(target.reference.digest)) throw unusable(of, `is of ${manifestDigest}`);
  const baseLayers = new Set(target.baseLayers);
  const platforms = [formatPlatform(target.platform)];
  return {
    version: parsed.descriptor.version.replace(/^v/, ''),
    database: parsed.descriptor.db?.status?.built ?? parsed.descriptor.db?.built ?? null,
    findings: parsed.matches.map((entry) => findingOf(entry, baseLayers, platforms)),
    inventory: inventoryOf(parsed),
  };
}

function findingOf(
  { vulnerability: found, relatedVulnerabilities, artifact }: Match,
  baseLayers: ReadonlySet<Digest>,
  platforms: readonly string[],
): Finding {
  const [location] = artifact.locations ?? [];
  const layer = asDigest(location?.layerID ?? '');
  const fixed = found.fix.state === 'fixed' ? (found.fix.versions ?? []).join(', ') : '';
  const score = scoreOf(found);
  const path = fromPackageManager(artifact.type) ? undefined : location?.path;
  return {
    id: found.id,
    aliases: [...new Set((relatedVulnerabilities ?? []).map(({ id }) => id))].filter((id) => id !== found.id),
    title: found.description.split('\n')[0] ?? '',
    ...(found.dataSource === undefined || found.dataSource === '' ? {} : { url: found.dataSource }),
    package: {
      name: artifact.name,
      ...(artifact.purl === '' ? {} : { purl: artifact.purl }),
      ...(path === undefined ? {} : { path }),
    },
    installed: artifact.version,
    ...(fixed === '' ? {} : { fixed }),
    severity: parseSeverity(found.severity),
    ...(score === undefined ? {} : { score }),
    ...(layer === undefined ? {} : { layer }),
    owner: attribute(artifact.type, layer, baseLayers),
    ...exploitationOf(found),
    platforms,
  };
}

// The layer that Grype names of a distribution's package is the last one that wrote the package database. Where that is
// the base's, so is the package; where the app installed something, nothing is known of the others.
function attribute(type: string, layer: Digest | undefined, baseLayers: ReadonlySet<Digest>): Owner {
  const owner = ownerOf(layer, baseLayers);
  return owner === 'app' && fromPackageManager(type) ? 'unknown' : owner;
}

function fromPackageManager(type: string): boolean {
  return ['deb', 'rpm', 'apk', 'alpm', 'portage'].includes(type);
}

function exploitationOf({ epss, knownExploited }: Match['vulnerability']): Pick<Finding, 'epss' | 'knownExploited'> {
  const probabilities = (epss ?? []).map((entry) => entry.epss);
  return {
    ...(probabilities.length === 0 ? {} : { epss: Math.max(...probabilities) }),
    ...((knownExploited ?? []).length === 0 ? {} : { knownExploited: true }),
  };
}

function scoreOf({ cvss }: Match['vulnerability']): number | undefined {
  const newestFirst = [...(cvss ?? [])].sort((a, b) => b.version.localeCompare(a.version, 'en'));
  return newestFirst[0]?.metrics.baseScore;
}

// Grype lists packages only with their vulnerabilities: where it knows neither a distribution nor a vulnerable package
// there is no sign that it recognised anything.
function inventoryOf({ matches, distro }: GrypeReport): ScannerInventory {
  if (distro.name !== '') return { distribution: `${distro.name} ${distro.version}`.trim() };
  return matches.length === 0 ? { packages: 0 } : {};
}
