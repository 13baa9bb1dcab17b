import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRegistry } from '../../core/registry/client.ts';
import { createScanner } from '../../core/scan/choose.ts';
import { scanImage } from '../../core/scan/scan-image.ts';
import type { ScannerFormat } from '../../core/scan/settings.ts';
import { createWorld } from '../../core/world.ts';
import { debianBase } from '../../testing/debian.ts';
import { type Image, makeImage, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { makeTrivyDatabase } from '../../testing/trivy-db.ts';
import { config } from '../scan/support.ts';
import { describeWith, program } from './setup/parts.ts';

const os = {
  'etc/os-release': 'ID=debian\nVERSION_ID="12"\n',
  'etc/debian_version': '12.5\n',
  'var/lib/dpkg/status':
    'Package: base-files\nStatus: install ok installed\nVersion: 12\nSource: base-files\nArchitecture: amd64\n\n',
};

// Started through a shell, so that only what Trivy writes can say how it was run.
describeWith(['trivy'], 'a report of real Trivy in each of its modes', () => {
  let registry: TestRegistry;
  let world: ReturnType<typeof createWorld>;
  let folder: string;
  let vulnerable: Image;
  let clean: Image;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'scan-modes-'));
    await mkdir(join(folder, 'cache/db'), { recursive: true });
    for (const [name, content] of Object.entries(makeTrivyDatabase())) {
      await writeFile(join(folder, 'cache/db', name), content);
    }
    world = createWorld({ cwd: folder });
    registry = await startRegistry();
    vulnerable = await debianBase('v1');
    clean = makeImage({ layers: [await makeLayer(os)] });
    await pushImage(registry.store, 'team/vulnerable', vulnerable, '1');
    await pushImage(registry.store, 'team/clean', clean, '1');
  });
  afterAll(async () => {
    await registry.close();
    await world.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function scanned(image: Image, args: readonly string[], format: ScannerFormat = 'trivy') {
    const repository = image === clean ? 'team/clean' : 'team/vulnerable';
    const base = ['--cache-dir', join(folder, 'cache'), 'image', '--image-src', 'remote', '--skip-db-update'];
    const command = ['sh', '-c', 'exec "$0" "$@"', program('trivy', 'trivy'), ...base, ...args];
    const settings = config({ tool: 'command', command, format });
    const reference = { registry: registry.host, repository, digest: image.descriptor.digest };
    const report = await scanImage(createRegistry(world, settings.registry), createScanner(world, settings), reference);
    if (report.kind === 'failed') throw new Error(report.failure.detail);
    const proofs = (report.unproven ?? []).map(({ proof }) => proof);
    const { unrecognised } = report;
    return {
      unrecognised,
      found: report.findings.length,
      kinds: new Set(report.findings.map(({ kind }) => kind)),
      proofs,
    };
  }

  const vuln = ['--scanners', 'vuln', '--format', 'json'];
  const whole = 12;

  test('with and without its list of packages', async () => {
    expect(await scanned(vulnerable, [...vuln, '{image}'])).toMatchObject({ found: whole, proofs: [] });
    const short = [...vuln, '--list-all-pkgs=false', '{image}'];
    expect(await scanned(vulnerable, short)).toMatchObject({ found: whole, proofs: [] });
    expect(await scanned(clean, short)).toMatchObject({ found: 0, proofs: [] });
    // The list alone is there too where nobody looked for vulnerabilities.
    expect(await scanned(clean, [...vuln, '{image}'])).toMatchObject({ found: 0, proofs: ['search'] });
  });

  test('by a tag, whose digest it names', async () => {
    const byTag = [...vuln, '{registry}/{repository}:1'];
    expect(await scanned(vulnerable, byTag)).toMatchObject({ found: whole, proofs: [] });
  });

  test('of a distribution without its package database, which only its log tells from a clean one', async () => {
    const { 'var/lib/dpkg/status': _, ...files } = os;
    const stripped = makeImage({ layers: [await makeLayer(files)] });
    await pushImage(registry.store, 'team/vulnerable', stripped, 'stripped');
    const short = [...vuln, '--list-all-pkgs=false', '{image}'];
    expect(await scanned(stripped, short)).toMatchObject({ found: 0, proofs: [], unrecognised: ['linux/amd64'] });
  });

  test('of secrets and licences alone', async () => {
    for (const scanners of ['secret', 'license', 'secret,misconfig']) {
      const { proofs, kinds } = await scanned(vulnerable, ['--scanners', scanners, '--format', 'json', '{image}']);
      expect(proofs, scanners).toEqual(['search']);
      expect(kinds.has(undefined), scanners).toBe(false);
    }
  });

  test('of language packages alone', async () => {
    const { proofs } = await scanned(vulnerable, [...vuln, '--pkg-types', 'library', '{image}']);
    expect(proofs).toEqual(['search', 'distribution']);
  });

  test('without what its options leave out, which it does not say', async () => {
    for (const option of ['--severity=LOW', '--ignore-unfixed']) {
      const { found, proofs } = await scanned(vulnerable, [...vuln, option, '{image}']);
      expect(found, option).toBeLessThan(whole);
      expect(proofs, option).toEqual(['search']);
    }
  });

  test('as CycloneDX, which looks for no vulnerabilities by itself', async () => {
    const bom = ['--format', 'cyclonedx'];
    expect(await scanned(vulnerable, [...bom, '{image}'], 'cyclonedx')).toMatchObject({ found: 0, proofs: ['search'] });
    expect(await scanned(vulnerable, [...bom, '--scanners', 'vuln', '{image}'], 'cyclonedx')).toMatchObject({
      found: whole,
      proofs: [],
    });
  });

  test('as SARIF', async () => {
    const sarif = ['--format', 'sarif'];
    const some = [...sarif, '--scanners', 'vuln', '{image}'];
    expect(await scanned(vulnerable, some, 'sarif')).toMatchObject({ found: whole, proofs: [] });
    expect(await scanned(clean, some, 'sarif')).toMatchObject({ found: 0, proofs: ['search'] });
  });
});
