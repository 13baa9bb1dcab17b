import * as v from 'valibot';
import { asDigest, type Digest } from '../../oci/digest.ts';
import { formatPlatform } from '../../oci/platform.ts';
import { formatReference } from '../../oci/reference.ts';
import { severityOfWord } from '../adapters/words.ts';
import { scoreOfVector } from '../cvss.ts';
import { type ReportOf, readDocument, unusable } from '../document.ts';
import { type Finding, type Fix, ownerOf, withFix } from '../finding.ts';
import { newerVersion } from '../fix-words.ts';
import { nameOf } from '../identity.ts';
import type { Unproven } from '../proof.ts';
import type { ScannerInventory, ScanTarget } from '../scanner.ts';
import { unprovenImage, unsearched } from '../unproven.ts';
import { supportsFamily } from './families.ts';
import { otherFindings, otherResult } from './other-findings.ts';

const text = v.pipe(v.string(), v.minLength(1));
const digest = v.custom<Digest>(
  (value) => typeof value === 'string' && asDigest(value) !== undefined,
  'is not a digest',
);

const score = v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(10)));
const vector = v.optional(v.string());

const vulnerability = v.object({
  VulnerabilityID: text,
  VendorIDs: v.optional(v.array(text), []),
  PkgName: v.optional(text, 'unnamed'),
  PkgPath: v.optional(text),
  PkgIdentifier: v.optional(v.object({ PURL: v.optional(text) })),
  InstalledVersion: v.optional(v.string(), ''),
  FixedVersion: v.optional(v.string(), ''),
  Status: v.optional(v.string(), ''),
  Severity: v.optional(v.string(), ''),
  SeveritySource: v.optional(v.string()),
  Title: v.optional(v.string(), ''),
  PrimaryURL: v.optional(v.string(), ''),
  PublishedDate: v.optional(v.string()),
  CweIDs: v.optional(v.array(text), []),
  Layer: v.optional(v.object({ DiffID: v.optional(digest) })),
  CVSS: v.optional(
    v.record(
      v.string(),
      v.object({
        V3Score: score,
        V40Score: score,
        V2Score: score,
        V40Vector: vector,
        V3Vector: vector,
        V2Vector: vector,
      }),
    ),
    {},
  ),
});

const result = v.object({
  Target: v.optional(v.string(), ''),
  Class: v.optional(v.string(), ''),
  Type: v.optional(v.string()),
  Packages: v.optional(v.array(v.unknown())),
  Vulnerabilities: v.optional(v.array(vulnerability)),
  ...otherResult.entries,
});

/** Trivy's JSON report, schema version 2, as far as a finding is made of it. */
const report = v.object({
  SchemaVersion: v.literal(2),
  // Since 0.69.0: of what was run, and of the server that it asked.
  Trivy: v.optional(
    v.object({ Version: v.optional(text), Server: v.optional(v.object({ Version: v.optional(text) })) }),
    {},
  ),
  ArtifactName: v.optional(v.string(), ''),
  ArtifactType: v.literal('container_image'),
  Metadata: v.optional(
    v.object({
      OS: v.optional(
        v.object({
          Family: v.optional(v.string(), ''),
          Name: v.optional(v.string(), ''),
          EOSL: v.optional(v.boolean(), false),
        }),
      ),
      ImageID: v.optional(text),
      DiffIDs: v.optional(v.array(digest)),
      RepoTags: v.optional(v.array(text), []),
      RepoDigests: v.optional(v.array(text), []),
      Reference: v.optional(text),
      ImageConfig: v.optional(v.object({ rootfs: v.optional(v.object({ diff_ids: v.optional(v.array(digest)) })) })),
    }),
    {},
  ),
  Results: v.optional(v.array(result), []),
});

type TrivyReport = v.InferOutput<typeof report>;
type Result = TrivyReport['Results'][number];
type Vulnerability = v.InferOutput<typeof vulnerability>;

/** What Trivy's report says. */
export interface TrivyScan {
  /** Releases that it says it comes of; none before 0.69.0. */
  readonly versions: readonly string[];
  readonly findings: readonly Finding[];
  readonly inventory: ScannerInventory;
  readonly unproven: readonly Unproven[];
}

/** Reads Trivy's report of a target, in which all packages are `listed` where it was run so; throws `scan-failed` where it is not whole, or of another image. */
export function readTrivyReport(json: string, target: ScanTarget, { listed = false } = {}): TrivyScan {
  const of = { tool: 'Trivy', subject: formatReference(target.reference) };
  const parsed = readDocument(report, json, of);
  demandOwnLayers(parsed, of);
  const baseLayers = new Set(target.baseLayers);
  const platforms = [formatPlatform(target.platform)];
  const findings = parsed.Results.flatMap((entry) => [
    ...(entry.Vulnerabilities ?? []).map((found) => findingOf(found, entry, baseLayers, platforms)),
    ...otherFindings(entry, baseLayers, platforms),
  ]);
  const { ImageID, RepoDigests, RepoTags, Reference } = parsed.Metadata;
  const names = [Reference ?? '', parsed.ArtifactName].filter((name) => name !== '');
  const stated = { digests: RepoDigests, imageId: ImageID, names: [...RepoTags, ...names] };
  const unproven = [...unprovenImage(stated, target, of), ...unprovenSearch(parsed, of), ...unprovenFamily(parsed)];
  const versions = [parsed.Trivy.Version, parsed.Trivy.Server?.Version].filter((version) => version !== undefined);
  return { versions, findings, inventory: inventoryOf(parsed, listed), unproven };
}

function demandOwnLayers({ Metadata: { DiffIDs, ImageConfig }, Results }: TrivyReport, of: ReportOf): void {
  const stated = ImageConfig?.rootfs?.diff_ids;
  if (stated !== undefined && DiffIDs !== undefined && stated.join() !== DiffIDs.join()) {
    throw unusable(of, 'names other layers than its image has');
  }
  const layers = DiffIDs ?? stated;
  if (layers === undefined) return;
  const known = new Set(layers);
  const strange = Results.flatMap((entry) => entry.Vulnerabilities ?? []).find(
    ({ Layer }) => Layer?.DiffID !== undefined && !known.has(Layer.DiffID),
  );
  if (strange !== undefined) throw unusable(of, `names a layer that the image has not, ${strange.Layer?.DiffID}`);
}

// Trivy lists packages whichever scanners it was run with, so that a list without vulnerabilities may be one of secrets
// only. Without the list it names what it searched only where it looked for vulnerabilities.
function unprovenSearch({ Results }: TrivyReport, of: ReportOf): readonly Unproven[] {
  const searched = Results.filter(({ Class }) => isPackages(Class));
  if (Results.some(({ Vulnerabilities }) => Vulnerabilities !== undefined)) return [];
  if (searched.some(({ Packages }) => Packages === undefined)) return [];
  const others = [...new Set(Results.map(({ Class }) => Class))].filter((name) => !isPackages(name));
  const fact =
    others.length === 0 ? 'does not say that it was' : `is one of ${others.join(', ')} and does not say that it was`;
  return [unsearched(of, `${fact} made with the vulnerability scanner`)];
}

function isPackages(name: string): boolean {
  return name === 'os-pkgs' || name === 'lang-pkgs';
}

// A distribution that Trivy saw, and of whose packages it says nothing, or has no advisories.
function unprovenFamily({ Metadata: { OS }, Results }: TrivyReport): readonly Unproven[] {
  if (OS === undefined || OS.Family === 'none') return [];
  const distribution = `${OS.Family} ${OS.Name}`.trim();
  if (!supportsFamily(OS.Family)) {
    return [{ proof: 'distribution', detail: `Trivy does not support the packages of ${distribution}` }];
  }
  if (Results.some(({ Class }) => Class === 'os-pkgs')) return [];
  const detail = `Trivy's report is silent about the packages of ${distribution}: the image has no package database, or Trivy was run for other packages only`;
  return [{ proof: 'distribution', detail }];
}

function findingOf(
  found: Vulnerability,
  entry: Result,
  baseLayers: ReadonlySet<Digest>,
  platforms: readonly string[],
): Finding {
  const path = found.PkgPath ?? (entry.Class === 'os-pkgs' || entry.Target === '' ? undefined : entry.Target);
  const layer = found.Layer?.DiffID;
  const purl = found.PkgIdentifier?.PURL;
  return {
    ...nameOf(found.VulnerabilityID, found.VendorIDs),
    title: found.Title,
    ...(found.PrimaryURL === '' ? {} : { url: found.PrimaryURL }),
    package: {
      name: found.PkgName,
      ...(purl === undefined ? {} : { purl }),
      ...(path === undefined ? {} : { path }),
    },
    installed: found.InstalledVersion === '' ? 'unknown' : found.InstalledVersion,
    ...withFix(fixIn(found)),
    severity: severityOfWord(found.Severity),
    ...cvssOf(found),
    ...(found.CweIDs.length === 0 ? {} : { cwes: found.CweIDs }),
    ...(layer === undefined ? {} : { layer }),
    owner: ownerOf(layer, baseLayers),
    ...(found.PublishedDate === undefined ? {} : { published: found.PublishedDate }),
    platforms,
  };
}

// Words of a status that say of no fix (aquasecurity/trivy-db, pkg/types/status.go); another may mean one.
const unfixed = [
  '',
  'unknown',
  'not_affected',
  'affected',
  'under_investigation',
  'will_not_fix',
  'fix_deferred',
  'end_of_life',
];

function fixIn({ FixedVersion, Status }: Vulnerability): Fix {
  if (FixedVersion !== '') return { kind: 'version', version: FixedVersion };
  const status = Status.toLowerCase();
  if (status === 'fixed') return { kind: 'version', version: newerVersion };
  return unfixed.includes(status) ? { kind: 'none' } : { kind: 'unknown' };
}

// The source that gave the severity first, then NVD, then whoever scored it; newer CVSS before older.
function cvssOf({ CVSS, SeveritySource }: Vulnerability): Pick<Finding, 'score' | 'vector'> {
  const sources = [SeveritySource ?? '', 'nvd', ...Object.keys(CVSS).sort()];
  for (const source of sources) {
    const said = CVSS[source];
    const vectors = [said?.V40Vector, said?.V3Vector, said?.V2Vector].filter((each) => each !== undefined);
    const scores = vectors.map((each) => scoreOfVector(each)).filter((each) => each !== undefined);
    const found = said?.V40Score ?? said?.V3Score ?? said?.V2Score ?? scores[0];
    const [vector] = vectors;
    if (found !== undefined) return { score: found, ...(vector === undefined ? {} : { vector }) };
  }
  return {};
}

function inventoryOf({ Metadata: { OS }, Results }: TrivyReport, listed: boolean): ScannerInventory {
  const counts = Results.map(({ Packages = [], Vulnerabilities = [] }) =>
    Math.max(Packages.length, Vulnerabilities.length),
  );
  const packages = counts.reduce((sum, count) => sum + count, 0);
  // Without the list of packages their number is unknown; with it, that it is absent says that there is none.
  const isListed =
    listed || packages > 0 || !Results.some(({ Class, Packages }) => isPackages(Class) && Packages === undefined);
  const counted = isListed ? { packages } : {};
  if (OS === undefined) return counted;
  return { ...counted, distribution: `${OS.Family} ${OS.Name}`.trim(), endOfLife: OS.EOSL };
}
