import { describe, expect, test } from 'vitest';
import { gateKeys, readGateKeys } from '../../core/gate/config.ts';
import { readExceptions } from '../../core/gate/exception-entries.ts';
import { givenGate } from '../../core/gate/given-gate.ts';
import { gateInputs, gateKeyInputs } from '../../core/gate/inputs.ts';
import { readScannerKeys, scannerKeys } from '../../core/scan/config.ts';
import { checkShape } from '../../core/settings/check-shape.ts';
import { createSettings } from '../../core/settings/create-settings.ts';
import type { FileNode } from '../../core/settings/file-node.ts';
import { parseYaml } from '../../core/settings/yaml.ts';
import { recordingHost } from '../hosts/recording-host.ts';

function nodeOf(text: string, keys: typeof gateKeys): FileNode {
  const node = parseYaml(text, 'file.yml');
  if (node === undefined) throw new Error('empty');
  checkShape(node, { kind: 'mapping', keys }, { file: 'file.yml', key: 'gate' });
  return { file: 'file.yml', key: 'gate', node };
}

describe('gate:', () => {
  test('is read key by key', () => {
    const text = `unknown-severity: high
allow-unrecognised: true
owner: app
grace-days: 14
maximum: { critical: 0, low: 100 }
known-exploited: critical
known-exploited-file: security/kev.json
epss-threshold: 0.25
epss-severity: high
epss-file: security/epss.csv.gz
known-exploited-max-age: 7
epss-max-age: 2
end-of-life: medium
ignore-files: [.trivyignore]
vex-files: [vex/a.json, vex/b.json]
vex-referrers: true
exceptions-from: run
exceptions-longest: 90
exceptions-up-to: high
refuse: setuid, , shell
`;
    expect(readGateKeys(nodeOf(text, gateKeys))).toEqual({
      unknownSeverity: 'high',
      allowUnrecognised: true,
      owner: 'app',
      graceDays: 14,
      maximum: { critical: 0, low: 100 },
      knownExploited: 'critical',
      knownExploitedFile: 'security/kev.json',
      epssThreshold: 0.25,
      epssSeverity: 'high',
      epssFile: 'security/epss.csv.gz',
      knownExploitedMaxAge: 7,
      epssMaxAge: 2,
      endOfLife: 'medium',
      ignoreFiles: ['.trivyignore'],
      vexFiles: ['vex/a.json', 'vex/b.json'],
      vexReferrers: true,
      exceptionsFrom: 'run',
      exceptionsLongest: 90,
      exceptionsUpTo: 'high',
      refuse: ['setuid', 'shell'],
    });
  });

  test('what it does not say is left out', () => {
    expect(readGateKeys(undefined)).toEqual({});
    expect(readGateKeys(nodeOf('owner: any', gateKeys))).toEqual({ owner: 'any' });
  });

  test.each([
    ['unknown-severity: severe', 'file.yml:1: gate.unknown-severity cannot be "severe"'],
    ['maximum: { severe: 1 }', 'gate.maximum.severe'],
    ['maximum: { high: -1 }', 'use a whole number from 0 to 100000'],
    ['grace-days: soon', 'use a whole number from 0 to 3650'],
    ['owner: base-image', 'the nearest valid value is base'],
    [
      'epss-threshold: 1.5',
      'file.yml:1: gate.epss-threshold cannot be "1.5"; use a probability from 0 to 1, such as 0.1',
    ],
    ['epss-threshold: 10%', 'cannot be "10%"'],
    ['ignore-files: .trivyignore', 'gate.ignore-files'],
    ['refuse: setuid, root', 'gate.refuse cannot hold "root"; use root-user, shell,'],
    ['exceptions-longest: -1', 'use a whole number from 0 to 3650'],
  ])('%s is a configuration error', (text, sentence) => {
    expect(() => readGateKeys(nodeOf(text, gateKeys))).toThrow(sentence);
  });

  test.each(['0', '1', '0.1', '.5', '1.0'])('%s is a probability', (text) => {
    expect(readGateKeys(nodeOf(`epss-threshold: ${text}`, gateKeys))).toEqual({ epssThreshold: Number(text) });
  });
});

describe('exceptions:', () => {
  const read = (entries: string) =>
    readExceptions({ file: 'file.yml', key: 'exceptions', node: parseYaml(entries, 'file.yml') as FileNode['node'] });

  test('are read key by key; what they do not say is left out', () => {
    const all = {
      id: 'CVE-2026-1',
      reason: 'not reachable',
      package: 'openssl',
      version: '3.0.20',
      path: 'app/lib/x.jar',
      purl: 'pkg:deb/debian/openssl',
      owner: 'Acme',
      expires: '2026-12-31',
    };
    expect(read(JSON.stringify([all, { id: 'CVE-2026-2', reason: 'later' }]))).toEqual([
      all,
      { id: 'CVE-2026-2', reason: 'later' },
    ]);
    expect(readExceptions(undefined)).toEqual([]);
  });

  test.each([
    [
      '[{ id: "*", reason: all }]',
      'file.yml:1: exceptions[0].id accepts everything: it names no package, path or purl',
    ],
    ['[{ id: CVE-*, reason: all }]', 'accepts everything: id is a pattern'],
    ['[{ id: CVE-1, reason: x, expires: soon }]', 'exceptions[0].expires'],
  ])('%s is a configuration error', (entries, sentence) => {
    expect(() => read(entries)).toThrow(sentence);
  });
});

describe('inputs of the gate', () => {
  const given = (inputs: Readonly<Record<string, string>>) => {
    const all = [...gateInputs, ...gateKeyInputs] as unknown as typeof gateInputs;
    return givenGate(createSettings(recordingHost(inputs), undefined, all), { cwd: '/work/app' }, '/work');
  };

  test('say what the file would; files are those of the folder in which they are typed', () => {
    const inputs = {
      'severity-threshold': 'low',
      'only-fixable': 'true',
      'new-only': 'true',
      'finding-owner': 'app',
      'epss-threshold': '0.5',
      'epss-file': 'epss.csv',
      'ignore-files': '.trivyignore',
    };
    expect(given(inputs)).toEqual({
      severityThreshold: 'low',
      onlyFixable: true,
      newOnly: true,
      owner: 'app',
      epssThreshold: 0.5,
      epssFile: 'app/epss.csv',
      ignoreFiles: ['app/.trivyignore'],
    });
  });

  test('that are not there say nothing', () => {
    expect(given({})).toEqual({});
  });
});

describe('scanner:', () => {
  test('is read key by key', () => {
    expect(readScannerKeys(nodeOf('tool: grype', scannerKeys))).toEqual({ tool: 'grype' });
    expect(readScannerKeys(undefined)).toEqual({});
    const text = 'tool: command\ncommand: [scan, "{image}"]\nformat: sarif';
    expect(readScannerKeys(nodeOf(text, scannerKeys))).toEqual({
      tool: 'command',
      command: ['scan', '{image}'],
      format: 'sarif',
    });
  });

  test.each([
    'tool: command',
    'format: sarif',
    'command: [scan]',
    'tool: command\ncommand: [scan]',
    'tool: grype\nformat: grype',
  ])('%j is a configuration error', (text) => {
    expect(() => readScannerKeys(nodeOf(text, scannerKeys))).toThrow('go together; give all three or none');
  });
});
