import { describe, expect, test } from 'vitest';
import { acceptedByVex } from '../../core/gate/vex/accepted.ts';
import { readVexDocument, vexFor } from '../../core/gate/vex/read.ts';
import type { Digest } from '../../core/oci/digest.ts';
import { parseReference, type Reference, withDigest } from '../../core/oci/reference.ts';
import type { Finding } from '../../core/scan/finding.ts';
import { finding } from '../scan/support.ts';

const digest = `sha256:${'a'.repeat(64)}` as Digest;
const other = `sha256:${'b'.repeat(64)}`;
const image = withDigest(parseReference('ghcr.io/acme/web:1'), digest);

const openssl = 'pkg:deb/debian/openssl@3.0.20?arch=amd64&distro=debian-12.5';
const found = (changes: Partial<Finding['package']> = {}, more: Partial<Finding> = {}): Finding =>
  finding({ id: 'CVE-1', package: { name: 'openssl', purl: openssl, ...changes }, ...more });

function read(documents: readonly object[], references: readonly Reference[] = [image]) {
  const each = documents.map((one, at) => vexFor(readVexDocument(JSON.stringify(one), `${at}.json`), references));
  return { entries: each.flatMap(({ entries }) => entries), notes: each.flatMap(({ notes }) => notes) };
}

function accepts(document: object, on: Finding = found(), references: readonly Reference[] = [image]): boolean {
  return acceptedByVex(read([document], references).entries)(on) !== undefined;
}

const because = { status: 'not_affected', justification: 'vulnerable_code_not_in_execute_path' };
const vex = (...statements: readonly object[]) => ({
  '@context': 'https://openvex.dev/ns/v0.2.0',
  timestamp: '2026-01-01T00:00:00Z',
  statements,
});
const about = (...products: readonly unknown[]) => vex({ vulnerability: { name: 'CVE-1' }, products, ...because });
const encoded = encodeURIComponent(digest);

describe('the image', () => {
  test.each<readonly [string, unknown, boolean]>([
    ['by repository', { '@id': 'pkg:oci/web?repository_url=ghcr.io/acme/web' }, true],
    ['by repository, as the folder', { '@id': 'pkg:oci/web?repository_url=https://ghcr.io/acme/' }, true],
    ['by digest alone', { '@id': `pkg:oci/web@${encoded}` }, true],
    ['by digest and repository', { '@id': `pkg:oci/web@${encoded}?repository_url=ghcr.io/acme/web` }, true],
    ['by another digest', { '@id': `pkg:oci/web@${encodeURIComponent(other)}?repository_url=ghcr.io/acme/web` }, false],
    ['by digest under another name', { '@id': `pkg:oci/api@${encoded}` }, false],
    ['by its tag', { '@id': 'pkg:oci/web?repository_url=ghcr.io/acme/web&tag=1' }, true],
    ['by its tag as version', { '@id': 'pkg:oci/web@1?repository_url=ghcr.io/acme/web' }, true],
    ['by another tag', { '@id': 'pkg:oci/web?repository_url=ghcr.io/acme/web&tag=9.9' }, false],
    ['by name alone', { '@id': 'pkg:oci/web' }, false],
    ['by name and tag alone', { '@id': 'pkg:oci/web?tag=1' }, false],
    ['by the same name elsewhere', { '@id': 'pkg:oci/web?repository_url=ghcr.io/evil/web' }, false],
    ['by a longer name of another', { '@id': 'pkg:oci/web?repository_url=ghcr.io/acme/web/web' }, false],
    ['with a qualifier that is not known', { '@id': 'pkg:oci/web?repository_url=ghcr.io/acme/web&os=x' }, false],
    ['for its architecture', { '@id': `pkg:oci/web@${encoded}?arch=amd64` }, true],
    ['for another architecture', { '@id': `pkg:oci/web@${encoded}?arch=arm64` }, false],
    ['as Docker names one of Docker Hub', { '@id': 'pkg:docker/acme/web@1' }, false],
    ['as Docker names it with its registry', { '@id': 'pkg:docker/acme/web@1?repository_url=ghcr.io' }, true],
    ['as Docker names it by digest', { '@id': `pkg:docker/acme/web@${encoded}` }, true],
    ['as Docker names another by digest', { '@id': `pkg:docker/acme/api@${encoded}` }, false],
    ['by name and digest', { '@id': `ghcr.io/acme/web@${digest}` }, true],
    ['by name, tag and digest', { '@id': `ghcr.io/acme/web:1@${digest}` }, true],
    ['by name, another tag and digest', { '@id': `ghcr.io/acme/web:2@${digest}` }, false],
    ['by another name and digest', { '@id': `ghcr.io/acme/api@${digest}` }, false],
    ['by name and digest in another registry', { '@id': `quay.io/acme/web@${digest}` }, false],
    [
      'by repository, whose name begins with that of a folder',
      { '@id': 'pkg:oci/acme/web?repository_url=ghcr.io' },
      false,
    ],
    ['by a name that is none', { '@id': `ghcr.io/ACME@${digest}` }, false],
    ['by hash', { '@id': 'https://acme.example/web', hashes: { 'sha-256': 'a'.repeat(64) } }, true],
    ['by bare digest', digest, true],
    ['by another hash', { '@id': 'https://acme.example/web', hashes: { 'sha-256': 'b'.repeat(64) } }, false],
    [
      'by repository, with another hash',
      { '@id': 'pkg:oci/web?repository_url=ghcr.io/acme/web', hashes: { 'sha-256': 'b' } },
      false,
    ],
    [
      'by repository, with its hash',
      { '@id': 'pkg:oci/web?repository_url=ghcr.io/acme/web', hashes: { SHA256: digest } },
      true,
    ],
    ['by identifier', { '@id': 'https://acme.example', identifiers: { purl: `pkg:oci/web@${encoded}` } }, true],
    ['by a word', { '@id': 'https://acme.example/web' }, false],
    ['by a CPE', { identifiers: { cpe23: 'cpe:2.3:a:acme:web:1:*:*:*:*:*:*:*' } }, false],
    ['by the CPE of its distribution', 'cpe:/o:debian:debian_linux:12', false],
    ['by nothing', {}, false],
  ])('%s', (_, product, accepted) => {
    expect(accepts(about(product))).toBe(accepted);
  });

  test('is not any of that name where its digest is not known', () => {
    const { tag: _, ...untagged } = image;
    expect(accepts(about(`pkg:oci/web@${encoded}`), found(), [parseReference('ghcr.io/acme/web:1')])).toBe(false);
    expect(accepts(about('pkg:oci/web?repository_url=ghcr.io/acme/web&tag=1'), found(), [untagged])).toBe(false);
    expect(accepts(about(`pkg:oci/web@${encoded}`), found(), [])).toBe(false);
  });

  test('of Docker Hub has several names', () => {
    const hub = [parseReference('debian:12')];
    for (const name of [
      'pkg:docker/debian@12',
      'pkg:oci/debian?repository_url=index.docker.io/library',
      'pkg:oci/debian?repository_url=docker.io/library/debian&tag=12',
    ])
      expect(accepts(about(name), found(), hub)).toBe(true);
    expect(accepts(about('pkg:docker/acme/debian@12'), found(), hub)).toBe(false);
  });
});

const oci = `pkg:oci/web@${encoded}`;
const net = { name: 'golang.org/x/net', purl: 'pkg:golang/golang.org/x/net@v0.10.0' };
const vendor = 'pkg:golang/github.com/aquasecurity/trivy';

describe('packages', () => {
  test.each<readonly [string, unknown, Finding, boolean]>([
    ['a package', 'pkg:deb/debian/openssl', found(), true],
    ['a package of another version', 'pkg:deb/debian/openssl@3.0.21', found(), false],
    ['another package', 'pkg:deb/debian/curl', found(), false],
    ['a package, where the finding has no package URL', 'pkg:deb/debian/openssl', finding({ id: 'CVE-1' }), false],
    ['what is no package URL', 'pkg:', found(), false],
    ['a package of the image', { '@id': oci, subcomponents: [{ '@id': 'pkg:deb/debian/openssl' }] }, found(), true],
    [
      'a package of the image by identifier',
      { '@id': oci, subcomponents: [{ identifiers: { purl: 'pkg:deb/debian/openssl' } }] },
      found(),
      true,
    ],
    ['another package of the image', { '@id': oci, subcomponents: [{ '@id': 'pkg:deb/debian/curl' }] }, found(), false],
    ['something without a name of the image', { '@id': oci, subcomponents: [{}] }, found(), false],
    [
      'a package of another image',
      { '@id': 'pkg:oci/x?repository_url=r.io/x', subcomponents: ['pkg:deb/debian/openssl'] },
      found(),
      false,
    ],
    [
      'a library of a product that is not there',
      { '@id': vendor, subcomponents: [{ '@id': 'pkg:golang/golang.org/x/net' }] },
      found(net),
      false,
    ],
    [
      'a library of a product that holds it',
      { '@id': vendor, subcomponents: [{ '@id': 'pkg:golang/golang.org/x/net' }] },
      found({ ...net, within: [`${vendor}@v0.50.0`] }),
      true,
    ],
    [
      'a library of a product, held by another',
      { '@id': vendor, subcomponents: [{ '@id': 'pkg:golang/golang.org/x/net' }] },
      found({ ...net, within: ['pkg:golang/mine', 'none'] }),
      false,
    ],
  ])('%s', (_, product, on, accepted) => {
    expect(accepts(about(product), on)).toBe(accepted);
  });
});

describe('OpenVEX', () => {
  const product = { products: [{ '@id': oci }] };
  test.each<readonly [string, object, boolean]>([
    ['a vulnerability by its identifier alone', { vulnerability: { '@id': 'CVE-1' }, ...product, ...because }, true],
    [
      'one by an address',
      { vulnerability: { '@id': 'https://nvd.nist.gov/vuln/detail/CVE-1' }, ...product, ...because },
      true,
    ],
    ['one as a text', { vulnerability: 'CVE-1', products: [oci], ...because }, true],
    ['one by an alias', { vulnerability: { name: 'GHSA-1', aliases: ['cve-1'] }, ...product, ...because }, true],
    ['one without a name', { vulnerability: {}, ...product, ...because }, false],
    ['what is fixed', { vulnerability: 'CVE-1', ...product, status: 'fixed' }, true],
    ['what is affected', { vulnerability: 'CVE-1', ...product, status: 'affected' }, false],
    ['what is looked at', { vulnerability: 'CVE-1', ...product, status: 'under_investigation' }, false],
    ['a status that is not known', { vulnerability: 'CVE-1', ...product, status: 'harmless' }, false],
    ['no status', { vulnerability: 'CVE-1', ...product }, false],
    ['what is not affected without saying why', { vulnerability: 'CVE-1', ...product, status: 'not_affected' }, false],
    [
      'what is not affected in words',
      { vulnerability: 'CVE-1', ...product, status: 'not_affected', impact_statement: 'no' },
      true,
    ],
    ['no product', { vulnerability: 'CVE-1', ...because }, false],
    [
      'an optional key that is null',
      { vulnerability: 'CVE-1', ...product, ...because, impact_statement: null, timestamp: null },
      true,
    ],
    [
      'identifiers and hashes that are null',
      {
        vulnerability: { name: 'CVE-1', aliases: null },
        products: [{ '@id': oci, identifiers: { purl: null }, hashes: { 'sha-256': null }, subcomponents: null }],
        ...because,
      },
      true,
    ],
    [
      '0.0.1, with a part of the statement',
      { vulnerability: 'CVE-1', products: [oci], subcomponents: ['pkg:deb/debian/openssl'], ...because },
      true,
    ],
    [
      '0.0.1, with another part of the statement',
      { vulnerability: 'CVE-1', products: [oci], subcomponents: ['pkg:deb/debian/curl'], ...because },
      false,
    ],
  ])('%s', (_, statement, accepted) => {
    expect(accepts(vex(statement))).toBe(accepted);
  });

  test('gives the reason, the package and the document', () => {
    const { entries } = read([about({ '@id': oci, subcomponents: [{ '@id': 'pkg:deb/debian/openssl' }] })]);
    const reason = 'not affected, vulnerable_code_not_in_execute_path';
    expect(acceptedByVex(entries)(found())).toEqual({
      id: 'CVE-1',
      reason,
      source: '0.json',
      purl: 'pkg:deb/debian/openssl',
    });
    expect(acceptedByVex(read([about(oci)]).entries)(found())).toEqual({ id: 'CVE-1', reason, source: '0.json' });
  });

  const harmless = { vulnerability: { name: 'CVE-1' }, products: ['pkg:deb/debian/openssl'], ...because };
  const affected = { vulnerability: { name: 'CVE-1' }, products: ['pkg:deb/debian/openssl'], status: 'affected' };
  const [early, late] = ['2025-01-01T00:00:00Z', '2026-02-01T00:00:00Z'];
  test.each<readonly [string, readonly object[], boolean]>([
    ['a later one takes back', [{ ...affected, timestamp: late }, harmless], false],
    ['a later update takes back', [{ ...affected, last_updated: late, timestamp: early }, harmless], false],
    ['an earlier one does not', [{ ...affected, timestamp: early }, harmless], true],
    ['one of the same time does', [affected, harmless], false],
    ['one of the same time does, in whatever order', [harmless, affected], false],
    ['one without a readable time is of its document', [{ ...affected, timestamp: 'soon' }, harmless], false],
    ['a later one of the image does', [harmless, { ...affected, timestamp: late, products: [oci] }], false],
    [
      'a later one of one version does',
      [harmless, { ...affected, timestamp: late, products: ['pkg:deb/debian/openssl@3.0.20'] }],
      false,
    ],
    [
      'a later one of another version does not',
      [harmless, { ...affected, timestamp: late, products: ['pkg:deb/debian/openssl@9'] }],
      true,
    ],
    [
      'a later one of another image does not',
      [harmless, { ...affected, timestamp: late, products: ['pkg:oci/x?repository_url=r.io/x'] }],
      true,
    ],
    [
      'a later one of nobody knows what does',
      [harmless, { ...affected, timestamp: late, products: [{ '@id': 'https://acme.example' }] }],
      false,
    ],
    [
      'a later one of an unknown part does',
      [harmless, { ...affected, timestamp: late, products: [{ '@id': oci, subcomponents: [{}] }] }],
      false,
    ],
    ['a later one of an alias does', [harmless, { ...affected, timestamp: late, vulnerability: 'GHSA-1' }], false],
    [
      'a later one of another vulnerability does not',
      [harmless, { ...affected, timestamp: late, vulnerability: 'CVE-2' }],
      true,
    ],
    [
      'a later one for another architecture does not',
      [harmless, { ...affected, timestamp: late, products: [`pkg:oci/web@${encoded}?arch=arm64`] }],
      true,
    ],
    [
      'a later one for its architecture does',
      [harmless, { ...affected, timestamp: late, products: [`pkg:oci/web@${encoded}?arch=amd64`] }],
      false,
    ],
    [
      'a later one in a product that may hold it does',
      [
        harmless,
        { ...affected, timestamp: late, products: [{ '@id': vendor, subcomponents: ['pkg:deb/debian/openssl'] }] },
      ],
      false,
    ],
    [
      'a later one accepts again',
      [{ ...affected, timestamp: early }, harmless, { ...harmless, timestamp: late }],
      true,
    ],
  ])('of several statements %s', (_, statements, accepted) => {
    expect(accepts(vex(...statements), found({}, { aliases: ['GHSA-1'] }))).toBe(accepted);
  });

  test('what is taken back of a package is taken back of a finding whose package has no package URL', () => {
    const whole = { ...harmless, products: [oci] };
    const plain = finding({ id: 'CVE-1' });
    expect(accepts(vex(whole), plain)).toBe(true);
    expect(accepts(vex(whole, { ...affected, timestamp: late }), plain)).toBe(false);
  });
});

describe('CycloneDX VEX', () => {
  const component = { 'bom-ref': 'x', name: 'openssl', purl: 'pkg:deb/debian/openssl@3.0.20' };
  const serial = 'f08a6ccd-4dce-4759-bd84-c626675d60a7';
  const bom = (ref: string, changes: object = {}, state: string | undefined = 'not_affected') => ({
    bomFormat: 'CycloneDX',
    serialNumber: `urn:uuid:${serial}`,
    components: [component],
    vulnerabilities: [{ id: 'CVE-1', affects: [{ ref }], analysis: { state, detail: 'why' } }],
    ...changes,
  });
  const subject = (changes: object) => ({ metadata: { component: { 'bom-ref': 'image', name: 'web', ...changes } } });
  const nested = (outer: object) => ({
    components: [{ 'bom-ref': 'p', name: 'p', ...outer, components: [component] }],
  });
  const link = (of: string, fragment: string) => `urn:cdx:${of}/1#${encodeURIComponent(fragment)}`;

  test.each(['not_affected', 'false_positive', 'resolved', 'resolved_with_pedigree'])('%s accepts', (state) => {
    expect(accepts(bom('x', {}, state))).toBe(true);
  });

  test.each(['exploitable', 'in_triage', '', 'fine'])('%j accepts nothing', (state) => {
    expect(accepts(bom('x', {}, state))).toBe(false);
  });

  test.each<readonly [string, object, boolean]>([
    ['a component', bom('x'), true],
    ['a component by its package URL', bom(component.purl), true],
    ['a package URL', bom('pkg:deb/debian/openssl'), true],
    ['a component of the image', bom('x', subject({ purl: oci })), true],
    ['the image', bom('image', subject({ purl: oci })), true],
    ['the image by hash', bom('image', subject({ hashes: [{ alg: 'SHA-256', content: 'a'.repeat(64) }] })), true],
    ['the image by name', bom('image', subject({ name: `ghcr.io/acme/web@${digest}` })), true],
    ['a component of another image', bom('x', subject({ purl: 'pkg:oci/api?repository_url=r.io/api' })), false],
    ['another image', bom('image', subject({ purl: 'pkg:oci/api?repository_url=r.io/api' })), false],
    ['a component of who knows what', bom('x', subject({})), false],
    ['a component of another product', bom('x', subject({ purl: vendor })), false],
    ['a component below one that is only named', bom('x', nested({})), false],
    ['a component below such a one of the image', bom('x', { ...subject({ purl: oci }), ...nested({}) }), false],
    ['a component below a product that does not hold it', bom('x', nested({ purl: vendor })), false],
    ['a component below the described one', bom('x', subject({ purl: oci, components: [component] })), true],
    ['a link to a component of the document', bom(link(serial, 'x')), true],
    ['a link to a package of another document', bom(link('1-2', 'pkg:deb/debian/openssl')), false],
    [
      'a link to a package of another document about the image',
      bom(link('1-2', 'pkg:deb/debian/openssl'), subject({ purl: oci })),
      true,
    ],
    ['a link that is torn', bom('urn:cdx:1-2/1#%', subject({ purl: oci })), false],
    ['nothing known', bom('unknown'), false],
    ['nothing known of the image', bom('unknown', subject({ purl: oci })), false],
    [
      'the vulnerability by a reference',
      {
        ...bom('x'),
        vulnerabilities: [
          { id: 'SNYK-1', references: [{}, { id: 'CVE-1' }], affects: [{ ref: 'x' }], analysis: { state: 'resolved' } },
        ],
      },
      true,
    ],
    ...(
      [
        [[{ version: '3.0.20', status: 'unaffected' }], true],
        [[{ version: '3.0.21', status: 'unaffected' }, { version: '3.0.20' }], false],
        [[{ version: '3.0.20', status: 'affected' }], false],
        [[{ range: 'vers:deb/>=3', status: 'unaffected' }], false],
        [[], true],
        [null, true],
      ] as const
    ).map(([versions, accepted]): readonly [string, object, boolean] => [
      `versions ${JSON.stringify(versions)}`,
      bom('x', {
        components: [{ ...component, purl: 'pkg:deb/debian/openssl' }],
        vulnerabilities: [
          { id: 'CVE-1', affects: [{ ref: 'x', versions }], analysis: { state: 'not_affected', detail: 'why' } },
        ],
      }),
      accepted,
    ]),
    [
      'another version than its component',
      bom('x', {
        vulnerabilities: [
          {
            id: 'CVE-1',
            affects: [{ ref: 'x', versions: [{ version: '3.0.21', status: 'unaffected' }] }],
            analysis: { state: 'resolved' },
          },
        ],
      }),
      false,
    ],
    [
      'versions of what has no package URL',
      bom('x', {
        components: [{ ...component, purl: 'pkg:' }],
        vulnerabilities: [
          {
            id: 'CVE-1',
            affects: [{ ref: 'x', versions: [{ version: '3.0.20', status: 'unaffected' }] }],
            analysis: { state: 'resolved' },
          },
        ],
      }),
      false,
    ],
    [
      'versions of a component of the image',
      bom('x', {
        ...subject({ purl: oci }),
        vulnerabilities: [
          {
            id: 'CVE-1',
            affects: [{ ref: 'x', versions: [{ version: '3.0.20', status: 'unaffected' }] }],
            analysis: { state: 'resolved' },
          },
        ],
      }),
      true,
    ],
    [
      'beside one without a name',
      bom('x', {
        vulnerabilities: [{ affects: [{ ref: 'x' }], analysis: { state: 'resolved' } }, ...bom('x').vulnerabilities],
      }),
      true,
    ],
    ['no state', { ...bom('x'), vulnerabilities: [{ id: 'CVE-1', affects: [{ ref: 'x' }] }] }, false],
    ['no place', { ...bom('x'), vulnerabilities: [{ id: 'CVE-1', analysis: null, affects: null }] }, false],
    [
      'a document with only that',
      { bomFormat: 'CycloneDX', metadata: null, vulnerabilities: bom('pkg:deb/debian/openssl').vulnerabilities },
      true,
    ],
  ])('affects %s', (_, document, accepted) => {
    expect(accepts(document)).toBe(accepted);
  });

  test('what has neither name nor package URL is named by its reference', () => {
    for (const [part, name] of [
      [{ 'bom-ref': 'x' }, 'x'],
      [{ 'bom-ref': 'x', cpe: 'cpe:/a:x:y' }, 'x'],
      [{ 'bom-ref': 'x', hashes: [{ alg: 'MD5', content: 'a' }] }, 'x'],
      [{ 'bom-ref': null, purl: 'pkg:', name: null }, 'x'],
    ] as const)
      expect(read([bom('x', { components: [part] })]).notes.join()).toContain(`such as ${JSON.stringify(name)}`);
    const unnamed = { metadata: { component: {} }, components: [{ purl: 'pkg:deb/debian/openssl' }] };
    expect(read([bom('pkg:deb/debian/openssl', unnamed)]).notes.join()).toContain(
      'such as "a component > pkg:deb/debian/openssl"',
    );
  });

  test('components nested deeper than anybody nests them are found no more', () => {
    let inner: object = component;
    for (let depth = 0; depth < 20; depth += 1) inner = { name: 'n', purl: `pkg:npm/n${depth}`, components: [inner] };
    expect(accepts(bom('x', { components: [inner] }))).toBe(false);
  });
});

describe('CSAF VEX', () => {
  const named = (id: string, helper: object = {}) => ({
    product_id: id,
    name: id,
    product_identification_helper: helper,
  });
  const rhel = 'pkg:rpm/redhat/openssl@3.0.7-27.el9?arch=x86_64&distro=redhat-9.4';
  const onRhel = found({ purl: rhel });
  const csaf = (status: object, more: object = {}) => ({
    document: { category: 'csaf_vex', tracking: { current_release_date: '2026-01-01T00:00:00Z' } },
    product_tree: {
      full_product_names: [
        named('web', { purl: oci }),
        named('hashed', {
          hashes: [{ file_hashes: [{ algorithm: 'sha256', value: 'a'.repeat(64) }], filename: 'web' }],
        }),
        named('el9', { cpe: 'cpe:/o:redhat:enterprise_linux:9' }),
        named('el8', { cpe: 'cpe:/o:redhat:enterprise_linux:8' }),
        named('appstream', { cpe: 'cpe:/a:redhat:enterprise_linux:9::appstream' }),
        named('openshift', { cpe: 'cpe:/a:redhat:openshift:4' }),
        named('words'),
      ],
      branches: [
        { branches: [{ product: named('rpm', { purls: ['pkg:rpm/redhat/openssl@3.0.7-27.el9'] }) }] },
        { product: named('deb', { purl: 'pkg:deb/debian/openssl' }) },
        { product: named('vendor', { purl: vendor }) },
      ],
      relationships: [
        ...[
          ['web', 'deb'],
          ['el9', 'rpm'],
          ['el8', 'rpm'],
          ['appstream', 'rpm'],
          ['openshift', 'rpm'],
          ['openshift', 'web'],
          ['words', 'deb'],
          ['vendor', 'deb'],
          ['web', 'gone'],
          ['gone', 'deb'],
          ['el9', 'deb'],
          ['el9', 'words'],
          ['el9:rpm', 'rpm'],
          ['loop', 'loop'],
        ].map(([host, part]) => ({
          category: 'default_component_of',
          product_reference: part,
          relates_to_product_reference: host,
          full_product_name: named(host === 'loop' ? 'loop' : `${host}:${part}`),
        })),
        {
          category: 'installed_on',
          product_reference: 'gone',
          relates_to_product_reference: 'web',
          full_product_name: named('web:whole', { purl: 'pkg:deb/debian/openssl' }),
        },
        {
          category: 'external_component_of',
          product_reference: 'deb',
          relates_to_product_reference: 'web',
          full_product_name: named('web:outside'),
        },
      ],
    },
    vulnerabilities: [
      {
        cve: 'CVE-1',
        ids: [{ system_name: 's', text: 'RHSA-1' }],
        product_status: status,
        threats: [{ category: 'impact', details: 'none' }],
        ...more,
      },
    ],
  });

  test.each<readonly [string, object, Finding, boolean]>([
    ['a package', { known_not_affected: ['deb'] }, found(), true],
    ['a fixed package', { fixed: ['deb'] }, found(), true],
    ['a package that was first fixed', { first_fixed: ['web:deb'] }, found(), true],
    ['the image', { known_not_affected: ['web'] }, found(), true],
    ['the image by hash', { known_not_affected: ['hashed'] }, found(), true],
    ['the image as a part of a product', { known_not_affected: ['openshift:web'] }, found(), true],
    ['a package of the image, by the name of the whole', { known_not_affected: ['web:whole'] }, found(), true],
    ['a package of a distribution', { known_not_affected: ['el9:rpm'] }, onRhel, true],
    ['a package of a repository of the distribution', { known_not_affected: ['appstream:rpm'] }, onRhel, true],
    ['a package of another version of it', { known_not_affected: ['el8:rpm'] }, onRhel, false],
    ['a package of another product', { known_not_affected: ['openshift:rpm'] }, onRhel, false],
    ['a package of another distribution', { known_not_affected: ['el9:deb'] }, found(), false],
    ['a distribution', { known_not_affected: ['el9'] }, onRhel, false],
    ['something of a distribution', { known_not_affected: ['el9:words'] }, onRhel, false],
    ['a package of who knows what', { known_not_affected: ['words:deb'] }, found(), false],
    ['a package of a product that does not hold it', { known_not_affected: ['vendor:deb'] }, found(), false],
    ['what is not in its tree', { known_not_affected: ['web:gone', 'gone:deb', 'nothing'] }, found(), false],
    ['a relationship that says less', { known_not_affected: ['web:outside'] }, found(), false],
    ['what is a part of itself', { known_not_affected: ['loop'] }, found(), false],
    ['what is affected', { known_affected: ['deb'] }, found(), false],
    ['what is looked at', { under_investigation: ['deb'] }, found(), false],
    ['what is both', { fixed: ['deb'], known_affected: ['deb'] }, found(), false],
    ['what is fixed and affected in the image', { fixed: ['deb'], last_affected: ['web:deb'] }, found(), false],
    [
      'what is affected on another version only',
      { known_not_affected: ['el9:rpm'], known_affected: ['el8:rpm'] },
      onRhel,
      true,
    ],
    [
      'what is affected in another product only',
      { known_not_affected: ['el9:rpm'], known_affected: ['openshift:rpm'] },
      onRhel,
      true,
    ],
    [
      'what is affected as something of the distribution',
      { known_not_affected: ['el9:rpm'], known_affected: ['el9:words'] },
      onRhel,
      false,
    ],
    [
      'what is affected somewhere unknown',
      { known_not_affected: ['deb'], known_affected: ['nothing'] },
      found(),
      false,
    ],
  ])('a status of %s', (_, status, on, accepted) => {
    expect(accepts(csaf(status), on)).toBe(accepted);
  });

  test('is read where what is optional is null or absent', () => {
    const { product_tree: tree, ...document } = csaf({ known_not_affected: ['deb'], fixed: null }, { flags: null });
    const vulnerabilities = [{ cve: 'CVE-2', notes: [] }, ...document.vulnerabilities];
    expect(accepts({ ...document, product_tree: { ...tree, relationships: null }, vulnerabilities })).toBe(true);
  });

  test('names a vulnerability and its places in several ways', () => {
    const document = csaf({ known_not_affected: ['b'] });
    const [vulnerability] = document.vulnerabilities;
    const branches = [
      { product: { product_id: 'b', product_identification_helper: { purl: 'pkg:deb/debian/openssl' } } },
    ];
    const { cve: _, ...unnamed } = { ...vulnerability, cve: '' };
    const other = { ...document, product_tree: { branches }, vulnerabilities: [unnamed] };
    expect(accepts(other, found({}, { id: 'RHSA-1' }))).toBe(true);
    const plain = { ...document, product_tree: { full_product_names: [{ product_id: 'b', name: '' }] } };
    expect(read([plain]).notes.join()).toContain('such as "b"');
  });

  test.each<readonly [string, object, boolean]>([
    ['nothing', {}, false],
    ['a flag of the product', { flags: [{ label: 'component_not_present', product_ids: ['deb'] }] }, true],
    ['a flag of another product', { flags: [{ label: 'component_not_present', product_ids: ['rpm'] }] }, false],
    ['a flag of a group with the product', { flags: [{ label: 'component_not_present', group_ids: ['ours'] }] }, true],
    ['a flag of a group without it', { flags: [{ label: 'component_not_present', group_ids: ['theirs'] }] }, false],
    ['a flag of an unknown group', { flags: [{ label: 'component_not_present', group_ids: ['gone'] }] }, false],
    ['a flag of no word', { flags: [{ label: ' ', product_ids: ['deb'] }] }, false],
    ['an impact of a group', { threats: [{ category: 'impact', details: 'no way', group_ids: ['ours'] }] }, true],
    ['an impact of all', { threats: [{ category: 'impact', details: 'no way' }] }, true],
    ['an impact without words', { threats: [{ category: 'impact', details: '' }] }, false],
    ['another threat', { threats: [{ category: 'exploit_status', details: 'no way' }] }, false],
  ])('what is not affected because of %s', (_, why, accepted) => {
    const document = csaf({ known_not_affected: ['deb'] }, { threats: null, ...why });
    const groups = [
      { group_id: 'theirs', product_ids: ['rpm'] },
      { group_id: 'ours', product_ids: ['web', 'deb', 'deb'] },
    ];
    const tree = { ...document.product_tree, product_groups: groups };
    expect(accepts({ ...document, product_tree: tree })).toBe(accepted);
  });

  test('takes flags and impacts of the product as reason, and other names of the vulnerability', () => {
    const flags = [
      { label: 'component_not_present', product_ids: ['deb'] },
      { label: 'inline_mitigations_already_exist', product_ids: ['web'] },
    ];
    const threats = [
      { category: 'impact', details: 'Nothing happens.' },
      { category: 'target_set', details: 'not this' },
    ];
    const { entries } = read([csaf({ known_not_affected: ['deb'] }, { flags, threats })]);
    expect(acceptedByVex(entries)(found({}, { id: 'RHSA-1' }))).toEqual({
      id: 'CVE-1',
      reason: 'not affected, component_not_present, Nothing happens.',
      source: '0.json',
      purl: 'pkg:deb/debian/openssl',
    });
  });
});

test.each<readonly [string, string, boolean]>([
  ['cpe:/o:redhat:enterprise_linux', 'distro=redhat-9.4', true],
  ['cpe:2.3:o:redhat:enterprise_linux:9:*:*:*:*:*:*:*', 'distro=rhel-9.4', true],
  ['cpe:2.3:o:redhat:enterprise_linux:*:*:*:*:*:*:*:*', 'distro=9', true],
  ['cpe:/o:redhat:enterprise_linux:9', 'distro=redhat-9', true],
  ['cpe:/o:redhat:enterprise_linux:9', 'distro=redhat-90', false],
  ['cpe:/o:redhat:enterprise_linux:9', 'distro=fedora-9', false],
  ['cpe:/o:redhat:enterprise_linux:9', 'arch=x86_64', false],
  ['cpe:/o:redhat:enterprise_linux', 'distro=redhat', true],
  ['cpe:/h:redhat:enterprise_linux', 'distro=redhat-9.4', false],
  ['cpe:/o:redhat:__proto__:9', 'distro=redhat-9', false],
])('the distribution %s of a package with %s: %s', (cpe, qualifiers, accepted) => {
  const part = [{ '@id': 'pkg:rpm/redhat/openssl' }];
  const document = about({ identifiers: { cpe22: cpe }, subcomponents: part });
  expect(accepts(document, found({ purl: `pkg:rpm/redhat/openssl@1?${qualifiers}` }))).toBe(accepted);
});

test.each([
  ['{', 'app.vex.json: is not whole JSON'],
  ['[]', 'app.vex.json: is not a VEX document'],
  ['1', 'app.vex.json: is not a VEX document'],
  ['{"spdxVersion":"SPDX-2.3"}', 'app.vex.json: is not a VEX document'],
  ['{"@context":"https://openvex.dev/ns"}', 'app.vex.json: is not valid OpenVEX at statements'],
  ['{"bomFormat":"CycloneDX"}', 'app.vex.json: is not valid CycloneDX at vulnerabilities'],
  ['{"document":{"category":"csaf_security_advisory"}}', 'app.vex.json: is not valid CSAF at document.category'],
])('%j is a configuration error', (text, sentence) => {
  expect(() => readVexDocument(text, 'app.vex.json')).toThrow(sentence);
});

describe('what is said of a document', () => {
  test('is nothing where all of it may count', () => {
    expect(read([about(oci, 'pkg:deb/debian/openssl'), vex()]).notes).toEqual([]);
  });

  test('is one line, however many statements do not', () => {
    const products = [{ '@id': 'https://acme.example/web' }, 'pkg:oci/x', 'pkg:oci/y', oci];
    expect(read([about(...products)]).notes).toEqual([
      '0.json: of 4 statements 2 about other products are not applied, such as "pkg:oci/x", and 1 whose product is identified by nothing that can be compared accept nothing, such as "https://acme.example/web"',
    ]);
    expect(read([about('pkg:oci/x', oci)]).notes).toEqual([
      '0.json: of 2 statements 1 about other products are not applied, such as "pkg:oci/x"',
    ]);
    expect(read([{ bomFormat: 'CycloneDX', vulnerabilities: [unnamed] }]).notes).toEqual([
      '0.json: of 1 statements 1 whose product is identified by nothing that can be compared accept nothing, such as "x"',
    ]);
  });

  const unnamed = { id: 'CVE-1', affects: [{ ref: 'x' }], analysis: { state: 'false_positive' } };

  test('has a bound, however many reasons each of its products has', () => {
    const ids = Array.from({ length: 400 }, (_, at) => `p${at}`);
    const document = {
      document: { category: 'csaf_vex' },
      product_tree: { product_groups: [{ group_id: 'g', product_ids: ids }] },
      vulnerabilities: [
        {
          cve: 'CVE-1',
          product_status: { known_not_affected: ids },
          flags: ids.map((label) => ({ label, group_ids: ['g'] })),
        },
      ],
    };
    expect(() => read([document])).toThrow('comes to more than 100000 statements about products');
  });
});

describe('several documents', () => {
  const at = (timestamp: string | undefined, status: 'not_affected' | 'affected') => ({
    ...vex({
      vulnerability: 'CVE-1',
      products: ['pkg:deb/debian/openssl'],
      ...(status === 'affected' ? { status } : because),
    }),
    timestamp,
  });
  const [november1, november15] = ['2026-11-01T00:00:00Z', '2026-11-15T00:00:00Z'];
  const bom = (timestamp: string) => ({
    bomFormat: 'CycloneDX',
    metadata: { timestamp },
    vulnerabilities: [
      { id: 'CVE-1', affects: [{ ref: 'pkg:deb/debian/openssl' }], analysis: { state: 'exploitable' } },
    ],
  });
  const csaf = (timestamp: string) => ({
    document: { category: 'csaf_vex', tracking: { current_release_date: timestamp } },
    product_tree: {
      full_product_names: [{ product_id: 'a', product_identification_helper: { purl: 'pkg:deb/debian/openssl' } }],
    },
    vulnerabilities: [{ cve: 'CVE-1', product_status: { known_affected: ['a'] } }],
  });

  test.each<readonly [string, object, object, boolean]>([
    ['the later takes back', at(november1, 'not_affected'), at(november15, 'affected'), false],
    ['the later accepts', at(november1, 'affected'), at(november15, 'not_affected'), true],
    ['what has no date takes back', at(november15, 'not_affected'), at(undefined, 'affected'), false],
    ['what has no date accepts nothing taken back', at(november1, 'affected'), at(undefined, 'not_affected'), false],
    [
      'what has an unreadable date accepts nothing taken back',
      at(november1, 'affected'),
      at('soon', 'not_affected'),
      false,
    ],
    [
      'what was updated later accepts',
      at(november1, 'affected'),
      { ...at(undefined, 'not_affected'), last_updated: november15 },
      true,
    ],
    ['CycloneDX says when', at(november1, 'not_affected'), bom(november15), false],
    ['CycloneDX says that it is older', at(november15, 'not_affected'), bom(november1), true],
    ['CSAF says when', at(november1, 'not_affected'), csaf(november15), false],
    ['CSAF says that it is older', at(november15, 'not_affected'), csaf(november1), true],
    [
      'what has a date of another kind has none',
      at(november1, 'affected'),
      { ...at(november15, 'not_affected'), metadata: 1 },
      false,
    ],
  ])('%s, in whatever order they are read', (_, one, another, accepted) => {
    for (const documents of [
      [one, another],
      [another, one],
    ])
      expect(acceptedByVex(read(documents).entries)(found()) !== undefined).toBe(accepted);
  });
});

describe('an image that has several names', () => {
  const elsewhere = withDigest(parseReference('quay.io/acme/web:1'), other as Digest);

  test('is named by the digest of any of them', () => {
    const hashes = { 'sha-256': 'b'.repeat(64) };
    expect(accepts(about({ '@id': 'https://acme.example/web', hashes }), found(), [image, elsewhere])).toBe(true);
    expect(accepts(about({ '@id': 'https://acme.example/web', hashes }), found(), [image])).toBe(false);
  });

  test('is on Docker Hub by any of its addresses, with nothing behind them too', () => {
    const hub = [parseReference('debian:12')];
    for (const url of ['docker.io/library', 'index.docker.io/library/', 'https://registry-1.docker.io/library'])
      expect(accepts(about(`pkg:oci/debian?repository_url=${url}`), found(), hub), url).toBe(true);
    expect(accepts(about('pkg:docker/library/debian@12?repository_url=index.docker.io'), found(), hub)).toBe(true);
    expect(accepts(about('pkg:oci/debian?repository_url=mydocker.io/library'), found(), hub)).toBe(false);
  });
});

describe('a statement for one architecture', () => {
  const one = (status: object, time: string) => ({
    vulnerability: { name: 'CVE-1' },
    products: [`pkg:oci/web@${encoded}?arch=arm64`],
    timestamp: time,
    ...status,
  });
  const both = found({}, { platforms: ['linux/amd64', 'linux/arm64'] });
  const arm = found({}, { platforms: ['linux/arm64'] });

  test('accepts only what is found on it alone, and takes back what is found on it among others', () => {
    const early = '2026-01-01T00:00:00Z';
    expect(accepts(vex(one(because, early)), arm)).toBe(true);
    expect(accepts(vex(one(because, early)), both)).toBe(false);
    const whole = {
      vulnerability: { name: 'CVE-1' },
      products: [`pkg:oci/web@${encoded}`],
      timestamp: early,
      ...because,
    };
    const takenBack = one({ status: 'affected', action_statement: 'update' }, '2026-02-01T00:00:00Z');
    expect(accepts(vex(whole), both)).toBe(true);
    expect(accepts(vex(whole, takenBack), both)).toBe(false);
    expect(accepts(vex(whole, takenBack), found({}, { platforms: ['linux/amd64'] }))).toBe(true);
  });
});
