import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../../core/oci/digest.ts';
import { commandScanner } from '../../core/scan/command.ts';
import { deniedReleases, examineProgram, refuseDenied } from '../../core/scan/denied.ts';
import { scanImage } from '../../core/scan/scan-image.ts';
import type { Scanner, ScanTarget } from '../../core/scan/scanner.ts';
import { sbomsOf } from '../../core/sign/sbom.ts';
import { createWorld } from '../../core/world.ts';
import { repository } from '../hosts/repository.ts';
import { config, registryOf, trivyWorld } from './support.ts';

const platform = { os: 'linux', architecture: 'amd64' };
const reference = { registry: 'r.example', repository: 'app', digest: digestOf('index') };
const registry = registryOf([{ platform, digest: digestOf('amd64') }]);
const sentence = 'is a compromised release that steals credentials (GHSA-69fq-xp46-6x23)';

describe('what a scanner says of itself', () => {
  test.each([
    ['trivy', '0.69.4'],
    ['trivy', 'v0.69.5'],
    ['trivy', '0.69.6-alpine'],
    ['Trivy', '0.69.4'],
    ['Trivy Vulnerability Scanner', '0.69.4+dirty'],
  ])('%s %s is denied', (name, version) => {
    expect(() => refuseDenied('scan-failed', 'r.example/app', { name, version })).toThrow(sentence);
  });

  test.each([
    ['trivy', '0.69.3'],
    ['trivy', '0.69.40'],
    ['trivy', '10.69.4'],
    ['trivy', 'dev'],
    ['trivy', ''],
    ['grype', '0.69.4'],
    ['nottrivy', '0.69.4'],
  ])('%s %s is not', (name, version) => {
    expect(() => refuseDenied('scan-failed', 'r.example/app', { name, version })).not.toThrow();
  });

  test('decides of its report, whatever started it', async () => {
    const answering = (name: string): Scanner => ({
      name: 'anyscan',
      scan: async () => ({ scanner: { name, version: '0.69.5', database: null }, findings: [] }),
    });
    expect(await scanImage(registry, answering('trivy'), reference)).toMatchObject({
      kind: 'failed',
      failure: { code: 'scan-failed', detail: `Trivy 0.69.5 ${sentence}` },
    });
    expect(await scanImage(registry, answering('anyscan'), reference)).toMatchObject({ kind: 'scanned' });
  });
});

describe('an executable', () => {
  const marks = deniedReleases.flatMap(({ versions, marks: around }) =>
    versions.flatMap((version) => around.map(({ before, after }) => `${before}0.1.0${before}${version}${after}`)),
  );

  test.each(marks)('that holds %j is not run, whatever it is called', async (mark) => {
    const root = repository({ 'scanner.sh': '' });
    const world = createWorld({ cwd: root });
    writeFileSync(join(root, 'scanner.sh'), `#!/bin/sh\necho ran > ran\n#${mark}\n`, { mode: 0o755 });
    await expect(examineProgram(world, join(root, 'scanner.sh'))).rejects.toThrow(sentence);
    const command = [join(root, 'scanner.sh')];
    const scanner = commandScanner(world, config({ tool: 'command', command, format: 'sarif' }));
    const target: ScanTarget = { reference, platform, baseLayers: [] };
    await expect(scanner.scan(target)).rejects.toThrow(sentence);
    expect((await world.files.stat(join(root, 'ran'))).kind).toBe('absent');
    await world.close();
  });

  test.each([
    ['by its bytes', { program: 'pkg/version/app.ver=0.69.4' }, 0],
    ['by what it says', { version: '0.69.4' }, 1],
  ])('makes no bill of materials where it is denied %s', async (_, script, runs) => {
    const { world, commands } = await trivyWorld(script);
    const context = { world, config: config(), registry, log: () => {}, secret: () => {} };
    await expect(sbomsOf(context, reference)).rejects.toThrow(sentence);
    expect(commands).toHaveLength(runs);
  });
});
