import { parseJson } from '../../../core/json.ts';
import { asDigest } from '../../../core/oci/digest.ts';
import { aqua } from '../../../core/scan/adapters/aqua.ts';
import { snyk } from '../../../core/scan/adapters/snyk.ts';
import { twistcli } from '../../../core/scan/adapters/twistcli.ts';
import { readRows } from '../../../core/scan/defender/rows.ts';
import { readCycloneDx } from '../../../core/scan/formats/cyclonedx.ts';
import { readSarif } from '../../../core/scan/formats/sarif.ts';
import { readGrypeReport } from '../../../core/scan/grype/report.ts';
import type { ScanTarget } from '../../../core/scan/scanner.ts';
import { readTrivyReport } from '../../../core/scan/trivy/report.ts';
import { jsonGrowths, type Parser } from '../growth.ts';

const digest = `sha256:${'a'.repeat(64)}` as const;
const known = asDigest(digest);
if (known === undefined) throw new Error('not a digest');
const target: ScanTarget = {
  reference: { registry: 'r.io', repository: 'a', digest: known },
  platform: { os: 'linux', architecture: 'amd64' },
  baseLayers: [known],
};
const of = { tool: 'Scanner', subject: 'r.io/a' };
const purl = 'pkg:deb/debian/a@1?arch=amd64';

function documentRows(text: string): readonly unknown[] {
  try {
    const document = parseJson(text);
    return Array.isArray(document) ? document : [];
  } catch {
    return [];
  }
}

/** Parsers of what scanners say. */
export const scannerParsers: readonly Parser[] = [
  {
    name: 'Trivy',
    sources: ['core/scan/trivy/report.ts', 'core/scan/trivy/other-findings.ts', 'core/scan/document.ts'],
    parse: (text) => readTrivyReport(text, target),
    ...jsonGrowths({
      SchemaVersion: 2,
      ArtifactName: 'a',
      ArtifactType: 'container_image',
      Metadata: {
        OS: { Family: 'debian', Name: '12' },
        ImageID: digest,
        DiffIDs: [digest],
        RepoDigests: [`r.io/a@${digest}`],
        ImageConfig: { architecture: 'amd64', os: 'linux', rootfs: { diff_ids: [digest] } },
      },
      Results: [
        {
          Target: 'a',
          Class: 'os-pkgs',
          Packages: [{ Name: 'a' }],
          Vulnerabilities: [
            {
              VulnerabilityID: 'CVE-1',
              VendorIDs: ['b'],
              PkgName: 'a',
              PkgIdentifier: { PURL: purl },
              InstalledVersion: '1',
              Severity: 'HIGH',
              Title: 't',
              Layer: { DiffID: digest },
              CVSS: { nvd: { V3Score: 9 } },
            },
          ],
        },
      ],
    }),
  },
  {
    name: 'Grype',
    sources: ['core/scan/grype/report.ts'],
    parse: (text) => readGrypeReport(text, target),
    ...jsonGrowths({
      matches: [
        {
          vulnerability: {
            id: 'CVE-1',
            severity: 'High',
            description: 'd',
            cvss: [{ version: '3.1', metrics: { baseScore: 9 } }],
            fix: { versions: ['2'], state: 'fixed' },
          },
          relatedVulnerabilities: [{ id: 'b' }],
          artifact: { name: 'a', version: '1', type: 'deb', locations: [{ path: '/a', layerID: digest }], purl },
        },
      ],
      source: { type: 'image', target: { manifestDigest: digest, repoDigests: [`a@${digest}`], layers: [{ digest }] } },
      distro: { name: 'debian', version: '12' },
      descriptor: { name: 'grype', version: '0.1', db: { status: { built: 'a' } } },
    }),
  },
  {
    name: 'SARIF',
    sources: ['sarif', 'sarif-findings', 'sarif-log', 'sarif-rules']
      .map((name) => `core/scan/formats/${name}.ts`)
      .concat(['core/scan/adapters/scout.ts', 'core/scan/adapters/defender-cli.ts']),
    parse: (text) => readSarif(text, target, of),
    ...jsonGrowths({
      version: '2.1.0',
      runs: [
        {
          tool: {
            driver: {
              name: 'a',
              rules: [
                {
                  id: 'CVE-1',
                  shortDescription: { text: 't' },
                  properties: { purls: [purl, `${purl}2`], 'security-severity': '9' },
                },
              ],
            },
          },
          results: [
            {
              ruleId: 'CVE-1',
              level: 'error',
              message: { text: 'Package: a\nInstalled Version: 1\nSeverity: HIGH' },
              locations: [{ physicalLocation: { artifactLocation: { uri: 'a' } } }],
              properties: { purl },
            },
            { ruleId: 'CVE-1', message: { text: 'a' } },
          ],
          properties: { repoDigests: [`a@${digest}`] },
        },
      ],
    }),
  },
  {
    name: 'CycloneDX of a scanner',
    sources: ['core/scan/formats/cyclonedx.ts'],
    parse: (text) => readCycloneDx(text, target, of),
    ...jsonGrowths({
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      metadata: {
        tools: { components: [{ name: 'a', version: '1' }] },
        component: { 'bom-ref': 'r', name: 'a', purl: `pkg:oci/a@${digest}`, version: digest },
      },
      components: [{ 'bom-ref': 'b', name: 'b', version: '1', purl, components: [{ name: 'c' }] }],
      vulnerabilities: [
        {
          id: 'CVE-1',
          source: { url: 'u' },
          references: [{ id: 'x' }],
          ratings: [{ severity: 'high', score: 9, method: 'CVSSv31' }],
          description: 'd',
          recommendation: 'Upgrade a to version 2',
          affects: [{ ref: 'b', versions: [{ version: '1', status: 'affected' }] }],
        },
      ],
    }),
  },
  {
    name: 'Aqua',
    sources: ['core/scan/adapters/aqua.ts', 'core/scan/adapters/words.ts'],
    parse: (text) => aqua.read(text, target, of),
    ...jsonGrowths({
      image: `a@${digest}`,
      digest,
      os: 'debian',
      resources: [
        {
          resource: { name: 'a', path: '/a', version: '1' },
          vulnerabilities: [{ name: 'CVE-1', description: 'd', aqua_severity: 'high', publish_date: '2026-01-01' }],
        },
      ],
      vulnerability_summary: { total: 0 },
    }),
  },
  {
    name: 'Snyk',
    sources: ['core/scan/adapters/snyk.ts'],
    parse: (text) => snyk.read(text, target, of),
    ...jsonGrowths({
      ok: false,
      vulnerabilities: [
        {
          id: 'S',
          title: 't',
          severity: 'high',
          identifiers: { CVE: ['CVE-1'], GHSA: ['G'] },
          packageName: 'a',
          version: '1',
          fixedIn: ['2'],
        },
      ],
      path: `r.io/a@${digest}`,
      applications: [{ ok: true, vulnerabilities: [], targetFile: 'f' }],
    }),
  },
  {
    name: 'twistcli',
    sources: ['core/scan/adapters/twistcli.ts'],
    parse: (text) => twistcli.read(text, target, of),
    ...jsonGrowths({
      results: [
        {
          id: 'x',
          name: `a@${digest}`,
          digest,
          packages: [{ name: 'a' }],
          vulnerabilities: [
            {
              id: 'CVE-1',
              status: 'fixed in 2',
              severity: 'high',
              packageName: 'a',
              packageVersion: '1',
              publishedDate: '2026-01-01',
            },
          ],
          vulnerabilityDistribution: { total: 1 },
        },
      ],
    }),
  },
  {
    name: 'Defender rows',
    sources: ['core/scan/defender/rows.ts'],
    parse: (text) =>
      readRows(documentRows(text), { registry: 'r.io', repository: 'a', digest: known }, ['linux/amd64'], of),
    ...jsonGrowths([
      {
        properties: {
          status: { code: 'Unhealthy' },
          timeGenerated: '2026-01-01T00:00:00Z',
          additionalData: {
            assessedResourceType: 'AzureContainerRegistryVulnerability',
            artifactDetails: { registryHost: 'r.io', repositoryName: 'a', digest },
            softwareDetails: { packageName: 'a', version: '1', fixedVersion: '2' },
            vulnerabilityDetails: {
              cveId: 'CVE-1',
              severity: 'High',
              cvss: { '3.0': { base: 9 } },
              references: [{ link: 'https://a' }],
            },
          },
        },
      },
    ]),
  },
];
