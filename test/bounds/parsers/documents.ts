import { parseLedger } from '../../../core/baseline/ledger.ts';
import { parseLockFile } from '../../../core/baseline/lock-file.ts';
import { configShape } from '../../../core/config/file-shape.ts';
import { parseImageList } from '../../../core/discover/listed-images.ts';
import { parseFleet } from '../../../core/fleet/fleet-file.ts';
import { parseRun } from '../../../core/fleet/run-file.ts';
import { readGrypeYaml } from '../../../core/gate/ignore/grype-yaml.ts';
import { readTrivyignore } from '../../../core/gate/ignore/trivyignore.ts';
import { readTrivyignoreYaml } from '../../../core/gate/ignore/trivyignore-yaml.ts';
import { readEpss, readKnownExploited } from '../../../core/gate/known.ts';
import { readVexDocument, vexFor } from '../../../core/gate/vex/read.ts';
import { credentialVariables, isRoot } from '../../../core/hardening/configuration.ts';
import { privateKeys } from '../../../core/layers/private-keys.ts';
import { recordIn } from '../../../core/promote/record.ts';
import { parseReport } from '../../../core/report/json.ts';
import { parseHistory } from '../../../core/report/trend.ts';
import { checkShape } from '../../../core/settings/check-shape.ts';
import { parseYaml } from '../../../core/settings/yaml.ts';
import { decodeText } from '../../../core/text/decode.ts';
import { readStructureTests } from '../../../core/validate/structure/read.ts';
import { eachRepeated, jsonGrowths, nestedIn, type Parser, repeated } from '../growth.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const image = { registry: 'r.io', repository: 'a', tag: '1' };
const yamlTokens = [
  ...[
    '- ',
    '-\n',
    'a: b\n',
    'a:\n',
    '  a: b\n',
    ': ',
    '[',
    ']',
    '{',
    '}',
    '[a,',
    '&a ',
    '*a ',
    '*a,',
    '!a ',
    '"',
    "'",
    '|\n',
    '>\n',
  ],
  ...['  ', '\n', '#', '---\n', 'a', '1', '~', '\r', '\t', '\\', '- a\n', '- a: b\n', '? ', '<<: *a\n', '\u0000'],
];
const yamlDepths = [nestedIn('[', ']'), nestedIn('{a: ', '}'), nestedIn('- ', '')];

function vex(text: string) {
  return vexFor(readVexDocument(text, 'a.json'), [image]);
}

const purl = 'pkg:deb/debian/a@1?arch=amd64';

/** Parsers of documents that a run is given, or finds, beside what it builds. */
export const documentParsers: readonly Parser[] = [
  {
    name: 'content and history of images',
    sources: ['core/hardening/configuration.ts', 'core/hardening/files.ts'],
    parse: (text) => {
      const raw = { architecture: 'amd64', os: 'linux', labels: {}, diffIds: [], raw: {} };
      const config = { ...raw, config: { Env: [text], User: text }, history: [{ createdBy: text, emptyLayer: true }] };
      return [credentialVariables(config), isRoot(config, text), privateKeys.in(text)];
    },
    growths: eachRepeated(
      ['A_TOKEN=', 'A=b ', '"', "'", '://a:b', ':', '0', '\n', '-----BEGIN PRIVATE KEY-----\n', 'A: b\n', 'A '],
      ['', 'A_TOKEN=', '-----BEGIN ', '-----BEGIN RSA PRIVATE KEY-----\n', '://'],
    ),
    nested: [],
    tokens: ['A_TOKEN', '=', '"', "'", '://', ':', '@', '0', '\n', '-----BEGIN ', 'PRIVATE KEY-----', '|1 '],
  },
  {
    name: 'text of any encoding',
    sources: ['core/text/decode.ts'],
    parse: (text) => decodeText(Buffer.from(text), 'a'),
    growths: [repeated('\uFEFF'), repeated('a\u0000'), repeated('\u0000a'), repeated('\u001f\u008b')],
    nested: [],
    tokens: ['\uFEFF', '\u0000', 'a', '{', '\n'],
  },
  {
    name: 'configuration',
    sources: ['settings/yaml', 'settings/check-shape', 'settings/file-node', 'settings/value', 'config/file'].map(
      (name) => `core/${name}.ts`,
    ),
    parse: (text) => {
      const node = parseYaml(text, 'a.yml');
      if (node !== undefined) checkShape(node, configShape(), { file: 'a.yml', key: '' });
      return node;
    },
    growths: [
      ...eachRepeated(yamlTokens, ['', 'images:\n', 'include: [', 'engine: "', 'images: [{dockerfile: a}]\n']),
      repeated('- dockerfile: a\n', 'images:\n'),
      repeated('b,', 'include: [', 'b]'),
      { label: 'many keys', of: (size) => Array.from({ length: size / 10 }, (_, at) => `k${at}: a\n`).join('') },
    ],
    nested: yamlDepths,
    tokens: [
      ...yamlTokens,
      'images:\n',
      '- dockerfile: a\n',
      '  image: a\n',
      'gate:\n',
      '  severity-threshold: high\n',
      'include: [a]\n',
      'engine: buildx\n',
    ],
  },
  {
    name: 'lock file',
    sources: ['core/baseline/lock-file.ts'],
    parse: (text) => parseLockFile(text, 'a.json'),
    ...jsonGrowths({ schemaVersion: 1, images: [{ image: 'a:1', digest, bases: [{ reference: 'b:1', digest }] }] }),
  },
  {
    name: 'ledger of bases',
    sources: ['core/baseline/ledger.ts', 'core/update/tag-history.ts'],
    parse: (text) => parseLedger(text),
    ...jsonGrowths({ schemaVersion: 1, bases: { 'a:1': [{ digest, since: '2026-01-01T00:00:00Z' }] } }),
  },
  {
    name: 'record of a promotion',
    sources: ['core/promote/record.ts'],
    parse: (text) => recordIn(text),
    ...jsonGrowths({
      schemaVersion: 1,
      image: 'a:1',
      promotedAt: '2026-01-01T00:00:00Z',
      tags: [{ tag: '1', digest }],
    }),
  },
  {
    name: 'OpenVEX',
    sources: ['read', 'openvex', 'statement', 'accepted', 'identity', 'place', 'image', 'cpe']
      .map((name) => `core/gate/vex/${name}.ts`)
      .concat('core/scan/purl.ts'),
    parse: vex,
    ...jsonGrowths({
      '@context': 'https://openvex.dev/ns/v0.2.0',
      timestamp: '2026-01-01T00:00:00Z',
      statements: [
        {
          vulnerability: { name: 'CVE-1', aliases: ['a', 'b', 'c'] },
          products: [{ '@id': purl, identifiers: { purl }, subcomponents: [{ '@id': purl }] }, purl],
          status: 'not_affected',
          justification: 'a',
        },
      ],
    }),
  },
  {
    name: 'CSAF',
    sources: ['core/gate/vex/csaf.ts'],
    parse: vex,
    ...jsonGrowths({
      document: { category: 'csaf_vex', tracking: { current_release_date: '2026-01-01T00:00:00Z' } },
      product_tree: {
        product_groups: [{ group_id: 'g', product_ids: ['a'] }],
        full_product_names: [{ product_id: 'a', name: 'a', product_identification_helper: { purl } }],
        branches: [{ branches: [{ product: { product_id: 'b', name: 'b' } }] }],
        relationships: [
          {
            category: 'c',
            product_reference: 'a',
            relates_to_product_reference: 'b',
            full_product_name: { product_id: 'c', name: 'c' },
          },
        ],
      },
      vulnerabilities: [
        {
          cve: 'CVE-1',
          ids: [{ text: 'a' }],
          product_status: { known_not_affected: ['a'], known_affected: ['b'] },
          flags: [
            { label: 'l', product_ids: ['a'] },
            { label: 'm', group_ids: ['g'] },
          ],
          threats: [{ category: 'impact', details: 'd', product_ids: ['a'] }],
        },
      ],
    }),
  },
  {
    name: 'CycloneDX VEX',
    sources: ['core/gate/vex/cyclonedx.ts'],
    parse: vex,
    ...jsonGrowths({
      bomFormat: 'CycloneDX',
      metadata: { timestamp: '2026-01-01T00:00:00Z', component: { 'bom-ref': 'a', name: 'a', purl } },
      components: [{ 'bom-ref': 'b', name: 'b', purl }],
      vulnerabilities: [
        {
          id: 'CVE-1',
          analysis: { state: 'not_affected', justification: 'j', detail: 'd' },
          affects: [{ ref: 'urn:cdx:a/1#pkg:deb/a' }],
        },
      ],
    }),
  },
  {
    name: 'list of images',
    sources: ['core/discover/listed-images.ts'],
    parse: (text) => parseImageList(text, 'a'),
    growths: eachRepeated(
      ['a:1\n', ' ', '#\n', '#', ' #', '\n', '\r', '\r\n', 'a', ':', '/', '@', '# a\n', '\t'],
      ['', 'a:1 ', '#'],
    ),
    nested: [],
    tokens: ['a:1', 'ghcr.io/a/b', '@sha256:', ' ', '#', '\n', '\r', 'A', ':', '/'],
  },
  {
    name: '.trivyignore',
    sources: ['core/gate/ignore/trivyignore.ts', 'core/gate/ignore/day.ts'],
    parse: (text) => readTrivyignore(text, 'a'),
    growths: eachRepeated(
      ['CVE-1\n', ' ', '#\n', '#', 'exp:', 'exp:2026-01-01 ', '\n', '\r', 'a', '# a\n', '\t'],
      ['', 'CVE-1 ', '#'],
    ),
    nested: [],
    tokens: ['CVE-1', ' ', '#', 'exp:', '2026-01-01', '2026-02-30', '\n', '\r', 'a'],
  },
  {
    name: '.trivyignore.yaml',
    sources: ['core/gate/ignore/trivyignore-yaml.ts'],
    parse: (text) => readTrivyignoreYaml(text, 'a'),
    growths: [
      ...eachRepeated(yamlTokens, ['vulnerabilities:\n']),
      repeated('- id: a\n', 'vulnerabilities:\n'),
      {
        label: 'paths and purls',
        of: (size) =>
          `vulnerabilities: [{id: a, paths: [${'a,'.repeat(size / 4)}], purls: [${'a,'.repeat(size / 4)}]}]`,
      },
    ],
    nested: yamlDepths,
    tokens: [
      ...yamlTokens,
      'vulnerabilities:\n',
      '- id: a\n',
      '  paths: [a]\n',
      '  purls: [a]\n',
      '  expired_at: 2026-01-01\n',
    ],
  },
  {
    name: '.grype.yaml',
    sources: ['core/gate/ignore/grype-yaml.ts'],
    parse: (text) => readGrypeYaml(text, 'a'),
    growths: [
      ...eachRepeated(yamlTokens, ['ignore:\n']),
      repeated('- vulnerability: a\n', 'ignore:\n'),
      repeated('a', 'ignore: [{package: {name: "', '"}}]'),
    ],
    nested: yamlDepths,
    tokens: [...yamlTokens, 'ignore:\n', '- vulnerability: a\n', '  package: {name: a, version: b}\n'],
  },
  {
    name: 'known exploited vulnerabilities',
    sources: ['core/gate/known.ts'],
    parse: (text) => readKnownExploited(text, 'a'),
    growths: [
      ...jsonGrowths({ vulnerabilities: [{ cveID: 'CVE-2024-1' }] }).growths,
      ...eachRepeated(['CVE-2024-1,\n', '"', 'CVE-', '1', ' ', ',', '\n', '{'], ['', 'CVE-2024-']),
    ],
    nested: jsonGrowths({ vulnerabilities: [{ cveID: 'CVE-2024-1' }] }).nested,
    tokens: ['CVE-2024-1', '"', ',', '\n', '{', '"vulnerabilities"', ':', '[', ']', '}', '"cveID"'],
  },
  {
    name: 'EPSS',
    sources: ['core/gate/known.ts'],
    parse: (text) => readEpss(text, 'a'),
    growths: eachRepeated(
      ['CVE-2024-1,0.5,0.5\n', 'CVE-', '1', ',', '.', 'e', '\n', '\u001f\u008b'],
      ['', 'CVE-2024-1,0.', 'CVE-2024-', '#score_date:', 'CVE-2024-1,0.1,0.'],
    ),
    nested: [],
    tokens: ['CVE-2024-1', ',', '0.5', '1', 'e-9', '\n', '#', '\u001f\u008b'],
  },
  {
    name: 'structure tests',
    sources: ['core/validate/structure/read.ts'],
    parse: (text) => readStructureTests(text, 'a'),
    growths: [
      ...eachRepeated(yamlTokens, ['schemaVersion: 2.0.0\nfileExistenceTests:\n']),
      ...eachRepeated(
        ['a', '(', '[', 'a*', '(a|', '\\\\d', '.{1,9}', '(a*)*'],
        ['schemaVersion: 2.0.0\nfileContentTests: [{name: a, path: b, expectedContents: ["'],
      ),
      ...['a', 'a*', '.', '[a-z]', '(a|b)', 'a{1,9}'].map((token) =>
        repeated(token, 'schemaVersion: 2.0.0\nfileContentTests: [{name: a, path: b, expectedContents: ["', '"]}]'),
      ),
      repeated('- {name: a, path: b}\n', 'schemaVersion: 2.0.0\nfileExistenceTests:\n'),
    ],
    nested: [
      ...yamlDepths,
      nestedIn('(', ')', 'schemaVersion: 2.0.0\nfileContentTests: [{name: a, path: b, expectedContents: ["', '"]}]'),
    ],
    tokens: [
      ...yamlTokens,
      'schemaVersion: 2.0.0\n',
      'fileExistenceTests:\n',
      '- {name: a, path: b}\n',
      'fileContentTests: [{name: a, path: b, expectedContents: ["(a|b)*"]}]\n',
    ],
  },
  {
    name: 'saved report',
    sources: ['core/report/json.ts'],
    parse: (text) => parseReport(text, 'a.json'),
    ...jsonGrowths({ schemaVersion: 1, images: [{ name: 'a', image: 'b' }], totals: {} }),
  },
  {
    name: 'run of a plan',
    sources: ['core/fleet/run-file.ts'],
    parse: (text) => parseRun(text, 'run.json'),
    ...jsonGrowths({ schemaVersion: 1, kind: 'run', images: [{ name: 'a' }], legs: [{ id: '1/1', images: ['a'] }] }),
  },
  {
    name: 'trend of earlier runs',
    sources: ['core/report/trend.ts'],
    parse: (text) => parseHistory(text, 'history.json'),
    ...jsonGrowths({
      schemaVersion: 1,
      runs: [{ at: '2026-12-01T00:00:00Z', command: 'check', images: 1, outcomes: { stale: 1 }, behindMs: null }],
    }),
  },
  {
    name: 'fleet',
    sources: ['core/fleet/fleet-file.ts'],
    parse: (text) => parseFleet(text, 'fleet.yml'),
    growths: eachRepeated(
      [...yamlTokens, 'https://git.example/a/', '- https://git.example/a\n'],
      ['', 'repositories:\n'],
    ),
    nested: yamlDepths,
    tokens: [...yamlTokens, 'repositories:\n', '- https://git.example/a\n', '  ref: main\n'],
  },
];
