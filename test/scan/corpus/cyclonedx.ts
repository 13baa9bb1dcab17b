import { digest, documents, other, type Variant } from './document.ts';

// CycloneDX 1.4 to 1.7.
const vulnerability = (changes: object = {}) => ({
  id: 'CVE-2024-1',
  ratings: [{ severity: 'critical', score: 9.8, method: 'CVSSv31' }],
  affects: [{ ref: 'a' }],
  ...changes,
});
const bom = (changes: object = {}) => ({
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  version: 1,
  metadata: { component: { type: 'container', 'bom-ref': 'i', name: 'r.example/team/app', version: digest } },
  components: [{ type: 'library', 'bom-ref': 'a', name: 'lodash', version: '4.17.20', purl: 'pkg:npm/lodash@4.17.20' }],
  vulnerabilities: [vulnerability()],
  ...changes,
});
const vector = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H';
const ratings: readonly (readonly object[] | null)[] = [
  [],
  null,
  [{ severity: 'high', score: null }],
  [{ method: 'CVSSv31', vector }],
  [{ vector }],
  [{ score: 9.8, method: 'OWASP' }],
  [{ score: 5, method: 'CVSSv3' }, { severity: 'low' }],
  [{ severity: 'none' }],
  [{ severity: 'info' }],
  [{ severity: 'unknown', score: 7.1, method: 'CVSSv4' }],
  [{ severity: 'grave' }],
  [{ score: 9.8 }],
  [{ score: 3 }],
  [{ score: 9.8, method: 'other' }],
];

const system = (name: string) => ({ type: 'operating-system', 'bom-ref': 'o', name, version: '38' });
const madeBy = (name: string, distribution: string) =>
  bom({
    metadata: { ...bom().metadata, tools: { components: [{ type: 'application', name }] } },
    components: [...bom().components, system(distribution)],
  });

const affected: readonly (readonly object[])[] = [
  [{ version: '4.17.20', status: 'unaffected' }],
  [{ version: '4.17.21', status: 'unaffected' }],
  [
    { version: '4.17.21', status: 'unaffected' },
    { version: '4.17.20', status: 'unaffected' },
  ],
  [
    { version: '4.17.20', status: 'unaffected' },
    { range: 'vers:npm/<5', status: 'affected' },
  ],
  [{ version: '4.17.20', status: 'unaffected' }, { version: '4.17.20' }],
  [{ version: '4.17.20', status: 'unknown' }],
  [{ range: 'vers:npm/<5', status: 'unaffected' }],
];

/** Reports of the cyclonedx, and what is wrong with some. */
export const cyclonedxDocuments = documents('cyclonedx', [
  ...['1.4', '1.5', '1.6', '1.7'].map((specVersion): Variant => [specVersion, bom({ specVersion })]),
  ...['1.2', '1.3', '2.0'].map(
    (specVersion): Variant => [specVersion, bom({ specVersion }), { refused: 'specVersion' }],
  ),
  ...affected.map(
    (versions): Variant => [
      `versions ${JSON.stringify(versions)}`,
      bom({ vulnerabilities: [vulnerability({ affects: [{ ref: 'a', versions }] })] }),
    ],
  ),
  ...ratings.map(
    (list): Variant => [
      `ratings ${JSON.stringify(list)}`,
      bom({ vulnerabilities: [vulnerability({ ratings: list })] }),
    ],
  ),
  ...(['affects', 'description', 'recommendation', 'references', 'source', 'published'] as const).map(
    (field): Variant => [`null as ${field}`, bom({ vulnerabilities: [vulnerability({ [field]: null })] })],
  ),
  ['affects nothing', bom({ vulnerabilities: [vulnerability({ affects: [] })] })],
  ['affects two', bom({ vulnerabilities: [vulnerability({ affects: [{ ref: 'a' }, { ref: 'b' }] })] })],
  ['affects a package URL', bom({ vulnerabilities: [vulnerability({ affects: [{ ref: 'pkg:npm/x@1' }] })] })],
  ['affects a BOM-Link', bom({ vulnerabilities: [vulnerability({ affects: [{ ref: 'urn:cdx:3e671687/1#a' }] })] })],
  ['components null', bom({ components: null })],
  ['no components', bom({ components: undefined })],
  ['nested components', bom({ components: [{ name: 'p', components: [{ 'bom-ref': 'a', name: 'lodash' }] }] })],
  ['a vulnerability without id', bom({ vulnerabilities: [vulnerability({ id: undefined })] }), { refused: 'id' }],
  [
    'a vulnerability that a reference names',
    bom({ vulnerabilities: [vulnerability({ id: undefined, references: [{ id: 'CVE-2024-1' }] })] }),
  ],
  ...(['trivy', 'grype'] as const).flatMap((name): readonly Variant[] => [
    [`debian, by ${name}`, madeBy(name, 'debian')],
    [`a distribution without advisories, by ${name}`, madeBy(name, 'fedora'), { unproven: 'distribution' }],
  ]),
  ['a distribution, by a tool that may know it', madeBy('syft', 'fedora')],
  ['no metadata', bom({ metadata: undefined }), { unproven: 'image' }],
  ['no component of metadata', bom({ metadata: { timestamp: 'x' } }), { unproven: 'image' }],
  ['a name without a digest', bom({ metadata: { component: { name: 'app:1' } } }), { unproven: 'image' }],
  ['another digest', bom({ metadata: { component: { name: 'app', version: other } } }), { refused: 'is of ' }],
  ['an empty list', bom({ vulnerabilities: [] }), { unproven: 'search' }],
  ['no list', bom({ vulnerabilities: undefined }), { unproven: 'search' }],
  ['a list that is null', bom({ vulnerabilities: null }), { unproven: 'search' }],
  ['an SPDX document', { spdxVersion: 'SPDX-2.3' }, { refused: 'bomFormat' }],
]);
