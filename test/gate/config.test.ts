import { describe, expect, test } from 'vitest';
import { gateKeys, readGateKeys } from '../../core/gate/config.ts';
import { readScannerKeys, scannerKeys } from '../../core/scan/config.ts';
import { checkShape } from '../../core/settings/check-shape.ts';
import type { FileNode } from '../../core/settings/file-node.ts';
import { parseYaml } from '../../core/settings/yaml.ts';

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
end-of-life: medium
ignore-files: [.trivyignore]
vex-files: [vex/a.json, vex/b.json]
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
      endOfLife: 'medium',
      ignoreFiles: ['.trivyignore'],
      vexFiles: ['vex/a.json', 'vex/b.json'],
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
  ])('%s is a configuration error', (text, sentence) => {
    expect(() => readGateKeys(nodeOf(text, gateKeys))).toThrow(sentence);
  });

  test.each(['0', '1', '0.1', '.5', '1.0'])('%s is a probability', (text) => {
    expect(readGateKeys(nodeOf(`epss-threshold: ${text}`, gateKeys))).toEqual({ epssThreshold: Number(text) });
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
