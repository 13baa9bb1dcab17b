import { describe, expect, test } from 'vitest';
import { readGrypeYaml } from '../../core/gate/ignore/grype-yaml.ts';
import { readTrivyignore } from '../../core/gate/ignore/trivyignore.ts';
import { readTrivyignoreYaml } from '../../core/gate/ignore/trivyignore-yaml.ts';

describe('.trivyignore', () => {
  test('gives ids with the comments above them as reason, and the day before exp: as their last', () => {
    const text = `##Accept the risk
#   of a local attacker
CVE-2018-14618

# not told of the next
  
CVE-2019-14697 exp:2026-03-01 # soon
CVE-2019-1543 junk\r
GHSA-35jh-r3h4-6jhm exp:2026-02-30
CVE-2020-1 exp:never
CVE-2020-2 expires:2026-03-01
CVE-2020-3 EXP=2026-03-01 # expected soon
`;
    expect(readTrivyignore(text, '.trivyignore')).toEqual({
      exceptions: [
        { id: 'CVE-2018-14618', reason: 'Accept the risk of a local attacker', source: '.trivyignore:3' },
        { id: 'CVE-2019-14697', reason: 'listed in .trivyignore', source: '.trivyignore:7', expires: '2026-02-28' },
        { id: 'CVE-2019-1543', reason: 'listed in .trivyignore', source: '.trivyignore:8' },
      ],
      skipped: [
        '.trivyignore:9: exp:2026-02-30 is not a date, so the line accepts nothing',
        '.trivyignore:10: exp:never is not a date, so the line accepts nothing',
        '.trivyignore:11: expires:2026-03-01 is not understood, so the line accepts nothing',
        '.trivyignore:12: EXP=2026-03-01 is not understood, so the line accepts nothing',
      ],
    });
  });

  test('an empty file accepts nothing', () => {
    expect(readTrivyignore('', 'f')).toEqual({ exceptions: [], skipped: [] });
  });
});

describe('.trivyignore.yaml', () => {
  test('gives an exception for each pair of a path and a package URL', () => {
    const text = `vulnerabilities:
  - id: CVE-2022-40897
    paths: [usr/local/lib/python3.9/**, opt/*]
    purls: ["pkg:pypi/setuptools"]
    statement: Accept the risk
    expired_at: 2026-01-01
  - id: CVE-2023-2650
  - id: CVE-2023-3446
    expired_at: tomorrow
misconfigurations:
  - id: AVD-DS-0001
`;
    const common = { id: 'CVE-2022-40897', purl: 'pkg:pypi/setuptools', reason: 'Accept the risk' };
    expect(readTrivyignoreYaml(text, 'ignore.yaml')).toEqual({
      exceptions: [
        { ...common, path: 'usr/local/lib/python3.9/**', source: 'ignore.yaml:2', expires: '2025-12-31' },
        { ...common, path: 'opt/*', source: 'ignore.yaml:2', expires: '2025-12-31' },
        { id: 'CVE-2023-2650', reason: 'listed in ignore.yaml', source: 'ignore.yaml:7' },
        { id: 'AVD-DS-0001', reason: 'listed in ignore.yaml', source: 'ignore.yaml:11', kind: 'misconfiguration' },
      ],
      skipped: ['ignore.yaml:8: expired_at is not a date, so the entry accepts nothing'],
    });
  });

  test('an entry with what is not understood accepts nothing, and says so', () => {
    const text = `vulnerabilities:
  - { id: CVE-1, severity: low }
  - { id: CVE-2, paths: usr/lib }
  - { id: CVE-3, purls: [libssl3] }
  - { id: CVE-4, paths: [{ glob: x }] }
  - { id: CVE-5, paths: }
secrets: [{ id: private-key, paths: [app/key.pem] }]
licenses: [{ id: GPL-3.0 }]
packages: [{ id: CVE-6 }]
`;
    const reason = 'listed in f';
    expect(readTrivyignoreYaml(text, 'f')).toEqual({
      exceptions: [
        { id: 'CVE-5', reason, source: 'f:6' },
        { id: 'private-key', reason, source: 'f:7', kind: 'secret', path: 'app/key.pem' },
        { id: 'GPL-3.0', reason, source: 'f:8', kind: 'licence' },
      ],
      skipped: [
        'f:2: severity is not understood, so the entry accepts nothing',
        'f:3: paths is not a list of texts, so the entry accepts nothing',
        'f:4: "libssl3" is not a package URL, so the entry accepts nothing',
        'f:5: paths is not a list of texts, so the entry accepts nothing',
        'f:9: packages is not understood, so what is below it accepts nothing',
      ],
    });
  });

  test.each([
    ['- a list', 'ignore.yaml: is not a mapping'],
    ['vulnerabilities:\n  - paths: [x]', 'ignore.yaml:2: names no id'],
    ['vulnerabilities: [', 'is not valid YAML'],
  ])('%j is a configuration error', (text, sentence) => {
    expect(() => readTrivyignoreYaml(text, 'ignore.yaml')).toThrow(sentence);
  });

  test('a file of comments accepts nothing', () => {
    expect(readTrivyignoreYaml('# nothing', 'f')).toEqual({ exceptions: [], skipped: [] });
  });
});

describe('.grype.yaml', () => {
  test('takes over rules that are understood whole, and no other', () => {
    const text = `ignore:
  - vulnerability: CVE-2008-4318
    reason: not reachable
    include-aliases: true
    package:
      name: libcurl
      version: 1.5.1
      location: "/usr/local/lib/node_modules/**"
  - package: { name: lodash }
  - vulnerability: CVE-1
    fix-state: not-fixed
    namespace: debian:distro:debian:12
  - vulnerability: CVE-2
    package: { type: gem, language: ruby, upstream-name: rails }
  - package: { name: "linux(-.*)?-headers-.*" }
  - vulnerability: CVE-3
`;
    expect(readGrypeYaml(text, '.grype.yaml')).toEqual({
      exceptions: [
        {
          id: 'CVE-2008-4318',
          reason: 'not reachable',
          source: '.grype.yaml:2',
          package: 'libcurl',
          version: '1.5.1',
          path: '/usr/local/lib/node_modules/**',
        },
        { id: '*', reason: 'listed in .grype.yaml', source: '.grype.yaml:9', package: 'lodash' },
        {
          id: 'CVE-1',
          reason: 'listed in .grype.yaml',
          source: '.grype.yaml:10',
          fixState: 'not-fixed',
          namespace: 'debian:distro:debian:12',
        },
        {
          id: 'CVE-2',
          reason: 'listed in .grype.yaml',
          source: '.grype.yaml:13',
          packageType: 'gem',
          language: 'ruby',
          upstream: 'rails',
        },
        { id: 'CVE-3', reason: 'listed in .grype.yaml', source: '.grype.yaml:16' },
      ],
      skipped: ['.grype.yaml:15: package names with patterns are not understood, so the rule accepts nothing'],
    });
  });

  test.each([
    ['{ vulnerability: CVE-1, match-type: exact-direct-match }', 'match-type is not understood'],
    ['{ vulnerability: CVE-1, vex-status: fixed }', 'vex-status is not understood'],
    ['{ vulnerability: CVE-1, package: { licence: MIT } }', 'licence is not understood'],
    ['{ vulnerability: CVE-1, package: openssl }', 'package is not understood'],
    ['{ vulnerability: [CVE-1] }', 'vulnerability is not understood'],
  ])('the rule %s accepts nothing', (rule, why) => {
    const skipped = [`f:1: ${why}, so the rule accepts nothing`];
    expect(readGrypeYaml(`ignore: [${rule}]`, 'f')).toEqual({ exceptions: [], skipped });
  });

  test('a file without ignore rules accepts nothing', () => {
    expect(readGrypeYaml('fail-on-severity: high\n', 'f')).toEqual({ exceptions: [], skipped: [] });
    expect(readGrypeYaml('', 'f')).toEqual({ exceptions: [], skipped: [] });
    expect(() => readGrypeYaml('just text', '.grype.yaml')).toThrow('.grype.yaml: is not a mapping');
  });
});
