import { describe, expect, test } from 'vitest';
import { readCycloneDx } from '../../core/scan/formats/cyclonedx.ts';
import { readSarif } from '../../core/scan/formats/sarif.ts';
import { changed, fixture, type Path, targetOf } from './support.ts';

const target = targetOf(fixture('debian'));
const of = { tool: 'scan', subject: 'image' };
const elsewhere = `registry.example:5000/library/debian@sha256:${'0'.repeat(64)}`;

describe('SARIF', () => {
  const report = fixture('debian.sarif');
  const run: Path = ['runs', 0];

  test("takes the scanner's own word for the severity before scores and levels", () => {
    const { findings } = readSarif(report, target, of);
    expect(findings.find(({ id }) => id === 'CVE-2026-75803')).toEqual({
      id: 'CVE-2026-75803',
      aliases: [],
      title: 'openssl: AEAD forgeries with empty ciphertext',
      url: 'https://avd.aquasec.com/nvd/cve-2026-75803',
      package: { name: 'libssl3', path: 'library/debian' },
      installed: '3.0.20-1~deb12u2',
      fixed: '3.0.22-1~deb12u1',
      severity: 'critical',
      score: 9.5,
      owner: 'unknown',
      platforms: ['linux/amd64'],
    });
  });

  const plain = (result: object, rules: readonly object[] = []) =>
    JSON.stringify({ version: '2.1.0', runs: [{ tool: { driver: { name: 'scan', rules } }, results: [result] }] });
  const message = { text: 'a flaw\nin something' };

  test.each([
    [{ properties: { 'security-severity': '9.1' } }, 'critical'],
    [{ properties: { 'security-severity': '7.0' } }, 'high'],
    [{ properties: { 'security-severity': '4' } }, 'medium'],
    [{ properties: { 'security-severity': '0.1' }, level: 'error' }, 'low'],
    [{ properties: { 'security-severity': '0.0' } }, 'negligible'],
    [{ properties: { 'security-severity': '11' }, level: 'error' }, 'high'],
    [{ level: 'error' }, 'high'],
    [{ level: 'warning' }, 'medium'],
    [{ level: 'note' }, 'low'],
    [{ level: 'none' }, 'unknown'],
    [{}, 'medium'],
    [{ level: 'loud' }, 'unknown'],
    [{ ruleIndex: 0 }, 'medium'],
    [{ rule: { index: 1 } }, 'high'],
    [{ rule: { id: 'CVE-3' } }, 'high'],
  ])('a result %o is %s', (result, severity) => {
    const rules = [
      { id: 'CVE-2', defaultConfiguration: { level: 'warning' } },
      { id: 'CVE-3', properties: { 'security-severity': '8.1' } },
    ];
    const [finding] = readSarif(plain({ ...result, message }, rules), target, of).findings;
    expect(finding?.severity).toBe(severity);
  });

  test.each<readonly [string, object, object, string | null | undefined]>([
    ['nothing', {}, {}, null],
    ['a line with a version', { message: { text: 'Fixed Version: 2' } }, {}, '2'],
    ['a line without a version', { message: { text: 'Package: x\nFixed Version: \nLink: y' } }, {}, undefined],
    ['a line that says that there is none', { message: { text: 'Fixed version : not fixed' } }, {}, undefined],
    ['a line that says that it is unknown', { message: { text: 'Fixed version: unknown' } }, {}, null],
    ['help with a version', {}, { help: { text: 'Fix Version: 3' } }, '3'],
    ['help without a version', {}, { help: { text: 'Version: 1\nFix Version:\nType: npm' } }, undefined],
    ['a property that is empty', {}, { properties: { fixed_version: '' } }, undefined],
    ['a property', {}, { properties: { fixed_version: '4' } }, '4'],
    ['help of Snyk, which is of something else', {}, { help: { text: '', markdown: '# Overview' } }, null],
  ])('of a fix a result with %s says so', (_, result, rule, fixed) => {
    const [found] = readSarif(
      plain({ ruleId: 'CVE-1', message, ...result }, [{ id: 'CVE-1', ...rule }]),
      target,
      of,
    ).findings;
    expect(found?.fixed).toBe(fixed);
  });

  test('finds the package in a package URL, then in the place, and never drops a result', () => {
    const purl = 'pkg:maven/org.apache/log4j@2.14';
    const places = [{ physicalLocation: { artifactLocation: { uri: 'lib/x.jar' } } }];
    const results = [
      { ruleId: 'CVE-1', message, properties: { purl } },
      { ruleId: 'CVE-1', message, properties: { purls: ['pkg:npm/%40scope/x@1'] } },
      { ruleId: 'CVE-1', message, locations: places },
      { message },
    ];
    const found = results.map((result) => readSarif(plain(result), target, of).findings[0]);
    expect(found.map((entry) => [entry?.id, entry?.package, entry?.installed, entry?.title])).toEqual([
      ['CVE-1', { name: 'org.apache:log4j', purl }, '2.14', 'a flaw'],
      ['CVE-1', { name: '@scope/x', purl: 'pkg:npm/%40scope/x@1' }, '1', 'a flaw'],
      ['CVE-1', { name: 'lib/x.jar', path: 'lib/x.jar' }, 'unknown', 'a flaw'],
      ['unnamed', { name: 'unnamed' }, 'unknown', 'a flaw'],
    ]);
  });

  test.each<readonly [string, string, string]>([
    ['torn', report.slice(0, 5000), 'is not whole JSON'],
    ['without runs', changed(report, ['runs'], []), 'is not of the known schema at runs'],
    [
      'without results',
      changed(report, [...run, 'results'], undefined),
      'is not of the known schema at runs.0.results',
    ],
    ['with results that are null', changed(report, [...run, 'results'], null), 'is not of the known schema'],
    ['of version 2.0.0', changed(report, ['version'], '2.0.0'), 'is not of the known schema at version'],
    ['without a tool', changed(report, [...run, 'tool'], undefined), 'is not of the known schema at runs.0.tool'],
    [
      'of a tool that failed',
      changed(report, [...run, 'invocations'], [{ executionSuccessful: false }]),
      'says that it failed',
    ],
    ['of another image', changed(report, [...run, 'properties', 'repoDigests'], [elsewhere]), `is of ${elsewhere}`],
  ])('a report %s is a failure', (_, broken, sentence) => {
    expect(() => readSarif(broken, target, of)).toThrow(`image: scan's report ${sentence}`);
  });
});

describe('CycloneDX', () => {
  const report = fixture('debian.cyclonedx');
  const first: Path = ['vulnerabilities', 0];

  test('gives each affected package a finding with the worst of its ratings', () => {
    const { findings, inventory } = readCycloneDx(report, target, of);
    expect(
      findings
        .filter(({ id }) => id === 'CVE-2026-75803')
        .map(({ package: { name } }) => name)
        .sort(),
    ).toEqual(['libssl3', 'openssl']);
    expect(inventory?.packages).toBeGreaterThan(0);
    expect(findings.find(({ id }) => id === 'CVE-2023-45853')).toEqual({
      id: 'CVE-2023-45853',
      aliases: [],
      title: 'zlib: integer overflow and resultant heap-based buffer overflow in zipOpenNewFileInZip4_6',
      url: 'https://salsa.debian.org/security-tracker-team/security-tracker',
      package: { name: 'zlib1g', purl: 'pkg:deb/debian/zlib1g@1.2.13.dfsg-1?arch=amd64&distro=debian-12.15&epoch=1' },
      installed: '1:1.2.13.dfsg-1',
      fixed: null,
      severity: 'critical',
      owner: 'unknown',
      published: '2026-09-01T00:00:00+00:00',
      platforms: ['linux/amd64'],
    });
  });

  test('gives weaknesses, and the vector of the score that counts', () => {
    const [worse, milder] = ['N', 'L'].map((way) => `CVSS:3.1/AV:${way}/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H`);
    const rated = [milder, worse].map((vector) => ({ method: 'CVSSv31', vector }));
    const [finding] = readCycloneDx(changed(bom(rated), [...first, 'cwes'], [78, 89]), target, of).findings;
    expect([finding?.score, finding?.vector, finding?.cwes]).toEqual([9.8, worse, ['CWE-78', 'CWE-89']]);
  });

  const bom = (ratings: readonly object[]) => changed(report, [...first, 'ratings'], ratings);
  test.each([
    [[], 'unknown', undefined],
    [[{ severity: 'low' }, { severity: 'high' }], 'high', undefined],
    [[{ severity: 'unknown' }, { score: 9.8, method: 'CVSSv31' }], 'critical', 9.8],
    [[{ severity: 'info' }], 'negligible', undefined],
    [[{ severity: 'none' }], 'negligible', undefined],
    [[{ score: 9.8, method: 'OWASP' }], 'unknown', undefined],
    [
      [
        { score: 3, method: 'CVSSv2' },
        { score: 5, method: 'CVSSv4' },
      ],
      'medium',
      5,
    ],
  ])('ratings %o are %s', (ratings, severity, score) => {
    const [finding] = readCycloneDx(bom(ratings), target, of).findings;
    expect([finding?.severity, finding?.score]).toEqual([severity, score]);
  });

  test('finds components below components, and keeps what refers to none', () => {
    const nested = {
      bomFormat: 'CycloneDX',
      specVersion: '1.4',
      metadata: { component: { name: 'app' }, tools: [{ name: 'scan', version: '1' }] },
      components: [{ name: 'outer', components: [{ 'bom-ref': 'x', name: 'inner', version: '2' }] }],
      vulnerabilities: [
        { id: 'CVE-1', references: [{ id: 'GHSA-1' }, { id: 'CVE-1' }], affects: [{ ref: 'x' }, { ref: 'gone' }] },
        { id: 'CVE-2', recommendation: 'Upgrade inner to 2.1.', affects: [{ ref: 'pkg:npm/y@3' }] },
      ],
    };
    const { findings, name, version } = readCycloneDx(JSON.stringify(nested), target, of);
    expect([name, version]).toEqual(['scan', '1']);
    expect(
      findings.map((entry) => [entry.id, entry.aliases, entry.package.name, entry.installed, entry.fixed]),
    ).toEqual([
      ['CVE-1', ['GHSA-1'], 'inner', '2', null],
      ['CVE-1', ['GHSA-1'], 'gone', 'unknown', null],
      ['CVE-2', [], 'y', '3', '2.1'],
    ]);
  });

  const component: Path = ['metadata', 'component'];
  test.each<readonly [string, string, string]>([
    ['torn', report.slice(0, 5000), 'is not whole JSON'],
    ['of SPDX', JSON.stringify({ spdxVersion: 'SPDX-2.3' }), 'is not of the known schema at bomFormat'],
    ['of an unknown version', changed(report, ['specVersion'], '1.2'), 'is not of the known schema at specVersion'],
    ['with a nameless vulnerability', changed(report, [...first, 'id'], ''), 'is not of the known schema'],
    [
      'of another image',
      changed(report, [...component, 'purl'], `pkg:oci/debian@sha256%3A${'0'.repeat(64)}`),
      `is of sha256:${'0'.repeat(64)}`,
    ],
    [
      'of another version',
      changed(changed(report, [...component, 'purl'], undefined), [...component, 'version'], 'sha256:1'),
      'is of sha256:1',
    ],
  ])('a report %s is a failure', (_, broken, sentence) => {
    expect(() => readCycloneDx(broken, target, of)).toThrow(`image: scan's report ${sentence}`);
  });
});

describe('what SARIF says in few places', () => {
  const ruleOf = (id: string, changes: object = {}) => ({ id, ...changes });
  const scored = (score: string) => ({ properties: { 'security-severity': score } });
  const read = (run: object, driver: object = {}) => {
    const tool = { driver: { name: 'scan', ...driver } };
    return readSarif(JSON.stringify({ version: '2.1.0', runs: [{ tool, results: [], ...run }] }), target, of);
  };
  const one = (result: object, run: object = {}, driver: object = {}) =>
    read({ results: [{ ruleId: 'CVE-2024-1', ...result }], ...run }, driver).findings[0];

  test('is the package, the names and the kind of a finding', () => {
    expect(one({ message: { text: 'Package: pkg:npm/a@1' } })?.package).toMatchObject({
      name: 'a',
      purl: 'pkg:npm/a@1',
    });
    const rules = [ruleOf('SNYK-JS-A-1', { fullDescription: { text: '(CVE-2021-1, CVE-2021-2) a@1' } })];
    expect(one({ ruleId: 'SNYK-JS-A-1' }, {}, { rules })?.aliases).toEqual(['CVE-2021-1', 'CVE-2021-2']);
    expect(one({ ruleId: 'key' }, {}, { rules: [ruleOf('key', { name: 'Secret' })] })).toMatchObject({
      kind: 'secret',
    });
    expect(one({})).not.toHaveProperty('kind');
    const artifacts = [{ location: { uri: 'app/a.jar' } }];
    const locations = [{ physicalLocation: { artifactLocation: { index: 0 } } }];
    expect(one({ locations }, { artifacts })?.package.path).toBe('app/a.jar');
  });

  test('is the severity: a score where the word is none, what the one invocation overrides, the rule of the component', () => {
    const strange = { message: { text: 'Severity: STRANGE' } };
    expect(one(strange, {}, { rules: [ruleOf('CVE-2024-1', scored('9.8'))] })?.severity).toBe('critical');
    const overriding = (index?: number) => ({
      executionSuccessful: true,
      ruleConfigurationOverrides: [
        { configuration: { level: 'error' }, descriptor: index === undefined ? { id: 'CVE-2024-1' } : { index } },
      ],
    });
    expect(one({}, { invocations: [overriding()] })?.severity).toBe('high');
    expect(one({}, { invocations: [overriding(), { executionSuccessful: true }] })?.severity).toBe('medium');
    const tool = {
      driver: { name: 'scan', rules: [ruleOf('CVE-2024-1', scored('2'))] },
      extensions: [{ name: 'more', rules: [ruleOf('CVE-2024-1', scored('9'))] }],
    };
    const named = (name: string) => one({ rule: { toolComponent: { name } } }, { tool })?.severity;
    expect([named('scan'), named('more')]).toEqual(['low', 'critical']);
  });

  test('is the image', () => {
    const other = `a@sha256:${'b'.repeat(64)}`;
    expect(() => read({ properties: { imageName: other } })).toThrow(`is of ${other}`);
    const known = { ...target, imageId: target.reference.digest };
    const byId = (imageID: string) => {
      const run = { tool: { driver: { name: 'scan' } }, results: [], properties: { imageID, imageName: '' } };
      return readSarif(JSON.stringify({ version: '2.1.0', runs: [run] }), known, of).unproven.map(({ proof }) => proof);
    };
    expect(byId('')).toEqual(['image', 'search']);
    expect(byId(known.imageId)).toEqual(['search']);
    expect(() => byId(`sha256:${'b'.repeat(64)}`)).toThrow('is of sha256:bbb');
  });
});

test('what CycloneDX says of versions, vectors and images counts', () => {
  const read = (changes: object, vulnerability: object = {}) =>
    readCycloneDx(
      JSON.stringify({
        bomFormat: 'CycloneDX',
        specVersion: '1.6',
        components: [{ 'bom-ref': 'a', name: 'lodash', version: '4.17.20' }],
        vulnerabilities: [{ id: 'CVE-2024-1', affects: [{ ref: 'a' }], ...vulnerability }],
        ...changes,
      }),
      target,
      of,
    );
  const installed = (...versions: readonly object[]) =>
    read({}, { affects: [{ ref: 'a', versions }] }).findings[0]?.installed;
  const range = { range: 'vers:npm/<5', status: 'affected' };
  expect(installed({ version: '1', status: 'unaffected' }, range, { version: '2', status: 'affected' })).toBe('2');
  expect(installed({ version: '1', status: 'unaffected' }, range)).toBe('4.17.20');
  const unaffected = [{ version: '4.17.20', status: 'unaffected' }];
  expect(read({}, { affects: [{ ref: 'a', versions: unaffected }] }).findings).toEqual([]);
  const rated = read({}, { ratings: [{ score: 9.8, method: 'CVSSv31' }] }).findings[0];
  expect(rated).toMatchObject({ score: 9.8, severity: 'critical' });
  expect(rated).not.toHaveProperty('vector');
  const other = `a@sha256:${'b'.repeat(64)}`;
  const properties = [{ name: 'aquasecurity:trivy:RepoDigest', value: other }];
  expect(() => read({ metadata: { component: { name: 'app', properties } } })).toThrow(`is of ${other}`);
});
