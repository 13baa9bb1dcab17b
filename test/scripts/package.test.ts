import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { commandDefinitions } from '../../core/settings/commands.ts';
import { bundledPackages, bundledSbom } from '../../scripts/release/bundled-sbom.mjs';
import { describeWith, program } from '../e2e/setup/parts.ts';
import { useBundles } from '../hosts/bundles.ts';
import { runProcess } from '../hosts/run.ts';

const root = join(import.meta.dirname, '../..');
const bundles = useBundles();
let folder: string;
let archive: string;
let installed: string;

// Without a network: what is not in the archive is not there.
const npm = (cwd: string, ...args: readonly string[]) => {
  const env = { PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`, HOME: folder };
  return runProcess('npm', [...args, '--offline', '--ignore-scripts', '--no-audit', '--no-fund'], { env, cwd });
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'package-'));
  const [sources, empty] = [join(folder, 'sources'), join(folder, 'empty')];
  mkdirSync(sources);
  mkdirSync(empty);
  for (const name of ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md']) {
    copyFileSync(join(root, name), join(sources, name));
  }
  cpSync(join(root, 'docs/reference'), join(sources, 'docs/reference'), { recursive: true });
  cpSync(bundles().folder, sources, { recursive: true });
  const packed = await npm(sources, 'pack', '--pack-destination', folder);
  expect(packed, packed.stderr).toMatchObject({ code: 0 });
  archive = join(folder, readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '');
  const added = await npm(empty, 'install', archive);
  expect(added, added.stderr).toMatchObject({ code: 0 });
  installed = join(empty, 'node_modules');
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const command = (node: string, ...args: readonly string[]) =>
  runProcess(node, [join(installed, '.bin/base-image-refresh'), ...args], {
    cwd: folder,
    env: { PATH: '/nonexistent', HOME: folder },
  });

describe('the package of the command line', () => {
  test('brings no other package, can be published, and holds nothing but the bundles and what is read with them', () => {
    const manifest = JSON.parse(readFileSync(join(installed, 'base-image-refresh/package.json'), 'utf8'));
    expect(manifest).not.toHaveProperty('dependencies');
    expect(manifest).not.toHaveProperty('private');
    expect(readdirSync(installed).filter((name) => !name.startsWith('.'))).toEqual(['base-image-refresh']);
    const files = readdirSync(join(installed, 'base-image-refresh'), { recursive: true, encoding: 'utf8' });
    const pieces = /^dist\/cli\/(?:start-[0-9A-Z]{8}|library-[a-z0-9-]+)\.cjs$/;
    expect(files.filter((name) => /\.|LICENSE/.test(name) && !pieces.test(name)).sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'dist/cli/index.cjs',
      'dist/cli/licenses.txt',
      'dist/cli/start.cjs',
      'docs/reference/base-image-refresh.1',
      'package.json',
    ]);
  });

  test('is what the command of the release workflow would publish', async () => {
    const workflow = parse(readFileSync(join(root, '.github/workflows/release.yml'), 'utf8'));
    const publish: string = workflow.jobs.publish.steps.at(-1).run;
    const job = join(folder, 'job');
    mkdirSync(join(job, 'release'), { recursive: true });
    copyFileSync(archive, join(job, 'release', basename(archive)));
    // No registry answers there: a dry run asks for what is published, and goes on.
    const env = { PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`, HOME: folder };
    const line = `${publish} --dry-run --json --fetch-retries 0 --registry http://127.0.0.1:9/`;
    const { code, stdout, stderr } = await runProcess('sh', ['-c', line], { env, cwd: job });
    expect(code, stderr).toBe(0);
    const published = JSON.parse(stdout);
    expect(published['base-image-refresh'] ?? published).toMatchObject({
      name: 'base-image-refresh',
      size: statSync(archive).size,
    });
  });

  test('is at most 1.5 MB to fetch and 6.5 MB on the disk', () => {
    expect(statSync(archive).size).toBeLessThan(1.5e6);
    const files = readdirSync(join(installed, 'base-image-refresh'), { recursive: true, encoding: 'utf8' });
    const sizes = files.map((name) => statSync(join(installed, 'base-image-refresh', name)).size);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(6.5e6);
  });

  test('carries the licence of every package in its bundle', () => {
    const text = readFileSync(join(installed, 'base-image-refresh/dist/cli/licenses.txt'), 'utf8');
    const entries = text.split(`\n${'-'.repeat(80)}\n\n`);
    expect(bundledPackages([text]).size).toBe(entries.length);
    expect(entries.length).toBeGreaterThan(20);
    for (const entry of entries) expect(entry.length, entry.slice(0, 80)).toBeGreaterThan(500);
  });

  const suite = (node: () => string) => {
    test('shows its version and the help of every command', async () => {
      const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
      expect(await command(node(), '--version')).toEqual({ code: 0, signal: null, stdout: `${version}\n`, stderr: '' });
      for (const { name } of commandDefinitions) {
        const { code, stdout, stderr } = await command(node(), name, '--help');
        expect({ code, stderr }, name).toEqual({ code: 0, stderr: '' });
        expect(stdout).toContain(`Usage: base-image-refresh ${name} `);
      }
    });

    test('plays the demo on the registry that it brings', async () => {
      const { code, stdout } = await command(node(), 'demo', '--dry-run', '--output-dir', join(folder, 'demo'));
      expect(code, stdout).toBe(0);
      expect(stdout).toMatch(/platform +stale/);
    });
  };
  describe('on the Node that runs the tests', () => suite(() => process.execPath));
  describeWith(['node24'], 'on Node 24', () => suite(() => program('node24', 'node')));
});

test('the SBOM of a release lists what the bundles hold, and nothing else of the development tree', () => {
  const component = (name: string, version: string) => ({
    'bom-ref': `${name}@${version}`,
    name,
    version,
    scope: 'optional',
    properties: [{ name: 'cdx:npm:package:development', value: 'true' }],
  });
  const document = {
    metadata: { component: { 'bom-ref': 'base-image-refresh@1.0.0' } },
    components: [component('@a/b', '1.0.0'), component('c', '2.0.0'), component('c', '3.0.0'), component('d', '1.0.0')],
    dependencies: [
      { ref: 'base-image-refresh@1.0.0', dependsOn: ['@a/b@1.0.0', 'd@1.0.0'] },
      { ref: '@a/b@1.0.0', dependsOn: ['c@2.0.0'] },
      { ref: 'd@1.0.0', dependsOn: ['c@3.0.0'] },
    ],
  };
  const rule = `\n${'-'.repeat(80)}\n\n`;
  const packages = bundledPackages([`@a/b 1.0.0 (MIT)\n\nText\n${rule}c 2.0.0 (ISC)\n\nd 1.0.0 (MIT)\n`, '']);
  expect([...packages]).toEqual(['@a/b@1.0.0', 'c@2.0.0']);
  expect(bundledSbom(document, packages)).toEqual({
    ...document,
    components: [
      { ...component('@a/b', '1.0.0'), scope: 'required', properties: [] },
      { ...component('c', '2.0.0'), scope: 'required', properties: [] },
    ],
    dependencies: [
      { ref: 'base-image-refresh@1.0.0', dependsOn: ['@a/b@1.0.0'] },
      { ref: '@a/b@1.0.0', dependsOn: ['c@2.0.0'] },
    ],
  });
});
