import { digest, documents, image, imageId, other, type Variant } from './document.ts';

// What adapters of other makers read, as their makers document it.
const twist = (vulnerabilities: readonly object[] | null, changes: object = {}) => ({
  results: [
    {
      id: imageId,
      name: image,
      distro: 'Debian 12',
      vulnerabilities,
      vulnerabilityDistribution: { total: vulnerabilities?.length ?? 0 },
      ...changes,
    },
  ],
});
const twisted = (severity?: string | null) => ({ id: 'CVE-2024-1', severity, packageName: 'a', packageVersion: '1' });
const aqua = (list: readonly object[] | null, changes: object = {}) => ({
  image,
  digest,
  resources: list === null ? null : [{ resource: { name: 'a', version: '1' }, vulnerabilities: list }],
  vulnerability_summary: { total: list?.length ?? 0 },
  ...changes,
});
const snyked = (severity?: string | null) => ({ id: 'SNYK-DEBIAN12-A-1', severity, packageName: 'a', version: '1' });
const snyk = (vulnerabilities: readonly object[], changes: object = {}) => ({
  ok: vulnerabilities.length === 0,
  vulnerabilities,
  dependencyCount: 3,
  path: image,
  ...changes,
});

/** Reports of the formats of adapters, and what is wrong with some. */
export const adapterDocuments = [
  ...documents('twistcli', [
    ...['critical', 'important', 'high', 'moderate', 'low', 'unimportant', 'grave', null].map(
      (severity): Variant => [`a severity ${severity}`, twist([twisted(severity)])],
    ),
    ['a score without a severity', twist([{ ...twisted(null), cvss: 9.8 }])],
    ['a score for a word of its own', twist([{ ...twisted('grave'), cvss: 7.5 }])],
    ['clean', twist(null)],
    ['an id as Docker shows it', twist([], { id: imageId.slice('sha256:'.length), name: 'app' })],
    ['another id as Docker shows it', twist([], { id: other.slice('sha256:'.length) }), { refused: 'is of ' }],
    [
      'counts that differ',
      twist([twisted('high')], { vulnerabilityDistribution: { total: 2 } }),
      { refused: 'counts 2' },
    ],
    ['another image', twist([], { id: other, name: 'x' }), { refused: 'is of ' }],
  ]),
  ...documents('aqua', [
    ...['critical', 'high', 'medium', 'low', 'negligible'].map(
      (severity): Variant => [`a severity ${severity}`, aqua([{ name: 'CVE-2024-1', aqua_severity: severity }])],
    ),
    ['nothing recognised', aqua(null)],
    ['counts that differ', aqua([], { vulnerability_summary: { total: 1 } }), { refused: 'counts 1' }],
    ['another image', aqua([], { digest: other }), { refused: 'is of ' }],
  ]),
  ...documents('snyk', [
    ...['critical', 'high', 'medium', 'low', 'grave', null].map(
      (severity): Variant => [`a severity ${severity}`, snyk([snyked(severity)])],
    ),
    ['a score for a word of its own', snyk([{ ...snyked('grave'), cvssScore: 9.8 }])],
    ['what its service ignores', snyk([], { filtered: { ignore: [snyked('high')], patch: [] } })],
    ['clean', snyk([])],
    ['applications', snyk([snyked('high')], { applications: [{ ok: false, vulnerabilities: [snyked('low')] }] })],
    ['a list of projects', [snyk([snyked('high')]), snyk([snyked('low')])]],
    ['an empty list of projects', [], { refused: 'is not of the known schema' }],
    ['a list with another image', [snyk([]), snyk([], { path: `a@${other}` })], { refused: 'is of ' }],
    ['all well, and vulnerabilities', snyk([snyked('high')], { ok: true }), { refused: 'says that all is well' }],
  ]),
];
