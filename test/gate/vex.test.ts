import { describe, expect, test } from 'vitest';
import { exceptionsIn, readVexDocument } from '../../core/gate/vex/read.ts';
import type { Digest } from '../../core/oci/digest.ts';
import { parseReference, withDigest } from '../../core/oci/reference.ts';

const digest = `sha256:${'a'.repeat(64)}` as Digest;
const image = withDigest(parseReference('ghcr.io/acme/web:1'), digest);

const openVex = { '@context': 'https://openvex.dev/ns', statements: [] };
const csaf = { document: { category: 'csaf_vex' }, product_tree: {}, vulnerabilities: [] };

function read(document: object) {
  return exceptionsIn([readVexDocument(JSON.stringify(document), 'app.vex.json')], image);
}

describe('OpenVEX', () => {
  const vex = (...statements: readonly object[]) => ({
    '@context': 'https://openvex.dev/ns/v0.2.0',
    '@id': 'https://acme.example/vex/1',
    author: 'Acme',
    timestamp: '2026-01-01T00:00:00Z',
    version: 1,
    statements,
  });
  const because = { status: 'not_affected', justification: 'vulnerable_code_not_in_execute_path' };
  const reason = 'not affected, vulnerable_code_not_in_execute_path';
  const source = 'app.vex.json';
  const oci = 'pkg:oci/web?repository_url=ghcr.io/acme/web';
  const openssl = 'pkg:deb/debian/openssl';

  test.each<readonly [string, object, readonly object[]]>([
    [
      'a package',
      { vulnerability: { name: 'CVE-1' }, products: [{ '@id': openssl }], ...because },
      [{ id: 'CVE-1', reason, source, purl: openssl }],
    ],
    [
      'a vulnerability with aliases, fixed',
      { vulnerability: { name: 'CVE-1', aliases: ['GHSA-1'] }, products: [{ '@id': openssl }], status: 'fixed' },
      [
        { id: 'CVE-1', reason: 'fixed', source, purl: openssl },
        { id: 'GHSA-1', reason: 'fixed', source, purl: openssl },
      ],
    ],
    [
      'the image',
      { vulnerability: { name: 'CVE-1' }, products: [{ '@id': oci }], ...because },
      [{ id: 'CVE-1', reason, source }],
    ],
    [
      'a package of the image',
      {
        vulnerability: { name: 'CVE-1' },
        products: [
          { '@id': 'https://acme.example/web', identifiers: { purl: oci }, subcomponents: [{ '@id': openssl }] },
        ],
        ...because,
      },
      [{ id: 'CVE-1', reason, source, purl: openssl }],
    ],
    [
      'the image by its digest',
      { vulnerability: 'CVE-1', products: [`pkg:oci/web@${encodeURIComponent(digest)}`], ...because },
      [{ id: 'CVE-1', reason, source }],
    ],
    [
      'another digest of the image',
      { vulnerability: 'CVE-1', products: [`pkg:oci/web@sha256%3A${'b'.repeat(64)}`], ...because },
      [],
    ],
    ['another image', { vulnerability: 'CVE-1', products: ['pkg:oci/api'], ...because }, []],
    [
      'the same name elsewhere',
      { vulnerability: 'CVE-1', products: ['pkg:oci/web?repository_url=ghcr.io/evil/web'], ...because },
      [],
    ],
    [
      'the folder of the image',
      { vulnerability: 'CVE-1', products: ['pkg:oci/web?repository_url=https://ghcr.io/acme/'], ...because },
      [{ id: 'CVE-1', reason, source }],
    ],
    [
      'an image as Docker names it',
      { vulnerability: 'CVE-1', products: ['pkg:docker/acme/web@1'], ...because },
      [{ id: 'CVE-1', reason, source }],
    ],
    [
      'an image of Docker Hub by its short name',
      { vulnerability: 'CVE-1', products: ['pkg:docker/web@1'], ...because },
      [],
    ],
    ['what is affected', { vulnerability: 'CVE-1', products: [openssl], status: 'affected' }, []],
    ['what is looked at', { vulnerability: 'CVE-1', products: [openssl], status: 'under_investigation' }, []],
    [
      'what is not affected without saying why',
      { vulnerability: 'CVE-1', products: [openssl], status: 'not_affected' },
      [],
    ],
    [
      'what is not affected in words',
      { vulnerability: 'CVE-1', products: [openssl], status: 'not_affected', impact_statement: 'not used' },
      [{ id: 'CVE-1', reason: 'not affected, not used', source, purl: openssl }],
    ],
    ['no product', { vulnerability: 'CVE-1', ...because }, []],
  ])('a statement on %s', (_, statement, exceptions) => {
    expect(read(vex(statement))).toEqual({ exceptions, skipped: [] });
  });

  const harmless = {
    vulnerability: { name: 'CVE-1' },
    products: [{ '@id': oci, subcomponents: [{ '@id': openssl }] }],
    ...because,
  };
  const affected = { ...harmless, status: 'affected', timestamp: '2026-02-01T00:00:00Z' };
  test.each([
    ['a later one of the same takes it back', [affected, harmless], 0],
    ['an earlier one does not', [{ ...affected, timestamp: '2025-01-01T00:00:00Z' }, harmless], 1],
    ['a later one of the whole image takes it back', [harmless, { ...affected, products: [{ '@id': oci }] }], 0],
    ['a later one of another package does not', [harmless, { ...affected, products: [{ '@id': 'pkg:npm/x' }] }], 1],
    ['said twice it counts once', [harmless, { ...harmless, timestamp: '2026-02-01T00:00:00Z' }], 1],
  ])('of two statements %s', (_, statements, count) => {
    expect(read(vex(...statements)).exceptions).toHaveLength(count);
  });

  test('an image-wide statement accepts nothing where the image is not known', () => {
    const document = JSON.stringify(vex({ vulnerability: 'CVE-1', products: [oci], ...because }));
    expect(exceptionsIn([readVexDocument(document, 'app.vex.json')], undefined).exceptions).toEqual([]);
  });

  test('says what it cannot take over', () => {
    const odd = {
      vulnerability: 'CVE-1',
      products: [{ '@id': 'https://acme.example/web' }, { '@id': oci, subcomponents: [{}] }],
    };
    expect(read(vex({ ...odd, ...because }))).toEqual({
      exceptions: [],
      skipped: [
        'app.vex.json: https://acme.example/web is identified by no package URL, so what is said of it in CVE-1 accepts nothing',
        'app.vex.json:  is not a package URL, so what is said of it in CVE-1 accepts nothing',
      ],
    });
  });
});

describe('CycloneDX VEX', () => {
  const vex = (state: string | undefined, ref: string, component: object | undefined = undefined) => ({
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    ...(component === undefined ? {} : { metadata: { component } }),
    components: [{ 'bom-ref': 'x', name: 'openssl', purl: 'pkg:deb/debian/openssl@3.0.20' }],
    vulnerabilities: [
      { id: 'CVE-1', affects: [{ ref }], ...(state === undefined ? {} : { analysis: { state, detail: 'why' } }) },
    ],
  });
  const openssl = 'pkg:deb/debian/openssl@3.0.20';
  const oci = { 'bom-ref': 'image', name: 'web', purl: 'pkg:oci/web' };

  test.each([
    ['not_affected', 'not affected, why'],
    ['false_positive', 'false positive, why'],
    ['resolved', 'resolved, why'],
    ['resolved_with_pedigree', 'resolved with pedigree, why'],
  ])('%s is an exception', (state, reason) => {
    const exceptions = [{ id: 'CVE-1', reason, source: 'app.vex.json', purl: openssl }];
    expect(read(vex(state, 'x'))).toEqual({ exceptions, skipped: [] });
  });

  test.each(['exploitable', 'in_triage', '', undefined])('%s is none', (state) => {
    expect(read(vex(state, 'x'))).toEqual({ exceptions: [], skipped: [] });
  });

  test.each([
    ['a package URL', openssl, undefined, [openssl]],
    [
      'a BOM-Link',
      `urn:cdx:f08a6ccd-4dce-4759-bd84-c626675d60a7/1#${encodeURIComponent(openssl)}`,
      undefined,
      [openssl],
    ],
    ['a component of the image', 'x', oci, [openssl]],
    ['the image', 'image', oci, [undefined]],
    ['a component of another image', 'x', { ...oci, purl: 'pkg:oci/api' }, []],
    ['another image', 'image', { ...oci, purl: 'pkg:oci/api' }, []],
  ])('affects %s', (_, ref, component, purls) => {
    const { exceptions, skipped } = read(vex('not_affected', ref, component));
    expect(exceptions.map(({ purl }) => purl)).toEqual(purls);
    expect(skipped).toEqual([]);
  });

  test.each([
    ['unknown', undefined],
    ['unknown', oci],
  ])('what refers to nothing known accepts nothing', (ref, component) => {
    const { exceptions, skipped } = read(vex('not_affected', ref, component));
    expect(exceptions).toEqual([]);
    expect(skipped).toHaveLength(1);
  });
});

describe('CSAF VEX', () => {
  const named = (id: string, purl?: string) => ({
    product_id: id,
    name: id,
    ...(purl === undefined ? {} : { product_identification_helper: { purl } }),
  });
  const openssl = 'pkg:rpm/redhat/openssl@3.0.7-1.el9';
  const vex = (status: object, more: object = {}) => ({
    document: { category: 'csaf_vex', csaf_version: '2.0', title: 'x' },
    product_tree: {
      full_product_names: [named('web', 'pkg:oci/web'), named('el9')],
      branches: [
        {
          category: 'vendor',
          name: 'v',
          branches: [{ category: 'product_version', name: 'p', product: named('openssl', openssl) }],
        },
      ],
      relationships: [
        ['web', 'openssl'],
        ['el9', 'openssl'],
        ['web', 'gone'],
      ].map(([whole, part]) => ({
        category: 'default_component_of',
        product_reference: part,
        relates_to_product_reference: whole,
        full_product_name: named(`${whole}:${part}`),
      })),
    },
    vulnerabilities: [{ cve: 'CVE-1', ids: [{ system_name: 's', text: 'RHSA-1' }], product_status: status, ...more }],
  });

  test.each<readonly [string, object, readonly (string | undefined)[], number]>([
    ['a package', { known_not_affected: ['openssl'] }, [openssl, openssl], 0],
    ['a fixed package', { fixed: ['openssl'] }, [openssl, openssl], 0],
    ['a package of the image', { first_fixed: ['web:openssl'] }, [openssl, openssl], 0],
    ['the image', { known_not_affected: ['web'] }, [undefined, undefined], 0],
    ['a package of a distribution without a package URL', { known_not_affected: ['el9:openssl'] }, [], 2],
    ['a package that is not in its tree', { known_not_affected: ['web:gone', 'nothing'] }, [], 4],
    ['what is affected', { known_affected: ['openssl'] }, [], 0],
    ['what is looked at', { under_investigation: ['openssl'] }, [], 0],
    ['what is both', { fixed: ['openssl'], known_affected: ['openssl'] }, [], 0],
  ])('a status of %s', (_, status, purls, skipped) => {
    const vexRead = read(vex(status));
    expect(vexRead.exceptions.map(({ purl }) => purl)).toEqual(purls);
    expect(vexRead.skipped).toHaveLength(skipped);
  });

  test('takes flags and impacts of the product as reason', () => {
    const flags = [
      { label: 'component_not_present', product_ids: ['openssl'] },
      { label: 'inline_mitigations_already_exist', product_ids: ['web'] },
    ];
    const threats = [
      { category: 'impact', details: 'Nothing happens.' },
      { category: 'target_set', details: 'not this' },
    ];
    const { exceptions } = read(vex({ known_not_affected: ['openssl'] }, { flags, threats }));
    expect(exceptions[0]).toEqual({
      id: 'CVE-1',
      reason: 'not affected, component_not_present, Nothing happens.',
      source: 'app.vex.json',
      purl: openssl,
    });
    expect(exceptions[1]?.id).toBe('RHSA-1');
  });
});

test.each([
  ['{', 'app.vex.json: is not whole JSON'],
  ['[]', 'app.vex.json: is not a VEX document'],
  ['{"spdxVersion":"SPDX-2.3"}', 'app.vex.json: is not a VEX document'],
  ['{"@context":"https://openvex.dev/ns"}', 'app.vex.json: is not valid OpenVEX at statements'],
  ['{"bomFormat":"CycloneDX"}', 'app.vex.json: is not valid CycloneDX at vulnerabilities'],
  ['{"document":{"category":"csaf_security_advisory"}}', 'app.vex.json: is not valid CSAF at document.category'],
])('%j is a configuration error', (text, sentence) => {
  expect(() => readVexDocument(text, 'app.vex.json')).toThrow(sentence);
});

test.each<readonly [string, object, string | undefined]>([
  [
    'OpenVEX, when it was last updated',
    { ...openVex, last_updated: '2026-11-02', timestamp: '2026-11-01' },
    '2026-11-02',
  ],
  ['OpenVEX', { ...openVex, timestamp: '2026-11-01' }, '2026-11-01'],
  ['CycloneDX', { bomFormat: 'CycloneDX', vulnerabilities: [], metadata: { timestamp: '2026-11-03' } }, '2026-11-03'],
  ['CSAF', { ...csaf, document: { ...csaf.document, tracking: { current_release_date: '2026-11-04' } } }, '2026-11-04'],
  ['no date', openVex, undefined],
  ['a date of another kind', { ...openVex, timestamp: 'soon' }, undefined],
  ['a date that is no text', { ...openVex, timestamp: '2026-11-01', metadata: 1 }, undefined],
])('the date of %s', (_, document, day) => {
  const { at } = readVexDocument(JSON.stringify(document), 'app.vex.json');
  expect(at).toBe(day === undefined ? undefined : Date.parse(day));
});

describe('several documents', () => {
  const at = (timestamp: string | undefined, status: 'not_affected' | 'affected', file: string) =>
    readVexDocument(
      JSON.stringify({
        '@context': 'https://openvex.dev/ns/v0.2.0',
        ...(timestamp === undefined ? {} : { timestamp }),
        statements: [
          {
            vulnerability: { name: 'CVE-2026-1' },
            products: [{ '@id': 'pkg:deb/debian/openssl@3.0.20' }],
            status,
            ...(status === 'affected' ? {} : { justification: 'component_not_present' }),
          },
        ],
      }),
      file,
    );
  const [november1, november15] = ['2026-11-01T00:00:00Z', '2026-11-15T00:00:00Z'];

  test.each([
    ['the later takes back', at(november1, 'not_affected', 'a'), at(november15, 'affected', 'b'), []],
    ['the later accepts', at(november1, 'affected', 'a'), at(november15, 'not_affected', 'b'), ['b']],
    ['what has no date takes back', at(november15, 'not_affected', 'a'), at(undefined, 'affected', 'b'), []],
    [
      'what has no date accepts nothing taken back',
      at(november1, 'affected', 'a'),
      at(undefined, 'not_affected', 'b'),
      [],
    ],
  ])('%s, in whatever order they are read', (_, one, other, sources) => {
    for (const documents of [
      [one, other],
      [other, one],
    ]) {
      expect(exceptionsIn(documents, undefined).exceptions.map(({ source }) => source)).toEqual(sources);
    }
  });
});
