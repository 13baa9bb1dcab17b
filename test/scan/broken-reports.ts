import { changed, fixture, type Path } from './support.ts';

/** Without these Trivy's report cannot be believed, or a finding cannot be judged. */
const required: readonly Path[] = [
  ['SchemaVersion'],
  ['ArtifactType'],
  ['Results'],
  ['Results', 0],
  ['Results', 0, 'Class'],
];

/** What need not be there, and is of its kind where it is. */
export const optional: readonly Path[] = [
  ['ArtifactName'],
  ['Metadata', 'ImageID'],
  ['Metadata', 'DiffIDs'],
  ['Metadata', 'RepoDigests'],
  ['Metadata', 'ImageConfig'],
  ['Metadata', 'ImageConfig', 'rootfs'],
  ['Metadata', 'ImageConfig', 'rootfs', 'diff_ids'],
  ['Results', 0, 'Target'],
  ...['PkgName', 'InstalledVersion', 'Severity'].map((key): Path => ['Results', 0, 'Vulnerabilities', 0, key]),
];

const requiredOfVulnerability = ['VulnerabilityID'] as const;

const wrong: readonly (readonly [string, unknown])[] = [
  ['null', null],
  ['a number', 7],
  ['a boolean', true],
  ['an empty object', {}],
  ['an empty text', ''],
];

export interface BrokenReport {
  readonly what: string;
  readonly text: string;
}

/** Reports broken in every way that can be told from a whole one, made from a real report, the same on every run. */
export function brokenReports(): readonly BrokenReport[] {
  const whole = fixture('debian');
  return [...torn(whole), ...notReports(whole), ...mutilated(whole), ...ofAnotherImage(whole), ...otherSchemas(whole)];
}

function torn(whole: string): readonly BrokenReport[] {
  const text = whole.trimEnd();
  return Array.from({ length: 80 }, (_, index) => {
    const end = Math.floor((text.length * index) / 80);
    return { what: `torn off after ${end} bytes`, text: text.slice(0, end) };
  });
}

function notReports(whole: string): readonly BrokenReport[] {
  return [
    { what: 'white space', text: ' \n' },
    { what: 'null', text: 'null' },
    { what: 'an empty list', text: '[]' },
    { what: 'an empty object', text: '{}' },
    { what: 'a text', text: '"SchemaVersion"' },
    { what: 'a page of a proxy', text: '<html><body>502 Bad Gateway</body></html>' },
    { what: 'two reports', text: whole + whole },
    { what: 'a list of a report', text: `[${whole}]` },
    { what: 'log lines before the report', text: `2026-11-21T00:00:00Z INFO done\n${whole}` },
    { what: 'NUL bytes behind the report', text: `${whole}\0\0` },
    { what: 'SARIF', text: JSON.stringify({ version: '2.1.0', runs: [{ results: [] }] }) },
    { what: 'CycloneDX', text: JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.6', vulnerabilities: [] }) },
    { what: "Trivy's first schema", text: JSON.stringify(JSON.parse(whole).Results) },
  ];
}

function mutilated(whole: string): readonly BrokenReport[] {
  const count = JSON.parse(whole).Results[0].Vulnerabilities.length;
  const ofVulnerabilities = Array.from({ length: count }, (_, index) =>
    requiredOfVulnerability.map((key): Path => ['Results', 0, 'Vulnerabilities', index, key]),
  ).flat();
  const isStated = (value: unknown) => value !== null && value !== '';
  return [...required, ...ofVulnerabilities, ...optional].flatMap((path) => [
    ...(optional.includes(path) ? [] : [{ what: `without ${path.join('.')}`, text: changed(whole, path, undefined) }]),
    ...wrong
      .filter(([, value]) => !optional.includes(path) || isStated(value))
      .filter(([name]) => !(['ImageConfig', 'rootfs'].includes(String(path.at(-1))) && name === 'an empty object'))
      .map(([name, value]) => ({ what: `with ${name} as ${path.join('.')}`, text: changed(whole, path, value) })),
  ]);
}

function ofAnotherImage(whole: string): readonly BrokenReport[] {
  const other = `registry.example:5000/library/debian@sha256:${'0'.repeat(64)}`;
  const name = String(JSON.parse(whole).ArtifactName);
  const layer = `sha256:${'1'.repeat(64)}`;
  const unnamed = changed(changed(whole, ['ArtifactName'], 'image.tar'), ['Metadata', 'Reference'], 'image:1');
  return [
    { what: 'of another digest', text: changed(unnamed, ['Metadata', 'RepoDigests', 0], other) },
    { what: 'of no digest', text: changed(unnamed, ['Metadata', 'RepoDigests'], []) },
    { what: 'without Metadata and its name', text: changed(unnamed, ['Metadata'], undefined) },
    { what: 'asked of another digest', text: changed(whole, ['Metadata', 'Reference'], other) },
    { what: 'of a longer digest', text: changed(whole, ['Metadata', 'Reference'], `${name}0`) },
    { what: 'of a shorter digest', text: changed(whole, ['Metadata', 'Reference'], name.slice(0, -1)) },
    { what: 'of other layers', text: changed(whole, ['Metadata', 'DiffIDs'], [layer]) },
    { what: 'with a finding in a strange layer', text: changed(whole, layerOf(0), { DiffID: layer }) },
    { what: 'with a finding in no layer', text: changed(whole, layerOf(0), { DiffID: 'bac03964' }) },
    { what: 'with layers unlike its configuration', text: changed(whole, diffIds, [layer, layer]) },
  ];
}

function otherSchemas(whole: string): readonly BrokenReport[] {
  const schemas = [0, 1, 3, 20, '2', -2, 2.5].map((value) => ({
    what: `of schema ${JSON.stringify(value)}`,
    text: changed(whole, ['SchemaVersion'], value),
  }));
  const types = ['filesystem', 'repository', 'cyclonedx', 'spdx', 'vm', 'Container_Image'].map((value) => ({
    what: `of a ${value}`,
    text: changed(whole, ['ArtifactType'], value),
  }));
  const silent = [
    { what: 'that lists nothing of the distribution', text: changed(whole, ['Results'], []) },
    { what: 'that lists other packages only', text: changed(whole, ['Results', 0, 'Class'], 'lang-pkgs') },
    { what: 'with findings that are no list', text: changed(whole, ['Results', 0, 'Vulnerabilities'], { length: 0 }) },
  ];
  return [...schemas, ...types, ...silent];
}

const diffIds: Path = ['Metadata', 'ImageConfig', 'rootfs', 'diff_ids'];

function vulnerability(index: number): Path {
  return ['Results', 0, 'Vulnerabilities', index];
}

function layerOf(index: number): Path {
  return [...vulnerability(index), 'Layer'];
}
