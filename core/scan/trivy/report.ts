import * as v from 'valibot';
import { fail } from '../../failure.ts';
import { asDigest, type Digest } from '../../oci/digest.ts';
import { formatPlatform } from '../../oci/platform.ts';
import { formatReference } from '../../oci/reference.ts';
import { type ReportOf, readDocument, unusable } from '../document.ts';
import type { Finding } from '../finding.ts';
import { ownerOf } from '../finding.ts';
import type { ScannerInventory, ScanTarget } from '../scanner.ts';
import { parseSeverity } from '../severity.ts';

const text = v.pipe(v.string(), v.minLength(1));
const digest = v.custom<Digest>(
  (value) => typeof value === 'string' && asDigest(value) !== undefined,
  'is not a digest',
);

const score = v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(10)));

const vulnerability = v.object({
  VulnerabilityID: text,
  VendorIDs: v.optional(v.array(text), []),
  PkgName: text,
  PkgPath: v.optional(text),
  PkgIdentifier: v.optional(v.object({ PURL: v.optional(text) })),
  InstalledVersion: text,
  FixedVersion: v.optional(v.string()),
  Severity: v.picklist(['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'UNKNOWN']),
  SeveritySource: v.optional(v.string()),
  Title: v.optional(v.string()),
  PrimaryURL: v.optional(v.string()),
  PublishedDate: v.optional(v.string()),
  Layer: v.optional(v.object({ DiffID: v.optional(digest) })),
  CVSS: v.optional(v.record(v.string(), v.object({ V3Score: score, V40Score: score, V2Score: score })), {}),
});

const result = v.object({
  Target: v.string(),
  Class: text,
  Type: v.optional(v.string()),
  Packages: v.optional(v.array(v.object({ Name: text })), []),
  Vulnerabilities: v.optional(v.array(vulnerability), []),
});

/** Trivy's JSON report, schema version 2, as far as a finding is made of it. */
const report = v.object({
  SchemaVersion: v.literal(2),
  ArtifactName: text,
  ArtifactType: v.literal('container_image'),
  Metadata: v.object({
    OS: v.optional(v.object({ Family: text, Name: v.optional(v.string(), ''), EOSL: v.optional(v.boolean(), false) })),
    ImageID: digest,
    DiffIDs: v.optional(v.array(digest), []),
    RepoDigests: v.pipe(v.array(text), v.minLength(1)),
    Reference: v.optional(text),
    ImageConfig: v.object({
      architecture: v.string(),
      os: v.string(),
      rootfs: v.object({ diff_ids: v.nullish(v.array(digest), []) }),
    }),
  }),
  Results: v.optional(v.array(result), []),
});

type TrivyReport = v.InferOutput<typeof report>;
type Result = TrivyReport['Results'][number];
type Vulnerability = Result['Vulnerabilities'][number];

/** Reads Trivy's report of a target; throws `scan-failed` where it is not whole, or not of that very image. */
export function readTrivyReport(
  json: string,
  target: ScanTarget,
): { readonly findings: readonly Finding[]; readonly inventory: ScannerInventory } {
  const of = { tool: 'Trivy', subject: formatReference(target.reference) };
  const parsed = readDocument(report, json, of);
  verify(parsed, target, of);
  const baseLayers = new Set(target.baseLayers);
  const platforms = [formatPlatform(target.platform)];
  const findings = parsed.Results.flatMap((entry) =>
    entry.Vulnerabilities.map((found) => findingOf(found, entry, baseLayers, platforms)),
  );
  return { findings, inventory: inventoryOf(parsed) };
}

// The report must be of the digest that was asked for, and must not keep silent about a distribution it saw.
function verify({ Metadata, Results }: TrivyReport, { reference }: ScanTarget, of: ReportOf): void {
  const named = [...Metadata.RepoDigests, ...(Metadata.Reference === undefined ? [] : [Metadata.Reference])];
  const other = named.find((name) => !name.endsWith(`@${reference.digest}`));
  if (other !== undefined) throw unusable(of, `is of ${other}`);
  const layers = Metadata.ImageConfig.rootfs.diff_ids ?? [];
  const known = new Set(layers);
  if (layers.join() !== Metadata.DiffIDs.join()) throw unusable(of, 'names other layers than its image has');
  const strange = Results.flatMap((entry) => entry.Vulnerabilities).find(
    ({ Layer }) => Layer?.DiffID !== undefined && !known.has(Layer.DiffID),
  );
  if (strange !== undefined) throw unusable(of, `names a layer that the image has not, ${strange.Layer?.DiffID}`);
  if (Metadata.OS === undefined || Results.some((entry) => entry.Class === 'os-pkgs')) return;
  const { Family, Name } = Metadata.OS;
  throw fail(
    'scan-failed',
    of.subject,
    `Trivy does not support the packages of ${`${Family} ${Name}`.trim()}`,
    'use a base whose distribution Trivy supports, or another scanner',
  );
}

function findingOf(
  found: Vulnerability,
  entry: Result,
  baseLayers: ReadonlySet<Digest>,
  platforms: readonly string[],
): Finding {
  const path = found.PkgPath ?? (entry.Class === 'os-pkgs' || entry.Target === '' ? undefined : entry.Target);
  const cvss = scoreOf(found);
  const layer = found.Layer?.DiffID;
  const purl = found.PkgIdentifier?.PURL;
  return {
    id: found.VulnerabilityID,
    aliases: found.VendorIDs,
    title: found.Title ?? '',
    ...(found.PrimaryURL === undefined || found.PrimaryURL === '' ? {} : { url: found.PrimaryURL }),
    package: {
      name: found.PkgName,
      ...(purl === undefined ? {} : { purl }),
      ...(path === undefined ? {} : { path }),
    },
    installed: found.InstalledVersion,
    ...(found.FixedVersion === undefined || found.FixedVersion === '' ? {} : { fixed: found.FixedVersion }),
    severity: parseSeverity(found.Severity),
    ...(cvss === undefined ? {} : { score: cvss }),
    ...(layer === undefined ? {} : { layer }),
    owner: ownerOf(layer, baseLayers),
    ...(found.PublishedDate === undefined ? {} : { published: found.PublishedDate }),
    platforms,
  };
}

// The source that gave the severity first, then NVD, then whoever scored it; newer CVSS before older.
function scoreOf({ CVSS, SeveritySource }: Vulnerability): number | undefined {
  const sources = [SeveritySource ?? '', 'nvd', ...Object.keys(CVSS).sort()];
  for (const source of sources) {
    const scores = CVSS[source];
    const found = scores?.V40Score ?? scores?.V3Score ?? scores?.V2Score;
    if (found !== undefined) return found;
  }
  return undefined;
}

function inventoryOf({ Metadata: { OS }, Results }: TrivyReport): ScannerInventory {
  const packages = Results.reduce(
    (sum, entry) => sum + Math.max(entry.Packages.length, entry.Vulnerabilities.length),
    0,
  );
  if (OS === undefined) return { packages };
  return { packages, distribution: `${OS.Family} ${OS.Name}`.trim(), endOfLife: OS.EOSL };
}
