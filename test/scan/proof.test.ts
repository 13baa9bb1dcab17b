import { describe, expect, test } from 'vitest';
import { asDigest } from '../../core/oci/digest.ts';
import { createScanner } from '../../core/scan/choose.ts';
import { scoreOfVector } from '../../core/scan/cvss.ts';
import { fixInWords } from '../../core/scan/fix-words.ts';
import { readCycloneDx } from '../../core/scan/formats/cyclonedx.ts';
import { readSarif } from '../../core/scan/formats/sarif.ts';
import { nameOf, sameVulnerability } from '../../core/scan/identity.ts';
import { narrowedBy } from '../../core/scan/narrowed.ts';
import { unsupportedIn } from '../../core/scan/trivy/families.ts';
import { readTrivyReport } from '../../core/scan/trivy/report.ts';
import { unprovenImage } from '../../core/scan/unproven.ts';
import { createWorld } from '../../core/world.ts';
import { changed, config, finding, fixture, targetOf } from './support.ts';

const of = { tool: 'Scan', subject: 'image' };
const debian = fixture('debian');
const target = { ...targetOf(debian), imageId: asDigest(JSON.parse(debian).Metadata.ImageID) ?? expect.unreachable() };
const digest = target.reference.digest;
const other = `sha256:${'0'.repeat(64)}`;

describe('a report is of the image', () => {
  test.each<readonly [string, Parameters<typeof unprovenImage>[0]]>([
    ['by a digest in a repository', { digests: [`r.example/app@${digest}`] }],
    ['by a bare digest', { digests: [digest] }],
    ['by one of several digests', { digests: [`a.example/app@${other}`, `b.example/app@${digest}`] }],
    ['by its id alone', { digests: [], imageId: target.imageId }],
    ['by its id without the algorithm', { digests: [], imageId: target.imageId.slice(7) }],
    ['by its id, the digest being that of its index', { digests: [`r.example/app@${other}`], imageId: target.imageId }],
    ['by the name that was asked for', { digests: [], names: [`r.example/app@${digest}`] }],
    [
      'by a digest, though it was asked for by a tag',
      { digests: [`r.example/app@${digest}`], names: ['r.example/app:1'] },
    ],
  ])('%s', (_, stated) => {
    expect(unprovenImage(stated, target, of)).toEqual([]);
  });

  test.each<readonly [string, Parameters<typeof unprovenImage>[0]]>([
    ['it has another digest', { digests: [`r.example/app@${other}`] }],
    ['it was asked for another digest', { digests: [], names: [`r.example/app@${other}`] }],
    ['it has another id', { digests: [], imageId: other, names: ['r.example/app:1'] }],
  ])('not where %s', (_, stated) => {
    expect(() => unprovenImage(stated, target, of)).toThrow("image: Scan's report is of ");
  });

  test.each([
    [{ digests: [] }, 'names no image'],
    [{ digests: [], names: ['r.example/app:1'] }, 'names r.example/app:1 without a digest'],
  ])('not for certain where %j', (stated, said) => {
    const detail = `Scan's report ${said}, so it may be of another image`;
    expect(unprovenImage(stated, target, of)).toEqual([{ proof: 'image', detail }]);
  });
});

describe('whether Trivy looked for vulnerabilities, and can judge the distribution', () => {
  const clean = changed(debian, ['Results', 0, 'Vulnerabilities'], undefined);
  const proofs = (json: string) => readTrivyReport(json, target).unproven.map(({ proof }) => proof);
  const secret = {
    Target: '/key.pem',
    Class: 'secret',
    Secrets: [{ RuleID: 'private-key', Severity: 'HIGH', Title: 'Key' }],
  };

  test.each<readonly [string, string, readonly string[]]>([
    ['with vulnerabilities', debian, []],
    ['without packages, of a distribution that it judged', changed(clean, ['Results', 0, 'Packages'], undefined), []],
    ['of packages alone', clean, ['search']],
    ['of packages and secrets', changed(clean, ['Results', 1], secret), ['search']],
    ['of secrets alone', changed(debian, ['Results', 0], secret), ['search', 'distribution']],
    ['of nothing', changed(debian, ['Results'], undefined), ['search', 'distribution']],
    ['of other packages only', changed(debian, ['Results', 0, 'Class'], 'lang-pkgs'), ['distribution']],
    [
      'of a distribution without advisories',
      changed(debian, ['Metadata', 'OS'], { Family: 'fedora', Name: '41' }),
      ['distribution'],
    ],
  ])('a report %s', (_, json, expected) => {
    expect(proofs(json)).toEqual(expected);
  });

  test('a report that does not list packages does not say that there are none', () => {
    const { inventory } = readTrivyReport(changed(clean, ['Results', 0, 'Packages'], undefined), target);
    expect(inventory).toEqual({ distribution: 'debian 12.15', endOfLife: false });
  });

  test.each([
    ['2026-11-30T22:09:08Z\tWARN\tThis OS version is not on the EOL list\tfamily="debian" version="99"', 'debian 99'],
    ['WARN Unsupported os family="fedora"', 'fedora'],
    ['WARN This OS version is not on the EOL list: alpine 9.9', 'this version of the distribution'],
    ['INFO Detected OS family="debian" version="12"', undefined],
  ])('its log: %s', (line, expected) => {
    expect(unsupportedIn(line)).toBe(expected);
  });
});

describe('whether a report of another format is one of a scan for vulnerabilities', () => {
  const bom = (changes: object) =>
    JSON.stringify({
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      metadata: { component: { name: 'app', version: digest } },
      ...changes,
    });
  const sarif = (name: string, results: readonly object[], rules: readonly object[] = []) =>
    JSON.stringify({
      version: '2.1.0',
      runs: [{ tool: { driver: { name, rules } }, results, properties: { repoDigests: [`app@${digest}`] } }],
    });
  const message = { text: 'flaw' };
  const pass = { ruleId: 'CVE-2024-1', kind: 'pass', message: { text: 'ok' } };

  test.each<readonly [string, string, boolean]>([
    ['vulnerabilities that are an empty list', bom({ vulnerabilities: [] }), false],
    ['no vulnerabilities', bom({ components: [{ name: 'a' }] }), false],
    [
      'nothing, by Grype',
      bom({
        vulnerabilities: [],
        metadata: { component: { name: 'app', version: digest }, tools: [{ name: 'grype' }] },
      }),
      true,
    ],
    ['a vulnerability', bom({ vulnerabilities: [{ id: 'CVE-1' }] }), true],
  ])('CycloneDX with %s', (_, json, isProven) => {
    expect(readCycloneDx(json, target, of).unproven.map(({ proof }) => proof)).toEqual(isProven ? [] : ['search']);
  });

  test.each<readonly [string, string, boolean]>([
    ['of Trivy without results', sarif('Trivy', []), false],
    ['of Grype without results', sarif('grype', []), true],
    ['of Snyk Container without results', sarif('Snyk Container', []), true],
    ['of another tool without results', sarif('osv', []), false],
    ['of a tool whose name begins like one that is known', sarif('grypefruit', []), false],
    ['of another tool with a rule about a vulnerability', sarif('osv', [], [{ id: 'CVE-2024-1' }]), true],
    [
      'of another tool with a rule that says so',
      sarif('a', [], [{ id: 'v1', properties: { tags: ['Vulnerability'] } }]),
      true,
    ],
    ['of another tool with rules about something else', sarif('lint', [], [{ id: 'DL3006' }]), false],
    ['of a linter with a result', sarif('lint', [{ ruleId: 'DL3006', message: { text: 'no tag' } }]), false],
    [
      'of another tool about a package',
      sarif('a', [{ ruleId: 'v1', message, properties: { purl: 'pkg:npm/a@1' } }]),
      true,
    ],
    ['of secrets', sarif('Trivy', [{ ruleId: 'key', message: {} }], [{ id: 'key', name: 'Secret' }]), false],
    ['that says what holds', sarif('osv', [pass]), true],
    ['of a linter that says what holds', sarif('lint', [{ ...pass, ruleId: 'DL3006' }]), false],
  ])('SARIF %s', (_, json, isProven) => {
    expect(readSarif(json, target, of).unproven.map(({ proof }) => proof)).toEqual(isProven ? [] : ['search']);
  });
});

test('the run may accept a proof of one scanner, and no other', async () => {
  const real = createWorld();
  const scanned = async (command: readonly string[], acceptUnproven: readonly ('image' | 'search')[]) => {
    const settings = config({ tool: 'command', command, format: 'cyclonedx', acceptUnproven });
    const { unproven = [] } = await createScanner(real, settings).scan(target);
    return unproven.map(({ proof }) => proof);
  };
  const bare = JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.6', vulnerabilities: [] });
  const command = ['sh', '-c', 'printf %s "$0"', bare];
  expect(await scanned(command, [])).toEqual(['image', 'search']);
  expect(await scanned(command, ['search'])).toEqual(['image']);
  expect(await scanned([...command, '{image}'], [])).toEqual(['search']);
  expect(await scanned(command, ['image', 'search'])).toEqual([]);
  const found = JSON.stringify({ ...JSON.parse(bare), vulnerabilities: [{ id: 'CVE-1' }] });
  const narrow = ['sh', '-c', 'printf %s "$0"', found, 'trivy', '--severity', 'high'];
  expect(await scanned(narrow, ['image'])).toEqual(['search']);
  expect(await scanned(narrow, ['image', 'search'])).toEqual([]);
  await real.close();
});

describe('a command leaves findings out of the report', () => {
  test.each([
    ['trivy image --severity HIGH,CRITICAL {image}', '--severity'],
    ['trivy image --severity=LOW,MEDIUM,HIGH,CRITICAL {image}', '--severity=LOW,MEDIUM,HIGH,CRITICAL'],
    ['trivy image {image} --severity', '--severity'],
    ['trivy image -s CRITICAL {image}', '-s'],
    ['trivy image -qsHIGH {image}', '-qsHIGH'],
    ['trivy -c trivy.yaml image {image}', '-c'],
    ['trivy image --config=ours.yaml {image}', '--config=ours.yaml'],
    ['trivy image --ignore-unfixed {image}', '--ignore-unfixed'],
    ['trivy image --ignore-unfixed=true {image}', '--ignore-unfixed=true'],
    ['trivy image --ignorefile ignored {image}', '--ignorefile'],
    ['trivy image --ignore-status will_not_fix {image}', '--ignore-status'],
    ['trivy image --ignore-policy ignored.rego {image}', '--ignore-policy'],
    ['trivy image --pkg-types os {image}', '--pkg-types'],
    ['trivy image --vuln-type=library {image}', '--vuln-type=library'],
    ['trivy image --pkg-relationships direct {image}', '--pkg-relationships'],
    ['trivy image --skip-dirs /app {image}', '--skip-dirs'],
    ['trivy image --skip-files=/app {image}', '--skip-files=/app'],
    ['trivy image --vex our.json {image}', '--vex'],
    ['nice -n 10 /opt/bin/trivy image --ignore-unfixed {image}', '--ignore-unfixed'],
    ['C:\\\\tools\\\\trivy.exe image --ignore-unfixed {image}', '--ignore-unfixed'],
    ['docker run ghcr.io/acme/trivy:0.69.3 image --ignore-unfixed {image}', '--ignore-unfixed'],
    ['grype {image} --only-fixed', '--only-fixed'],
    ['grype {image} --only-notfixed', '--only-notfixed'],
    ['grype {image} -c ours.yaml', '-c'],
    ['grype {image} --exclude ./app/**', '--exclude'],
    ['grype {image} --ignore-states wont-fix', '--ignore-states'],
    ['snyk container test {image} --severity-threshold=high', '--severity-threshold=high'],
    ['snyk container test {image} --exclude-base-image-vulns', '--exclude-base-image-vulns'],
    ['docker scout cves {image} --only-severity critical', '--only-severity'],
    ['docker scout cves {image} --only-fixed', '--only-fixed'],
    ['docker-scout cves {image} --ignore-base', '--ignore-base'],
  ])('%s', (line, option) => {
    const words = line.replaceAll('\\\\', '\\').split(' ');
    const detail = expect.stringMatching(/^(?:\S+) is started with \S+, which leaves findings out$/);
    expect(narrowedBy(words)).toEqual([{ proof: 'search', detail }]);
    expect(narrowedBy(words)[0]?.detail).toContain(` with ${option}, `);
    // A script of a shell is one argument.
    expect(narrowedBy(['sh', '-c', words.join(' ')])).toEqual(narrowedBy(words));
  });

  test.each([
    'trivy image --scanners vuln --format json --output {output} --quiet {image}',
    'trivy image --severity UNKNOWN,LOW,MEDIUM,HIGH,CRITICAL {image}',
    'trivy image -s critical,high,medium,low,unknown {image}',
    'trivy image --ignore-unfixed=false {image}',
    'trivy image --pkg-types os,library {image}',
    'trivy image --vuln-type=library,os {image}',
    'grype {image} -o json --file {output} --only-fixed=false',
    'snyk container test {image} --json-file-output={output}',
    'docker scout cves --format sarif --output {output} {image}',
    'sh -c true --severity=high {image}',
    'anyscan --severity=high {image}',
    'trivyfruit image --severity high {image}',
  ])('%s leaves nothing out that its report does not show', (line) => {
    expect(narrowedBy(line.split(' '))).toEqual([]);
    expect(narrowedBy([line])).toEqual([]);
  });
});

describe('one vulnerability', () => {
  test.each([
    ['CVE-2021-44228-log4j-core', [], 'CVE-2021-44228', ['CVE-2021-44228-log4j-core']],
    [
      'GHSA-jfh8-c2jp-5v3q-log4j-core',
      ['cve-2021-44228'],
      'GHSA-jfh8-c2jp-5v3q',
      ['cve-2021-44228', 'GHSA-jfh8-c2jp-5v3q-log4j-core'],
    ],
    ['SNYK-JS-LODASH-590103', ['CVE-2020-8203', ''], 'SNYK-JS-LODASH-590103', ['CVE-2020-8203']],
    ['GO-2025-4153', ['GO-2025-4153'], 'GO-2025-4153', []],
    ['private-key', [], 'private-key', []],
  ])('%s is known by all of its names', (said, others, id, aliases) => {
    expect(nameOf(said, others)).toEqual({ id, aliases });
  });

  test.each<readonly [readonly string[], readonly string[], boolean]>([
    [['GHSA-w62r-7c53-fmc5', 'CVE-2025-41115'], ['GO-2025-4153', 'CVE-2025-41115', 'GHSA-w62r-7c53-fmc5'], true],
    [['CVE-2024-1'], ['cve-2024-1'], true],
    [['GHSA-w62r-7c53-fmc5'], ['CVE-2024-1', 'GHSA-w62r-7c53-fmc5'], true],
    [['ALAS-2024-1', 'CVE-2024-1', 'CVE-2024-2'], ['CVE-2024-1'], false],
    [['CVE-2024-1'], ['CVE-2024-2'], false],
    [['A', 'C'], ['B'], false],
  ])('%j and %j: %s', ([id = '', ...aliases], [other = '', ...others], expected) => {
    expect(sameVulnerability(finding({ id, aliases }), finding({ id: other, aliases: others }))).toBe(expected);
  });
});

// Scores by the calculators of FIRST.
test.each([
  ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', 9.8],
  ['CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H', 10],
  ['CVSS:3.1/AV:L/AC:H/PR:L/UI:R/S:U/C:L/I:N/A:N/E:U', 2.2],
  ['AV:N/AC:L/Au:N/C:P/I:P/A:P', 7.5],
  ['CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N', 9.3],
  ['CVSS:3.1/AV:N/AC:L', undefined],
  ['CVSS:3.1/AV:Q/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', undefined],
  ['no vector', undefined],
  [`CVSS:3.1/${'AV:N/'.repeat(1000)}`, undefined],
])('the vector %s scores %s', (vector, score) => {
  expect(scoreOfVector(vector)).toBe(score);
});

const version = (said: string) => ({ kind: 'version', version: said });

test.each([
  ['Upgrade lodash to >= 4.17.21', version('4.17.21')],
  ['Update to: 4.17.21', version('4.17.21')],
  ['Upgrade to at least 4.17.21', version('4.17.21')],
  ['Fixed in 4.17.21', version('4.17.21')],
  ['Upgrade to lodash@4.17.21', version('4.17.21')],
  ['Upgrade lodash from 4.17.20 to v4.17.21', version('4.17.21')],
  ['Upgrade libssl3 to version 3.0.22-1~deb12u1; Upgrade openssl to version 3.0.22', version('3.0.22-1~deb12u1')],
  ['Upgrade com.example:core to version 2.9.10.8.', version('2.9.10.8')],
  ['No fix is available. Refer to CVE-2024-1 for mitigations.', { kind: 'none' }],
  ['There is no known patch', { kind: 'none' }],
  ['None', { kind: 'none' }],
  ['', { kind: 'unknown' }],
  [' . ', { kind: 'unknown' }],
  ['Go to https://example.com/adv/123 for details', version('a newer version')],
  ['Refer to CVE-2024-1', version('a newer version')],
  ['Apply the patch of the vendor', version('a newer version')],
  ['Upgrade 3 packages', version('a newer version')],
])('the fix in "%s" is %o', (words, fix) => {
  expect(fixInWords(words)).toEqual(fix);
});
