import { documents, image, imageId, other, type Variant } from './document.ts';

// Grype's JSON (anchore/grype, grype/presenter/models).
const match = (vulnerability: object = {}, artifact: object = {}, more: object = {}) => ({
  vulnerability: { id: 'CVE-2024-1', severity: 'High', fix: { versions: ['2'], state: 'fixed' }, ...vulnerability },
  relatedVulnerabilities: [],
  artifact: {
    name: 'libssl3',
    version: '3',
    type: 'deb',
    locations: [],
    purl: 'pkg:deb/debian/libssl3@3',
    ...artifact,
  },
  ...more,
});
const source = {
  type: 'image',
  target: { userInput: 'app:1', imageID: imageId, manifestDigest: other, repoDigests: [image], layers: [] },
};
const descriptor = { name: 'grype', version: '0.100.0', db: { status: { built: '2026-11-29T00:00:00Z' } } };
const grype = (changes: object = {}) => ({
  matches: [match()],
  source,
  distro: { name: 'debian', version: '12', idLike: [] },
  descriptor,
  ...changes,
});
const made = (configuration: object) => grype({ descriptor: { ...descriptor, configuration } });
const alerts = (type: string) => [
  { package: { name: 'a' }, alerts: [{ type, metadata: { name: 'debian', version: '8' } }] },
];

/** Reports of the grype, and what is wrong with some. */
export const grypeDocuments = documents('grype', [
  ['one match', grype()],
  ...['Critical', 'High', 'Medium', 'Low', 'Negligible', 'Unknown', '', null, undefined, 'Severe'].map(
    (severity): Variant => [`a severity ${severity}`, grype({ matches: [match({ severity })] })],
  ),
  ...(['fix', 'cvss', 'description', 'dataSource', 'epss', 'knownExploited', 'namespace'] as const).map(
    (field): Variant => [`null as ${field}`, grype({ matches: [match({ [field]: null })] })],
  ),
  ...(['version', 'type', 'locations', 'purl', 'name'] as const).map(
    (field): Variant => [`no ${field} of the package`, grype({ matches: [match({}, { [field]: null })] })],
  ),
  ...['Unknown', null, 'Severe'].map(
    (severity): Variant => [
      `a score with the severity ${severity}`,
      grype({ matches: [match({ severity, cvss: [{ version: '3.1', vector: '', metrics: { baseScore: 9.8 } }] })] }),
    ],
  ),
  ['clean', grype({ matches: [] })],
  ['no distribution', grype({ distro: null })],
  ['a match without id', grype({ matches: [match({ id: null })] }), { refused: 'id' }],
  ['no matches', grype({ matches: undefined }), { refused: 'matches' }],
  ['two matches', grype({ matches: [match(), match({ id: 'CVE-2024-2' })] })],
  ['related vulnerabilities null', grype({ matches: [match({}, {}, { relatedVulnerabilities: null })] })],
  ['an end of life', grype({ alertsByPackage: alerts('distro-eol') })],
  ['a distribution that is off', grype({ alertsByPackage: alerts('distro-disabled') }), { unproven: 'distribution' }],
  ['fedora', grype({ distro: { name: 'fedora', version: '41' } }), { unproven: 'distribution' }],
  ['a bill of materials', grype({ source: { type: 'sbom-file', target: 'a.json' } }), { unproven: 'image' }],
  ['no source', grype({ source: null }), { unproven: 'image' }],
  ['a folder', grype({ source: { type: 'directory', target: '/srv' } }), { refused: 'is of a directory' }],
  [
    'another image',
    grype({ source: { type: 'image', target: { manifestDigest: other, repoDigests: [] } } }),
    { refused: 'is of ' },
  ],
  ...['only-fixed', 'only-notfixed', 'ignore-wontfix', 'ignore-states'].map(
    (key): Variant => [
      `left out by ${key}`,
      made({ [key]: key.startsWith('only') ? true : 'wont-fix' }),
      { unproven: 'search' },
    ],
  ),
  ...['vex-documents', 'exclude'].map(
    (key): Variant => [`left out by ${key}`, made({ [key]: ['a'] }), { unproven: 'search' }],
  ),
  [
    'nothing left out',
    made({ 'vex-documents': [], exclude: null, 'only-fixed': false, 'ignore-wontfix': '', 'ignore-states': 'false' }),
  ],
  [
    'a database that is not valid',
    grype({ descriptor: { ...descriptor, db: { status: { built: '2026-11-29T00:00:00Z', valid: false } } } }),
    { unproven: 'search' },
  ],
  ['another tool', grype({ descriptor: { name: 'syft', version: '1' } }), { refused: 'descriptor.name' }],
]);
