import { familiar, formatReference, type Reference } from '../../oci/reference.ts';
import { compareFindings } from '../../scan/compare-findings.ts';
import { type Finding, fixOf, type ScanReport } from '../../scan/finding.ts';
import { parsePurl } from '../../scan/purl.ts';
import { given } from '../../table.ts';
import type { KnownExploitation } from '../known-exploitation.ts';

type Scanned = Extract<ScanReport, { readonly kind: 'scanned' }>;

/** What conditions can name, with its type in CEL. */
export const factTypes = {
  finding: {
    kind: 'string',
    id: 'string',
    aliases: 'list<string>',
    title: 'string',
    severity: 'int',
    stated: 'int',
    raised: 'bool',
    score: 'double',
    vector: 'string',
    cwes: 'list<string>',
    package: { name: 'string', type: 'string', path: 'string', purl: 'string' },
    installed: 'string',
    fixed: 'bool',
    fixedVersion: 'string',
    owner: 'string',
    introduced: 'bool',
    epss: 'double',
    kev: 'bool',
    kevDue: 'google.protobuf.Timestamp',
    published: 'google.protobuf.Timestamp',
    fixPublished: 'google.protobuf.Timestamp',
    firstSeen: 'google.protobuf.Timestamp',
    layer: 'string',
    platforms: 'list<string>',
  },
  image: {
    name: 'string',
    registry: 'string',
    repository: 'string',
    tag: 'string',
    digest: 'string',
    base: 'string',
    platforms: 'list<string>',
    facts: 'list<string>',
    size: 'int',
    layers: 'int',
  },
  change: { fixed: 'int', introduced: 'int', remaining: 'int' },
} as const;

/** The names below each name that has some. */
export const factNames: ReadonlyMap<string, readonly string[]> = new Map([
  ['finding', Object.keys(factTypes.finding)],
  ['finding.package', Object.keys(factTypes.finding.package)],
  ['image', Object.keys(factTypes.image)],
  ['change', Object.keys(factTypes.change)],
]);

/** What is known of the image beside its scan; what is left out is unknown to conditions. */
export interface ImageFacts {
  readonly name?: string;
  readonly registry?: string;
  readonly repository?: string;
  readonly tag?: string;
  readonly digest?: string;
  /** The runtime base, as its Dockerfile names it in full. */
  readonly base?: string;
}

/** What a reference says of an image. */
export function imageFactsOf({ registry, repository, tag, digest }: Reference, base?: Reference): ImageFacts {
  return {
    name: familiar({ registry, repository }),
    registry,
    repository,
    ...given('tag', tag),
    ...given('digest', digest),
    ...given('base', base === undefined ? undefined : formatReference(base)),
  };
}

/** RuleFacts of the image, of which each has its name in conditions. */
export function imageFacts(image: ImageFacts, { platforms, hardening }: Scanned): Readonly<Record<string, unknown>> {
  const sizes = hardening?.sizes ?? [];
  return {
    ...image,
    platforms: platforms.map(({ os, architecture, variant }) =>
      [os, architecture, variant].filter((part) => part !== undefined).join('/'),
    ),
    ...(hardening === undefined ? {} : { facts: hardening.facts.map(({ kind }) => kind) }),
    ...(sizes.length === 0
      ? {}
      : {
          size: BigInt(Math.max(...sizes.map(({ bytes }) => bytes))),
          layers: BigInt(Math.max(...sizes.map(({ layers }) => layers))),
        }),
  };
}

/** Counts of what the refresh changes; none where nothing is known of before. */
export function changeFacts(before: readonly Finding[] | undefined, scan: Scanned): Readonly<Record<string, unknown>> {
  if (before === undefined) return {};
  const { fixed, introduced, remaining } = compareFindings(before, scan.findings);
  return {
    fixed: BigInt(fixed.length),
    introduced: BigInt(introduced.length),
    remaining: BigInt(remaining.length),
  };
}

/** RuleFacts of a finding, of which each has its name in conditions; what is not known is left out. */
export function findingFacts(
  finding: Finding,
  known: KnownExploitation | undefined,
  names: readonly string[],
): Readonly<Record<string, unknown>> {
  const { id, aliases, title, score, installed, owner, published, layer, platforms } = finding;
  const fix = fixOf(finding);
  const scored = names.flatMap((name) => known?.probabilities?.get(name) ?? []);
  const epss = [...scored, ...(finding.epss === undefined ? [] : [finding.epss])];
  const kev =
    finding.knownExploited === true
      ? true
      : known?.exploited === undefined
        ? undefined
        : names.some((name) => known.exploited?.has(name) === true);
  const due = names.flatMap((name) => known?.due?.get(name) ?? [])[0];
  return present({
    id,
    aliases,
    title,
    score,
    vector: finding.vector,
    cwes: finding.cwes,
    installed,
    fixed: fix.kind === 'unknown' ? undefined : fix.kind === 'version',
    fixedVersion: fix.kind === 'version' ? fix.version : undefined,
    owner: owner === 'unknown' ? undefined : owner,
    epss: epss.length === 0 ? undefined : Math.max(...epss),
    kev,
    kevDue: dateOf(due),
    published: dateOf(published),
    fixPublished: dateOf(finding.fixPublished),
    firstSeen: dateOf(finding.firstSeen),
    layer,
    platforms,
    package: present({
      name: finding.package.name,
      path: finding.package.path,
      purl: finding.package.purl,
      type: parsePurl(finding.package.purl ?? '')?.type,
    }),
  });
}

function dateOf(text: string | undefined): Date | undefined {
  const at = Date.parse(text ?? '');
  return Number.isNaN(at) ? undefined : new Date(at);
}

function present(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
