import * as v from 'valibot';
import { createBound } from '../../bound.ts';
import { formatPlatform } from '../../oci/platform.ts';
import { severityOfWord } from '../adapters/words.ts';
import { scoreOfVector } from '../cvss.ts';
import { type ReportOf, readDocument, unusable } from '../document.ts';
import { type Finding, type Severity, withFix } from '../finding.ts';
import { fixInWords } from '../fix-words.ts';
import { supportsDistribution } from '../grype/families.ts';
import { nameOf } from '../identity.ts';
import type { Unproven } from '../proof.ts';
import { packageName, parsePurl } from '../purl.ts';
import type { ScanTarget } from '../scanner.ts';
import { severityOfScore, worseOf } from '../severity.ts';
import { supportsFamily } from '../trivy/families.ts';
import { unprovenImage, unsearched } from '../unproven.ts';
import type { ImportedScan } from './imported.ts';

const words = v.optional(v.string());

interface Component {
  readonly type?: string | undefined;
  readonly 'bom-ref'?: string | undefined;
  readonly name?: string | undefined;
  readonly group?: string | undefined;
  readonly version?: string | undefined;
  readonly purl?: string | undefined;
  readonly properties?: readonly Property[] | undefined;
  readonly components?: readonly Component[] | undefined;
}

interface Property {
  readonly name?: string | undefined;
  readonly value?: string | undefined;
}

const component: v.GenericSchema<unknown, Component> = v.object({
  type: words,
  'bom-ref': words,
  name: words,
  group: words,
  version: words,
  purl: words,
  properties: v.optional(v.array(v.object({ name: words, value: words }))),
  components: v.optional(v.array(v.lazy(() => component))),
});

const affected = v.object({
  ref: v.optional(v.string(), ''),
  versions: v.optional(v.array(v.object({ version: words, range: words, status: words })), []),
});

const vulnerability = v.object({
  id: v.optional(v.string(), ''),
  source: v.optional(v.object({ url: words })),
  references: v.optional(v.array(v.object({ id: words })), []),
  ratings: v.optional(
    v.array(v.object({ score: v.optional(v.number()), severity: words, method: words, vector: words })),
    [],
  ),
  description: v.optional(v.string(), ''),
  recommendation: v.optional(v.string(), ''),
  published: words,
  cwes: v.optional(v.array(v.number()), []),
  affects: v.optional(v.array(affected), []),
});

const tool = v.object({ name: words, version: words });

/** CycloneDX 1.4 to 1.7 with vulnerabilities, as far as a finding is made of it. */
const bom = v.object({
  bomFormat: v.literal('CycloneDX'),
  specVersion: v.picklist(['1.4', '1.5', '1.6', '1.7']),
  metadata: v.optional(
    v.object({
      component: v.optional(component),
      tools: v.optional(v.union([v.array(tool), v.object({ components: v.optional(v.array(component), []) })])),
    }),
    {},
  ),
  components: v.optional(v.array(component), []),
  vulnerabilities: v.optional(v.array(vulnerability), []),
});

type Bom = v.InferOutput<typeof bom>;
type Vulnerability = Bom['vulnerabilities'][number];
type Affected = Vulnerability['affects'][number];

// Every vulnerability is a finding in each component that it affects.
const mostFindings = 200_000;

/** Reads a scanner's CycloneDX of a target; throws `scan-failed` where it is not whole, or names another image. */
export function readCycloneDx(json: string, target: ScanTarget, of: ReportOf): ImportedScan {
  const document = readDocument(bom, json, of);
  const { metadata, vulnerabilities } = document;
  const all = flatten([...(metadata.component === undefined ? [] : [metadata.component]), ...document.components]);
  const components = new Map(all.toReversed().flatMap((entry) => refsOf(entry).map((ref) => [ref, entry] as const)));
  const platforms = [formatPlatform(target.platform)];
  const { name = of.tool, version } = toolOf(document);
  const spend = createBound(of.subject, mostFindings, `findings in ${of.tool}'s report`, 'scan a smaller image');
  const findings = vulnerabilities.flatMap((found, at) => {
    const [id, ...aliases] = [found.id, ...found.references.map((one) => one.id)].flatMap((one) => one || []);
    if (id === undefined) throw unusable(of, `is not of the known schema at vulnerabilities.${at}.id`);
    // One that names nothing that it affects is of the image.
    const affects = found.affects.length === 0 ? [{ ref: '', versions: [] }] : found.affects;
    spend(affects.length);
    return affects.flatMap((each) => {
      const entry = components.get(refIn(each.ref));
      return isAffected(each, entry) ? [{ ...findingOf(found, each, entry, platforms), ...nameOf(id, aliases) }] : [];
    });
  });
  const listed = flatten(document.components).length;
  return {
    name,
    version: version ?? null,
    database: null,
    findings,
    inventory: { packages: Math.max(listed, findings.length) },
    unproven: [
      ...unprovenImage(statedOf(document), target, of),
      ...searchOf(document, name, of),
      ...distributionsIn(all, name),
    ],
  };
}

// Trivy and others write an empty list where they looked for no vulnerabilities; Grype does nothing but look for them.
function searchOf({ vulnerabilities }: Bom, name: string, of: ReportOf): readonly Unproven[] {
  if (vulnerabilities.length > 0 || /^grype$/i.test(name)) return [];
  return [unsearched(of, 'lists no vulnerability, as a bill of materials does too')];
}

const advised: ReadonlyMap<string, (name: string) => boolean> = new Map([
  ['trivy', supportsFamily],
  ['grype', supportsDistribution],
]);

// What two scanners have advisories of is known; of any other that lists a distribution nobody can say it here.
function distributionsIn(components: readonly Component[], tool: string): readonly Unproven[] {
  const supports = advised.get(tool.toLowerCase());
  const seen = components.filter(({ type, name = '' }) => type === 'operating-system' && supports?.(name) === false);
  return seen.map(({ name = '', version = '' }) => ({
    proof: 'distribution',
    detail: `${tool} has no advisories for the packages of ${`${name} ${version}`.trim()}`,
  }));
}

// A container component carries its digest as its version, in its package URL or, by Trivy, in properties.
function statedOf({ metadata: { component: root } }: Bom) {
  const { name = '', version = '', purl = '', properties = [] } = root ?? {};
  const said = (key: string) =>
    properties.flatMap((property) => (property.name === `aquasecurity:trivy:${key}` ? (property.value ?? []) : []));
  const stated = [version, parsePurl(purl)?.version ?? ''].filter((each) => each.startsWith('sha256:'));
  return {
    digests: said('RepoDigest'),
    imageId: said('ImageID')[0],
    names: [...stated, ...said('RepoTag'), name].filter((each) => each !== ''),
  };
}

function flatten(components: readonly Component[]): readonly Component[] {
  return components.flatMap((entry) => [entry, ...flatten(entry.components ?? [])]);
}

function refsOf(entry: Component): readonly string[] {
  return [entry['bom-ref'], entry.purl].flatMap((ref) => (ref === undefined || ref === '' ? [] : [ref]));
}

// A BOM-Link to this document or another: urn:cdx:serial/version#bom-ref.
function refIn(ref: string): string {
  if (!ref.startsWith('urn:cdx:')) return ref;
  const inner = ref.slice(ref.indexOf('#') + 1);
  try {
    return decodeURIComponent(inner);
  } catch {
    return inner;
  }
}

// Only a statement that this exact version is unaffected takes a component out, where no other word says that it is affected.
function isAffected({ versions }: Affected, entry: Component | undefined): boolean {
  const isOther = versions.some(({ status }) => status !== 'unaffected');
  return isOther || !versions.some(({ version }) => version !== undefined && version === entry?.version);
}

function toolOf({ metadata: { tools } }: Bom): Pick<Component, 'name' | 'version'> {
  const named = Array.isArray(tools) ? tools : tools?.components;
  return named?.[0] ?? {};
}

function findingOf(
  found: Vulnerability,
  { ref, versions }: Affected,
  entry: Component | undefined,
  platforms: readonly string[],
): Omit<Finding, 'id' | 'aliases'> {
  const packaged = parsePurl(entry?.purl ?? ref);
  const purl = packaged?.toString();
  const stated = versions.find(({ status, version }) => status !== 'unaffected' && version !== undefined)?.version;
  const name = packaged === undefined ? fullName(entry) : packageName(packaged);
  return {
    title: found.description.split('\n')[0] ?? '',
    ...(found.source?.url === undefined ? {} : { url: found.source.url }),
    package: { name: name ?? (ref === '' ? 'image' : ref), ...(purl === undefined ? {} : { purl }) },
    installed: stated ?? entry?.version ?? packaged?.version ?? 'unknown',
    ...withFix(fixInWords(found.recommendation)),
    severity: severityOf(found),
    ...cvssOf(found),
    ...(found.cwes.length === 0 ? {} : { cwes: found.cwes.map((number) => `CWE-${number}`) }),
    owner: 'unknown',
    ...(found.published === undefined ? {} : { published: found.published }),
    platforms,
  };
}

function fullName(entry: Component | undefined): string | undefined {
  if (entry?.name === undefined) return undefined;
  return entry.group === undefined || entry.group === '' ? entry.name : `${entry.group}/${entry.name}`;
}

// Several sources rate one vulnerability, and nothing says whose word counts: the worst does.
function severityOf({ ratings }: Vulnerability): Severity {
  return ratings.map(severityOfRating).reduce(worseOf, 'unknown');
}

function severityOfRating(rating: Vulnerability['ratings'][number]): Severity {
  const word = severityOfWord(rating.severity ?? '');
  const score = baseScore(rating);
  if (word !== 'unknown') return word;
  if (score !== undefined) return severityOfScore(score);
  const { method = '', score: plain = 0 } = rating;
  return method === '' && plain >= 4 && plain <= 10 ? severityOfScore(plain) : 'unknown';
}

// Scores of other methods have other scales; one that names none may be of any, and counts where it makes things worse.
function baseScore({ score, method = '', vector }: Vulnerability['ratings'][number]): number | undefined {
  const isCvss = method.startsWith('CVSS') || (method === '' && vector !== undefined);
  if (score !== undefined && isCvss && score >= 0 && score <= 10) return score;
  return vector === undefined ? undefined : scoreOfVector(vector);
}

function cvssOf({ ratings }: Vulnerability): Pick<Finding, 'score' | 'vector'> {
  const rated = ratings.flatMap(({ vector, ...rating }) => {
    const score = baseScore({ ...rating, vector });
    return score === undefined ? [] : [{ score, ...(vector === undefined ? {} : { vector }) }];
  });
  return rated.toSorted((a, b) => b.score - a.score)[0] ?? {};
}
