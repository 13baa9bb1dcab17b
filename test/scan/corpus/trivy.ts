import { documents, image, imageId, other, type Variant } from './document.ts';

const severities = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'UNKNOWN'] as const;

// Trivy's JSON, schema 2 (aquasecurity/trivy, pkg/types/report.go).
const flaw = (changes: object = {}) => ({
  VulnerabilityID: 'CVE-2024-1',
  PkgName: 'libssl3',
  InstalledVersion: '3.0.1',
  Severity: 'HIGH',
  ...changes,
});
const found = (list: unknown, changes: object = {}) => [
  {
    Target: 'app (debian 12.1)',
    Class: 'os-pkgs',
    Type: 'debian',
    Packages: [{ Name: 'libssl3' }],
    Vulnerabilities: list,
    ...changes,
  },
];
const metadata = { OS: { Family: 'debian', Name: '12.1' }, ImageID: imageId, RepoDigests: [image] };
const trivy = (changes: object = {}) => ({
  SchemaVersion: 2,
  ArtifactName: image,
  ArtifactType: 'container_image',
  Metadata: metadata,
  Results: found([flaw()]),
  ...changes,
});
const node = { Target: 'Node.js', Class: 'lang-pkgs', Type: 'node-pkg', Packages: [{ Name: 'lodash' }] };
const key = {
  Target: '/key.pem',
  Class: 'secret',
  Secrets: [{ RuleID: 'private-key', Severity: 'HIGH', Title: 'Key' }],
};
const ofOs = (Family: string, Name = '1') => trivy({ Metadata: { ...metadata, OS: { Family, Name } } });

/** Reports of the trivy, and what is wrong with some. */
export const trivyDocuments = documents('trivy', [
  ['one vulnerability', trivy()],
  ...severities.map((Severity): Variant => [`a ${Severity} one`, trivy({ Results: found([flaw({ Severity })]) })]),
  ...[undefined, null, '', 'SEVERE', 'Important'].map(
    (Severity): Variant => [`a severity ${Severity}`, trivy({ Results: found([flaw({ Severity })]) })],
  ),
  ...(
    ['PkgName', 'InstalledVersion', 'FixedVersion', 'Title', 'Layer', 'CVSS', 'PkgIdentifier', 'VendorIDs'] as const
  ).flatMap((field): readonly Variant[] => [
    [`null as ${field}`, trivy({ Results: found([flaw({ [field]: null })]) })],
    [`no ${field}`, trivy({ Results: found([flaw({ [field]: undefined })]) })],
  ]),
  [
    'a vulnerability without id',
    trivy({ Results: found([flaw({ VulnerabilityID: undefined })]) }),
    { refused: 'VulnerabilityID' },
  ],
  [
    'several packages',
    trivy({ Results: found([flaw(), flaw({ PkgName: 'openssl' }), flaw({ VulnerabilityID: 'CVE-2024-2' })]) }),
  ],
  [
    'packages of a language too',
    trivy({ Results: [...found([flaw()]), { ...node, Vulnerabilities: [flaw({ PkgName: 'lodash' })] }] }),
  ],
  ['without its list of packages', trivy({ Results: found([flaw()], { Packages: undefined }) })],
  ['clean, without its list of packages', trivy({ Results: found(undefined, { Packages: undefined }) })],
  ['clean, with its list', trivy({ Results: found(undefined) }), { unproven: 'search' }],
  ['an empty list of vulnerabilities', trivy({ Results: found([]) })],
  ['vulnerabilities null', trivy({ Results: found(null) }), { unproven: 'search' }],
  ['secrets and packages', trivy({ Results: [...found(undefined), key] }), { unproven: 'search' }],
  ['secrets alone', trivy({ Results: [key] }), { unproven: 'search' }],
  ['no results', trivy({ Results: undefined }), { unproven: 'search' }],
  ['results null', trivy({ Results: null }), { unproven: 'search' }],
  [
    'language packages alone',
    trivy({ Results: [{ ...node, Vulnerabilities: [flaw()] }] }),
    { unproven: 'distribution' },
  ],
  ...['fedora', 'arch', 'gentoo', 'nixos'].map(
    (family): Variant => [`of ${family}`, ofOs(family), { unproven: 'distribution' }],
  ),
  ...['alpine', 'ubuntu', 'redhat', 'amazon', 'wolfi', 'cbl-mariner', 'sles', 'opensuse-leap', 'rocky'].map(
    (family): Variant => [`of ${family}`, ofOs(family)],
  ),
  ['by id alone', trivy({ ArtifactName: 'image.tar', Metadata: { ...metadata, RepoDigests: null } })],
  ['by tag', trivy({ ArtifactName: 'r.example/team/app:1' })],
  [
    'of an index, by id',
    trivy({
      ArtifactName: 'r.example/team/app:1',
      Metadata: { ...metadata, RepoDigests: [`r.example/team/app@${other}`] },
    }),
  ],
  [
    'of nothing that is named',
    trivy({ ArtifactName: 'image.tar', Metadata: { OS: metadata.OS } }),
    { unproven: 'image' },
  ],
  ['without metadata', trivy({ ArtifactName: 'r.example/team/app:1', Metadata: undefined }), { unproven: 'image' }],
  [
    'of another digest',
    trivy({ ArtifactName: 'x', Metadata: { ...metadata, ImageID: undefined, RepoDigests: [`a@${other}`] } }),
    { refused: 'is of ' },
  ],
  [
    'of another id',
    trivy({ ArtifactName: 'x', Metadata: { ...metadata, ImageID: other, RepoDigests: [] } }),
    { refused: 'is of ' },
  ],
  ['of a folder', trivy({ ArtifactType: 'filesystem' }), { refused: 'ArtifactType' }],
  ['of schema 1', trivy({ SchemaVersion: 1 }), { refused: 'SchemaVersion' }],
  ['keys that are not known', trivy({ New: { a: 1 }, Results: found([flaw({ Newer: [1] })], { Newest: true }) })],
]);
