import { expect, onTestFinished, test } from 'vitest';
import { decide, type GatePolicy, loadPolicy } from '../../core/gate.ts';
import { parseReference } from '../../core/oci/reference.ts';
import type { ScanReport } from '../../core/scan/finding.ts';
import { createWorld } from '../../core/world.ts';
import { finding } from '../scan/support.ts';

const strict: GatePolicy = { severityThreshold: 'high', onlyFixable: false, newOnly: false, exceptions: [] };

async function repository(files: Readonly<Record<string, string>>) {
  const world = createWorld();
  onTestFinished(() => world.close());
  const root = await world.files.temporaryDirectory('policy');
  for (const [path, text] of Object.entries(files)) await world.files.write(`${root}/${path}`, text);
  return { world, root };
}

test('exceptions of every kind of file join those of the configuration, each with where it stands', async () => {
  const openvex = {
    '@context': 'https://openvex.dev/ns',
    statements: [{ vulnerability: 'CVE-4', products: ['pkg:oci/web'], status: 'fixed' }],
  };
  const { world, root } = await repository({
    '.trivyignore': 'CVE-1\n',
    'security/.trivyignore.yaml': 'vulnerabilities: [{id: CVE-2}]\n',
    '.grype.yaml': 'ignore: [{vulnerability: CVE-3}, {fix-state: wont-fix}]\n',
    'vex/web.json': JSON.stringify(openvex),
  });
  const own = { id: 'CVE-0', reason: 'ours' };
  const asked: GatePolicy = {
    ...strict,
    exceptions: [own],
    ignoreFiles: ['.trivyignore', 'security/.trivyignore.yaml', '.grype.yaml'],
    vexFiles: ['vex/web.json'],
  };
  const { policy, notes } = await loadPolicy(world, root, asked, parseReference('ghcr.io/acme/web'));
  expect(policy.exceptions.map(({ id, source }) => [id, source])).toEqual([
    ['CVE-0', undefined],
    ['CVE-1', '.trivyignore:1'],
    ['CVE-2', 'security/.trivyignore.yaml:1'],
    ['CVE-3', '.grype.yaml:1'],
    ['CVE-4', 'vex/web.json'],
  ]);
  expect(notes).toEqual(['.grype.yaml:1: fix-state is not understood, so the rule accepts nothing']);
  const scanner = { name: 'trivy', version: '1', database: null };
  const findings = ['CVE-1', 'CVE-2', 'CVE-3', 'CVE-4'].map((id) => finding({ id }));
  const scan: ScanReport = { kind: 'scanned', scanner, platforms: [], findings };
  expect(decide(policy, scan, undefined, new Date()).kind).toBe('pass');
});

test.each([
  [{ ignoreFiles: ['.trivyignore'] }, '.trivyignore: is named in gate.ignore-files but no such file or folder'],
  [{ vexFiles: ['vex.json'] }, 'vex.json: is named in gate.vex-files but no such file or folder'],
])('%o that is not there is a configuration error', async (changes, sentence) => {
  const { world, root } = await repository({});
  await expect(loadPolicy(world, root, { ...strict, ...changes })).rejects.toThrow(sentence);
});

test('a policy without files is left as it is', async () => {
  const { world, root } = await repository({});
  expect(await loadPolicy(world, root, strict)).toEqual({ policy: strict, notes: [] });
});
