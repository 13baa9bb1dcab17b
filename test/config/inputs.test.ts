import { join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Host } from '../../core/ports.ts';
import { commandDefinitions } from '../../core/settings/commands.ts';
import { repository } from '../hosts/repository.ts';
import { defaultUpdate } from '../support/default-settings.ts';
import { file, load, refusal } from './support.ts';

describe('defaults', () => {
  test('a repository without configuration', async () => {
    const root = repository({ Dockerfile: 'FROM debian:12\n' });
    expect(await load(root, {})).toEqual({
      command: 'refresh',
      root,
      placeInRepository: '',
      operands: ['.'],
      files: [],
      include: [],
      exclude: [],
      allowEmpty: false,
      images: [],
      notices: [],
      permissions: [],
      stated: { args: {}, hasPlatforms: false },
      policyGround: { kind: 'checkout' },
      imageInputs: {},
      tags: [],
      tagsOfRepository: true,
      args: {},
      platforms: [],
      gate: { scope: 'relative', severityThreshold: 'high', onlyFixable: false, newOnly: false, exceptions: [] },
      tests: { timeout: 60_000, runner: 'auto', structure: [], absent: [] },
      promotion: { keepCandidates: false, candidateMaxAge: 86_400_000 },
      deploy: {
        targets: [],
        inventory: [{ name: 'the cluster', cluster: { kind: 'kubeconfig' }, namespaces: [] }],
      },
      admission: { controller: 'kyverno' },
      engine: 'auto',
      continuity: { accept: [] },
      source: 'released',
      build: {
        freshness: 'no-cache',
        secrets: [],
        ssh: [],
        cacheFrom: [],
        cacheTo: [],
        timeout: 3_600_000,
        attempts: 3,
      },
      hardening: false,
      rebase: { policy: 'when-safe', candidateOnly: false, smokeRun: true },
      trust: [],
      trustAttested: [],
      trustVerdicts: [],
      update: defaultUpdate,
      scanner: { skipDatabaseUpdate: false, wait: 1_800_000 },
      registry: {
        credentials: {},
        mirrors: {},
        mirrorFallback: false,
        insecureHosts: [],
        layerDirectory: join(process.env.XDG_CACHE_HOME ?? '', 'base-image-refresh/layers'),
        concurrency: 64,
        deadline: 7_200_000,
      },
      fleet: { shards: 'auto', parentWait: 0, changedBases: [] },
      concurrency: 4,
      dryRun: false,
      force: false,
      failOn: 'never',
      objectives: [],
      references: false,
      format: 'table',
      outputDirectory: join(root, '.base-image-refresh'),
      historyFile: join(root, '.base-image-refresh/history.json'),
      verbose: false,
    });
  });

  test('one Dockerfile may stand for its folder', async () => {
    const root = repository({ 'web/Dockerfile': 'FROM debian:12\n' });
    expect(await load(root, { path: 'web/Dockerfile' })).toMatchObject({
      root: join(root, 'web'),
      files: ['Dockerfile'],
    });
  });
});
describe('policy and scanner from inputs', () => {
  const yaml = [
    'gate: { owner: app, grace-days: 7, known-exploited-file: kev.json, ignore-files: [a, b] }',
    'scanner: { tool: command, command: [osv], format: sarif }',
    'images: [{ dockerfile: web/Dockerfile, gate: { grace-days: 1 } }]',
  ].join('\n');

  test('each replaces what the file says of it; the rest of the file stays', async () => {
    const root = repository({ [file]: yaml });
    const given = { 'finding-owner': 'base', 'unknown-severity': 'high', 'allow-unrecognised': 'true' };
    const inputs = { ...given, allow: 'scanner-command' };
    const { gate, images, scanner } = await load(root, inputs);
    expect(gate).toMatchObject({ owner: 'base', unknownSeverity: 'high', allowUnrecognised: true, graceDays: 7 });
    expect(gate).toMatchObject({ knownExploitedFile: 'kev.json', ignoreFiles: ['a', 'b'] });
    expect(images[0]?.gate).toMatchObject({ graceDays: 1, owner: 'base', unknownSeverity: 'high' });
    expect(scanner).toMatchObject({ tool: 'command', command: ['osv'], format: 'sarif' });
  });

  test("files of inputs are found from the working folder, and those of the file from the repository's", async () => {
    const root = repository({ [`app/${file}`]: yaml });
    const allow = 'scanner-command';
    const inputs = { path: 'app', 'known-exploited-file': 'data/kev.json', 'ignore-files': 'x\n/y', allow };
    const { gate, root: found } = await load(root, inputs);
    const from = (path: string | undefined) => resolve(found, path ?? '');
    expect(from(gate.knownExploitedFile)).toBe(join(root, 'data/kev.json'));
    expect(gate.ignoreFiles?.map(from)).toEqual([join(root, 'x'), '/y']);
    const { gate: ofFile } = await load(root, { path: 'app', allow });
    expect([ofFile.knownExploitedFile, ofFile.ignoreFiles]).toEqual(['kev.json', ['a', 'b']]);
  });

  test('what a scanner need not prove is said for each of several by its name', async () => {
    const one = await load(repository({}), { 'accept-unproven': 'image, search' });
    expect(one.scanner.acceptUnproven).toEqual(['image', 'search']);
    const two = { scanners: 'trivy,grype', 'accept-unproven': 'grype=image,search,trivy=distribution' };
    const { scanner } = await load(repository({}), two);
    expect([scanner.acceptUnproven, scanner.beside?.[0]?.acceptUnproven]).toEqual([
      ['distribution'],
      ['image', 'search'],
    ]);
  });

  test("another scanner than the file's leaves its command unused", async () => {
    const { scanner } = await load(repository({ [file]: yaml }), { scanner: 'grype', allow: 'scanner-command' });
    expect(scanner).toEqual({ tool: 'grype', skipDatabaseUpdate: false, wait: 1_800_000 });
  });

  test.each([
    [{ scanner: 'anchore' }, '--scanner: "anchore" is not valid; the nearest valid value is'],
    [{ scanner: 'command' }, '--scanner: scanner.tool: command, scanner.command and scanner.format go together'],
    [
      { 'accept-unproven': 'images' },
      '--accept-unproven: "images" is not valid; the nearest valid value is image (of image, search, distribution).',
    ],
    [
      { scanners: 'trivy,grype', 'accept-unproven': 'image' },
      '--accept-unproven: does not say which scanner "image" is for',
    ],
    [{ 'unknown-severity': 'severe' }, '--unknown-severity: "severe" is not valid'],
    [{ 'allow-unrecognised': 'yes' }, '--allow-unrecognised: "yes" is not valid; use true or false.'],
    [{ 'grace-days': '-1' }, '--grace-days: "-1" is not valid; use a whole number from 0 to 3650.'],
    [{ 'epss-threshold': '10%' }, '--epss-threshold: "10%" is not valid; use a probability from 0 to 1, such as 0.1.'],
    [{ 'finding-owner': 'none' }, '--finding-owner: "none" is not valid'],
  ])('%j is refused', async (inputs, sentence) => {
    expect(await refusal(repository({}), inputs)).toContain(sentence);
  });
});
describe('wrong inputs', () => {
  test.each<[string, Record<string, string>, Host['kind'], string]>([
    ['boolean', { 'dry-run': 'flase' }, 'cli', '--dry-run: "flase" is not valid; use true or false.'],
    ['Azure name', { 'dry-run': 'flase' }, 'azure', 'dryRun: "flase" is not valid; use true or false.'],
    ['GitHub name', { 'dry-run': 'flase' }, 'github', 'dry-run: "flase" is not valid; use true or false.'],
    [
      'command',
      { command: 'refesh' },
      'github',
      `command: "refesh" is not valid; the nearest valid value is refresh (of ${commandDefinitions
        .map(({ name }) => name)
        .filter((name) => name !== 'demo')
        .join(', ')}).`,
    ],
    [
      'path',
      { path: 'nowhere' },
      'cli',
      'nowhere: there is no such file or folder; give the folder of the repository or one Dockerfile.',
    ],
    ['pair', { 'build-arg': 'A' }, 'cli', '--build-arg: "A" is not valid; write it as NAME=VALUE.'],
    [
      'image',
      { image: 'a b' },
      'cli',
      '--image: "a b" is not valid; give an image reference such as ghcr.io/acme/web:1.2.',
    ],
    [
      'two images',
      { image: 'a\nb' },
      'cli',
      '--image: gives two images without a name; write NAME=REFERENCE, once for each image.',
    ],
    [
      'config',
      { config: 'none.yml' },
      'cli',
      '--config: names none.yml, and there is no such file; name the configuration file.',
    ],
    [
      'format',
      { format: 'html' },
      'cli',
      '--format: html is not a format of refresh; use table or json, and the command report for other formats.',
    ],
    ['no image', { command: 'scan' }, 'cli', 'scan: no image was given; write scan IMAGE'],
    ['no report', { command: 'report', path: '.' }, 'github', 'report: no file was given; set path.'],
    [
      'host',
      { 'insecure-registry': 'a/b' },
      'cli',
      '--insecure-registry: "a/b" is not valid; give a registry host such as ghcr.io or localhost:5000.',
    ],
  ])('%s', async (_, inputs, kind, message) => {
    expect(await refusal(repository({}), inputs, kind)).toContain(message);
  });

  test('a file outside the repository', async () => {
    const root = repository({});
    const from = relative(root, '/etc/passwd');
    expect(await refusal(root, { file: '/etc/passwd' }, 'cli')).toContain(`--file: "${from}" is not valid`);
  });
});
