import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decideGate } from '../../core/gate.ts';
import type { Digest } from '../../core/oci/digest.ts';
import type { Adapter } from '../../core/scan/adapters/adapter.ts';
import { adapters } from '../../core/scan/adapters/adapters.ts';
import type { ReportOf } from '../../core/scan/document.ts';
import { readCycloneDx } from '../../core/scan/formats/cyclonedx.ts';
import { readSarif } from '../../core/scan/formats/sarif.ts';
import { readGrypeReport } from '../../core/scan/grype/report.ts';
import { scanImage } from '../../core/scan/scan-image.ts';
import type { PlatformScan, Scanner, ScanTarget } from '../../core/scan/scanner.ts';
import { changed, fixture, grypeFixture, lenient, type Path, registryOf, targetOf } from './support.ts';

type Read = (
  text: string,
  target: ScanTarget,
  of: ReportOf,
) => Pick<PlatformScan, 'findings' | 'inventory' | 'unproven'>;

interface Format {
  readonly read: Read;
  readonly whole: string;
  /** Without these a report cannot be believed, or a finding not be judged. */
  readonly required: readonly Path[];
  /** What need not be there, and is of its kind where it is. */
  readonly optional?: readonly Path[];
}

const documented = (name: string) =>
  readFileSync(new URL(`../fixtures/scanners/${name}.json`, import.meta.url), 'utf8');
const firstOf = (path: Path, keys: readonly string[]): readonly Path[] => keys.map((key) => [...path, key]);

const sarifPaths: readonly Path[] = [
  ['version'],
  ['runs'],
  ...firstOf(['runs', 0], ['tool', 'results']),
  ['runs', 0, 'tool', 'driver'],
  ['runs', 0, 'tool', 'driver', 'name'],
];
const optionalOfSarif: readonly Path[] = [['runs', 0, 'results', 0, 'message']];

// Of adapters with a format of their own; every other one writes SARIF.
const ownPaths: Readonly<Partial<Record<string, readonly Path[]>>> = {
  twistcli: [
    ['results'],
    ['results', 0],
    ...firstOf(['results', 0], ['id', 'vulnerabilityDistribution', 'vulnerabilities']),
    ['results', 0, 'vulnerabilityDistribution', 'total'],
    ...[0, 1, 2].flatMap((at) => firstOf(['results', 0, 'vulnerabilities', at], ['id'])),
  ],
  aqua: [
    ['image'],
    ['resources'],
    ['vulnerability_summary'],
    ['vulnerability_summary', 'total'],
    ['resources', 0, 'resource'],
    ...[0, 1, 2].flatMap((at) => firstOf(['resources', at, 'vulnerabilities', 0], ['name'])),
  ],
  snyk: [
    ['ok'],
    ['path'],
    ['vulnerabilities'],
    ['applications', 0, 'vulnerabilities'],
    ...[0, 1].flatMap((at) => firstOf(['vulnerabilities', at], ['id'])),
  ],
};

function formatOf(name: string, { read }: Adapter): Format {
  const required = read === readSarif ? sarifPaths : ownPaths[name];
  if (required === undefined) throw new Error(`which parts of a report of ${name} are required?`);
  return { read, whole: documented(name), required, ...(read === readSarif ? { optional: optionalOfSarif } : {}) };
}

const formats: Readonly<Record<string, Format>> = {
  ...Object.fromEntries(Object.entries(adapters).map(([name, adapter]) => [name, formatOf(name, adapter)])),
  grype: {
    read: readGrypeReport,
    whole: grypeFixture(),
    required: [
      ['matches'],
      ['source'],
      ['source', 'target'],
      ['descriptor'],
      ['descriptor', 'version'],
      ...firstOf(['matches', 0], ['vulnerability', 'artifact']),
      ...firstOf(['matches', 0, 'vulnerability'], ['id']),
    ],
    optional: [
      ['source', 'type'],
      ['distro'],
      ...firstOf(['matches', 0, 'vulnerability'], ['severity', 'fix']),
      ...firstOf(['matches', 0, 'artifact'], ['name', 'version', 'type', 'locations', 'purl']),
    ],
  },
  cyclonedx: {
    read: readCycloneDx,
    whole: fixture('debian.cyclonedx'),
    required: [
      ['bomFormat'],
      ['specVersion'],
      ['metadata'],
      ['metadata', 'component'],
      ['vulnerabilities'],
      ...firstOf(['vulnerabilities', 0], ['id']),
    ],
    optional: [['components'], ...firstOf(['vulnerabilities', 0], ['ratings', 'affects'])],
  },
};

const digest = `sha256:${'a'.repeat(64)}` as Digest;
const ofAdapters: ScanTarget = {
  reference: { registry: 'registry.example:5000', repository: 'library/debian', digest },
  platform: { os: 'linux', architecture: 'amd64' },
  imageId: `sha256:${'c'.repeat(64)}` as Digest,
  baseLayers: [],
};

function targetFor(name: string): ScanTarget {
  return ['grype', 'cyclonedx'].includes(name) ? targetOf(fixture('debian')) : ofAdapters;
}

function torn(whole: string): readonly (readonly [string, string])[] {
  const text = whole.trimEnd();
  return Array.from({ length: 24 }, (_, at) => {
    const end = Math.floor((text.length * at) / 24);
    return [`torn off after ${end} bytes`, text.slice(0, end)] as const;
  });
}

function strange(whole: string): readonly (readonly [string, string])[] {
  return [
    ['white space', ' \n'],
    ['null', 'null'],
    ['an empty list', '[]'],
    ['an empty object', '{}'],
    ['a page of a proxy', '<html><body>502 Bad Gateway</body></html>'],
    ['an error in JSON', '{"ok":false,"error":"license expired"}'],
    ['two reports', whole + whole],
    ['a list of the report', `[${whole}]`],
    ['log lines before the report', `INFO scanning\n${whole}`],
    ['NUL bytes behind the report', `${whole}\0\0`],
  ];
}

// A list that is gone may be no list of nothing; a text or number that is gone may be no empty one.
function mutilated({ whole, required, optional = [] }: Format): readonly (readonly [string, string])[] {
  return [...required, ...optional].flatMap((path) => [
    ...(optional.includes(path) ? [] : [[`without ${path.join('.')}`, changed(whole, path, undefined)] as const]),
    ...[true, {}, 'what']
      .filter((value) => typeof value !== typeof path.reduce((at, key) => at?.[key], JSON.parse(whole)))
      .map((value) => [`with ${JSON.stringify(value)} as ${path.join('.')}`, changed(whole, path, value)] as const),
  ]);
}

const corpus = Object.entries(formats).flatMap(([name, format]) =>
  [
    ...torn(format.whole),
    // Of several projects Snyk writes a list.
    ...strange(format.whole).filter(([what]) => !(name === 'snyk' && what === 'a list of the report')),
    ...mutilated(format),
    ...Object.entries(formats)
      .filter(([, other]) => other.read !== format.read)
      .map(([other, { whole }]) => [`a report of ${other}`, whole] as const),
  ].map(([what, text]) => ({ name, what, text })),
);

// What the way in which an adapter starts its tool proves, and its SARIF does not.
const vouched: readonly string[] = Object.keys(adapters).flatMap((name) => [`${name} image`, `${name} search`]);

async function verdictOn(name: string, text: string) {
  const { read } = formats[name] ?? { read: (): ReturnType<Read> => ({ findings: [] }) };
  const target = targetFor(name);
  const { imageId } = target;
  const scanner: Scanner = {
    name,
    scan: async (of) => {
      const { findings, unproven = [] } = read(text, imageId === undefined ? of : { ...of, imageId }, {
        tool: name,
        subject: 'image',
      });
      return {
        scanner: { name, version: '1', database: null },
        findings,
        unproven: unproven.filter(({ proof }) => !vouched.includes(`${name} ${proof}`)),
      };
    },
  };
  const registry = registryOf([{ platform: target.platform, digest: target.reference.digest }], true);
  const scan = await scanImage(registry, scanner, target.reference);
  return decideGate(lenient, scan, undefined, new Date('2026-11-21T00:00:00Z'));
}

test('the corpus holds hundreds of different reports', () => {
  expect(new Set(corpus.map(({ name, text }) => `${name} ${text}`)).size).toBeGreaterThanOrEqual(400);
});

test.each(Object.keys(formats))(
  'the whole report of %s passes, so that what is told of broken ones is told by what broke',
  async (name) => {
    expect(await verdictOn(name, formats[name]?.whole ?? '')).toMatchObject({ kind: 'pass' });
  },
);

describe.each(Object.keys(formats))('a broken report of %s never opens the gate:', (format) => {
  test.each(corpus.filter(({ name }) => name === format).map(({ what, text }) => [what, text] as const))(
    '%s',
    async (_, text) => {
      expect(await verdictOn(format, text)).toMatchObject({ kind: 'inconclusive', failure: { code: 'scan-failed' } });
    },
  );
});

describe.each(Object.entries(formats).filter(([, { optional }]) => optional !== undefined))(
  'a report of %s says no less',
  (name, { read, whole, optional = [] }) => {
    const of = { tool: name, subject: 'image' };
    const found = (text: string) => read(text, targetFor(name), of).findings.length;
    test.each(optional.flatMap((path) => [undefined, null].map((value) => [path.join('.'), path, value] as const)))(
      'without %s',
      (_, path, value) => {
        expect(found(changed(whole, path, value))).toBe(found(whole));
      },
    );
  },
);
