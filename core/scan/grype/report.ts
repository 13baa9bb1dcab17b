import * as v from 'valibot';
import { asDigest, type Digest } from '../../oci/digest.ts';
import { formatPlatform } from '../../oci/platform.ts';
import { formatReference } from '../../oci/reference.ts';
import { severityOr } from '../adapters/words.ts';
import { scoreOfVector } from '../cvss.ts';
import { readDocument, unusable } from '../document.ts';
import { type Finding, type Fix, type Owner, ownerOf, type Severity, withFix } from '../finding.ts';
import { newerVersion } from '../fix-words.ts';
import { nameOf } from '../identity.ts';
import type { Unproven } from '../proof.ts';
import type { ScannerInventory, ScanTarget } from '../scanner.ts';
import { type Stated, unprovenImage } from '../unproven.ts';
import { supportsDistribution } from './families.ts';
import { leftOut } from './left-out.ts';
import { type GrypeReport, imageTarget, type Match, report } from './report-form.ts';

/** What Grype's report says. */
export interface GrypeScan {
  readonly version: string;
  /** When the database was made; null where the report does not say. */
  readonly database: string | null;
  readonly findings: readonly Finding[];
  readonly inventory: ScannerInventory;
  readonly unproven: readonly Unproven[];
}

/** Reads Grype's report of a target; throws `scan-failed` where it is not whole, or of another image. */
export function readGrypeReport(json: string, target: ScanTarget): GrypeScan {
  const of = { tool: 'Grype', subject: formatReference(target.reference) };
  const parsed = readDocument(report, json, of);
  const { type } = parsed.source ?? { type: '' };
  if (['directory', 'file'].includes(type)) throw unusable(of, `is of a ${type}`);
  const baseLayers = new Set(target.baseLayers);
  const platforms = [formatPlatform(target.platform)];
  return {
    version: parsed.descriptor.version.replace(/^v/, ''),
    database: parsed.descriptor.db?.status?.built ?? parsed.descriptor.db?.built ?? null,
    findings: parsed.matches.map((entry) => findingOf(entry, baseLayers, platforms)),
    inventory: inventoryOf(parsed),
    unproven: [
      ...unprovenImage(statedOf(parsed, target), target, of),
      ...unsupported(parsed),
      ...leftOut(parsed.descriptor),
    ],
  };
}

// Grype makes a manifest of its own of some sources; what the registry served is in repoDigests then.
function statedOf({ source }: GrypeReport, target: ScanTarget): Stated {
  const read = v.safeParse(imageTarget, source?.target);
  if (!read.success) return { digests: [], names: typeof source?.target === 'string' ? [source.target] : [] };
  const { manifestDigest, imageID, repoDigests, tags, userInput } = read.output;
  const digests = [...repoDigests, manifestDigest];
  const names = [...tags, userInput].filter((name) => name !== '');
  // The same content under a configuration of Grype's own making has another id.
  const isServed = repoDigests.some((name) => name.endsWith(`@${target.reference.digest}`));
  const imageId = imageID === '' || isServed ? undefined : imageID;
  return { digests: digests.filter((digest) => digest !== ''), imageId, names };
}

// Grype lists packages of distributions that it knows nothing of, and says of some that it has no data on theirs.
function unsupported({ alertsByPackage, distro: seen }: GrypeReport): readonly Unproven[] {
  const foreign =
    seen === undefined || seen.name === '' || supportsDistribution(seen.name)
      ? []
      : [`${seen.name} ${seen.version}`.trim()];
  const others = alertsByPackage.flatMap(({ alerts }) => alerts).filter(({ type }) => type !== 'distro-eol');
  const said = others.map(({ type, metadata: { name = '', version = '' } }) => `${name} ${version}`.trim() || type);
  const names = new Set([...foreign, ...said]);
  return [...names].map((name) => ({
    proof: 'distribution',
    detail: `Grype has no data on vulnerabilities of the packages of ${name}`,
  }));
}

function findingOf(
  { vulnerability: found, relatedVulnerabilities, artifact }: Match,
  baseLayers: ReadonlySet<Digest>,
  platforms: readonly string[],
): Finding {
  const [location] = artifact.locations;
  const layer = asDigest(location?.layerID ?? '');
  const cwes = found.cwes.map(({ cwe }) => cwe).filter((cwe) => cwe !== '');
  const fixPublished = found.fix.available.find(({ version }) => version === found.fix.versions[0])?.date ?? '';
  const path = fromPackageManager(artifact.type) || location?.path === '' ? undefined : location?.path;
  return {
    ...nameOf(
      found.id,
      relatedVulnerabilities.map(({ id }) => id),
    ),
    title: found.description.split('\n')[0] ?? '',
    ...(found.dataSource === '' ? {} : { url: found.dataSource }),
    package: {
      name: artifact.name,
      ...(artifact.purl === '' ? {} : { purl: artifact.purl }),
      ...(path === undefined ? {} : { path }),
    },
    installed: artifact.version === '' ? 'unknown' : artifact.version,
    ...withFix(fixIn(found.fix)),
    severity: severityIn(found),
    ...(found.namespace === '' ? {} : { namespace: found.namespace }),
    ...(found.fix.state === undefined || found.fix.state === '' ? {} : { fixState: found.fix.state }),
    ...cvssOf(found),
    ...(cwes.length === 0 ? {} : { cwes }),
    ...(fixPublished === '' ? {} : { fixPublished }),
    ...(layer === undefined ? {} : { layer }),
    owner: attribute(artifact.type, layer, baseLayers),
    ...exploitationOf(found),
    platforms,
  };
}

// Without a word of it that Grype has, the score tells; its own "Unknown" is its word.
function severityIn(found: Match['vulnerability']): Severity {
  return severityOr(found.severity, /^unknown$/i.test(found.severity) ? undefined : cvssOf(found).score);
}

// States of a fix that are no fix, and those of which Grype knows nothing; a word that is not known may mean one.
const noFix = ['not-fixed', 'wont-fix'];
const noWord = ['', 'unknown'];

function fixIn({ state = '', versions = [] }: Match['vulnerability']['fix']): Fix {
  if (noFix.includes(state)) return { kind: 'none' };
  const named = versions.filter((version) => version !== '');
  if (named.length === 0 && noWord.includes(state)) return { kind: 'unknown' };
  return { kind: 'version', version: named.length === 0 ? newerVersion : named.join(', ') };
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
  const probabilities = epss.map((entry) => entry.epss);
  return {
    ...(probabilities.length === 0 ? {} : { epss: Math.max(...probabilities) }),
    ...(knownExploited.length === 0 ? {} : { knownExploited: true }),
  };
}

function cvssOf({ cvss }: Match['vulnerability']): Pick<Finding, 'score' | 'vector'> {
  const newestFirst = [...cvss].sort((a, b) => b.version.localeCompare(a.version, 'en'));
  for (const { metrics, vector } of newestFirst) {
    const { baseScore = scoreOfVector(vector) } = metrics;
    const isScore = baseScore !== undefined && baseScore >= 0 && baseScore <= 10;
    if (isScore) return { score: baseScore, ...(vector === '' ? {} : { vector }) };
  }
  return {};
}

// Grype lists packages only with their vulnerabilities: where it knows neither a distribution nor a vulnerable package
// there is no sign that it recognised anything.
function inventoryOf({ matches, distro: seen, alertsByPackage }: GrypeReport): ScannerInventory {
  const { name = '', version = '' } = seen ?? {};
  const ended = alertsByPackage.flatMap(({ alerts }) => alerts).find(({ type }) => type === 'distro-eol');
  const named = name === '' ? ended?.metadata : { name, version };
  const distribution = `${named?.name ?? ''} ${named?.version ?? ''}`.trim();
  const endOfLife = ended === undefined ? {} : { endOfLife: true };
  if (distribution !== '') return { distribution, ...endOfLife };
  return matches.length === 0 ? { packages: 0 } : {};
}
