import * as v from 'valibot';
import { formatPlatform } from '../../oci/platform.ts';
import { type ReportOf, readDocument, unusable } from '../document.ts';
import type { Finding, Severity } from '../finding.ts';
import { packageName, parsePurl } from '../purl.ts';
import type { ScanTarget } from '../scanner.ts';
import { parseSeverity, severityOfScore, worseOf } from '../severity.ts';
import type { ImportedScan } from './imported.ts';

const text = v.pipe(v.string(), v.minLength(1));

interface Component {
  readonly 'bom-ref'?: string | undefined;
  readonly name: string;
  readonly group?: string | undefined;
  readonly version?: string | undefined;
  readonly purl?: string | undefined;
  readonly components?: readonly Component[] | undefined;
}

const component: v.GenericSchema<unknown, Component> = v.object({
  'bom-ref': v.optional(v.string()),
  name: v.string(),
  group: v.optional(v.string()),
  version: v.optional(v.string()),
  purl: v.optional(v.string()),
  components: v.optional(v.array(v.lazy(() => component))),
});

const vulnerability = v.object({
  id: text,
  source: v.optional(v.object({ url: v.optional(v.string()) })),
  references: v.optional(v.array(v.object({ id: v.string() })), []),
  ratings: v.optional(
    v.array(
      v.object({
        score: v.optional(v.number()),
        severity: v.optional(v.picklist(['critical', 'high', 'medium', 'low', 'info', 'none', 'unknown'])),
        method: v.optional(v.string()),
      }),
    ),
    [],
  ),
  description: v.optional(v.string(), ''),
  recommendation: v.optional(v.string(), ''),
  published: v.optional(v.string()),
  affects: v.pipe(
    v.array(
      v.object({
        ref: text,
        versions: v.optional(
          v.array(v.object({ version: v.optional(v.string()), status: v.optional(v.string()) })),
          [],
        ),
      }),
    ),
    v.minLength(1),
  ),
});

/** CycloneDX 1.4 to 1.6 with vulnerabilities, as far as a finding is made of it. */
const bom = v.object({
  bomFormat: v.literal('CycloneDX'),
  specVersion: v.picklist(['1.4', '1.5', '1.6', '1.7']),
  metadata: v.object({
    component,
    tools: v.optional(
      v.union([
        v.array(v.object({ name: v.string(), version: v.optional(v.string()) })),
        v.object({ components: v.optional(v.array(component), []) }),
      ]),
    ),
  }),
  components: v.optional(v.array(component), []),
  // Absent in a bill of materials made without a search for vulnerabilities.
  vulnerabilities: v.array(vulnerability),
});

type Bom = v.InferOutput<typeof bom>;
type Vulnerability = Bom['vulnerabilities'][number];

/** Reads a scanner's CycloneDX of a target; throws `scan-failed` where it is not whole, no scan, or names another digest. */
export function readCycloneDx(json: string, target: ScanTarget, of: ReportOf): ImportedScan {
  const document = readDocument(bom, json, of);
  verify(document, target, of);
  const components = new Map(flatten(document.components).map((entry) => [entry['bom-ref'] ?? entry.purl, entry]));
  const platforms = [formatPlatform(target.platform)];
  const tool = toolOf(document, of);
  return {
    name: tool.name,
    version: tool.version ?? null,
    database: null,
    findings: document.vulnerabilities.flatMap((found) =>
      found.affects.map((affected) => findingOf(found, affected, components.get(affected.ref), platforms)),
    ),
    inventory: { packages: components.size },
  };
}

// A container component carries its digest as its version, or in its package URL.
function verify({ metadata }: Bom, { reference }: ScanTarget, of: ReportOf): void {
  const { version, purl } = metadata.component;
  const named = [version, parsePurl(purl ?? '')?.version].filter((name) => name?.startsWith('sha256:'));
  if (named.length > 0 && !named.includes(reference.digest)) throw unusable(of, `is of ${named[0]}`);
}

function flatten(components: readonly Component[]): readonly Component[] {
  return components.flatMap((entry) => [entry, ...flatten(entry.components ?? [])]);
}

function toolOf({ metadata: { tools } }: Bom, of: ReportOf): Pick<Component, 'name' | 'version'> {
  const named = Array.isArray(tools) ? tools : tools?.components;
  return named?.[0] ?? { name: of.tool };
}

function findingOf(
  found: Vulnerability,
  { ref, versions }: Vulnerability['affects'][number],
  affected: Component | undefined,
  platforms: readonly string[],
): Finding {
  const packaged = parsePurl(affected?.purl ?? ref);
  const score = scoreOf(found);
  const installed = versions.find(({ version, status }) => version !== undefined && status !== 'unaffected')?.version;
  return {
    id: found.id,
    aliases: found.references.map(({ id }) => id).filter((id) => id !== '' && id !== found.id),
    title: found.description.split('\n')[0] ?? '',
    ...(found.source?.url === undefined ? {} : { url: found.source.url }),
    package: {
      name: packaged === undefined ? (affected?.name ?? ref) : packageName(packaged),
      ...(packaged === undefined ? {} : { purl: packaged.toString() }),
    },
    installed: installed ?? affected?.version ?? packaged?.version ?? 'unknown',
    // CycloneDX has no field for it: scanners write "Upgrade x to version y" as their recommendation.
    ...fixIn(found.recommendation),
    severity: severityOf(found),
    ...(score === undefined ? {} : { score }),
    owner: 'unknown',
    ...(found.published === undefined ? {} : { published: found.published }),
    platforms,
  };
}

function fixIn(recommendation: string): Pick<Finding, 'fixed'> {
  const [, fixed] = /\bto (?:version )?(\S*\d\S*)/i.exec(recommendation) ?? [];
  return fixed === undefined ? {} : { fixed: fixed.replace(/[.,;]+$/, '') };
}

// Several sources rate one vulnerability, and nothing says whose word counts: the worst does.
function severityOf({ ratings }: Vulnerability): Severity {
  return ratings.map(severityOfRating).reduce(worseOf, 'unknown');
}

function severityOfRating({ severity, score, method = '' }: Vulnerability['ratings'][number]): Severity {
  if (severity === 'info' || severity === 'none') return 'negligible';
  if (severity !== undefined && severity !== 'unknown') return parseSeverity(severity);
  return score !== undefined && method.startsWith('CVSS') ? severityOfScore(score) : 'unknown';
}

function scoreOf({ ratings }: Vulnerability): number | undefined {
  const scores = ratings.flatMap(({ score, method = '' }) =>
    score !== undefined && score <= 10 && method.startsWith('CVSS') ? [score] : [],
  );
  return scores.length === 0 ? undefined : Math.max(...scores);
}
