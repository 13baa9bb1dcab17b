import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Config, loadConfig } from '../core/config.ts';
import { isUsageFailure } from '../core/failure.ts';
import { commandDefinitions } from '../core/inputs.ts';
import type { Host } from '../core/ports.ts';
import { createWorld } from '../core/world.ts';
import { recordingHost } from './hosts/recording-host.ts';
import { repository } from './hosts/repository.ts';
import { defaultUpdate } from './support/default-settings.ts';

const file = '.base-image-refresh.yml';

function load(root: string, inputs: Record<string, string>, kind: Host['kind'] = 'cli'): Promise<Config> {
  return loadConfig(recordingHost({ command: 'refresh', ...inputs }, kind), createWorld({ cwd: root }));
}

async function refusal(root: string, inputs: Record<string, string>, kind: Host['kind'] = 'cli'): Promise<string> {
  const error = await load(root, inputs, kind).then(
    () => expect.fail('it was accepted'),
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ name: 'FailureError' });
  expect(isUsageFailure((error as { failure: Parameters<typeof isUsageFailure>[0] }).failure)).toBe(true);
  return (error as Error).message;
}

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
      images: [],
      imageInputs: {},
      tags: [],
      args: {},
      platforms: [],
      gate: { severityThreshold: 'high', onlyFixable: false, newOnly: false, exceptions: [] },
      tests: { timeout: 60_000, runner: 'auto', structure: [], absent: [] },
      promotion: { keepCandidates: false },
      deploy: { targets: [] },
      engine: 'auto',
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
      rebase: { policy: 'when-safe', candidateOnly: false },
      trust: [],
      trustAttested: [],
      update: defaultUpdate,
      scanner: { skipDatabaseUpdate: false, wait: 1_800_000 },
      registry: {
        credentials: {},
        mirrors: {},
        mirrorFallback: false,
        insecureHosts: [],
        concurrency: 16,
        deadline: 7_200_000,
      },
      concurrency: 4,
      dryRun: false,
      force: false,
      failOn: 'never',
      format: 'table',
      outputDirectory: join(root, '.base-image-refresh'),
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
    const inputs = { 'finding-owner': 'base', 'unknown-severity': 'high', 'allow-unrecognised': 'true' };
    const { gate, images, scanner } = await load(root, inputs);
    expect(gate).toMatchObject({ owner: 'base', unknownSeverity: 'high', allowUnrecognised: true, graceDays: 7 });
    expect(gate).toMatchObject({ knownExploitedFile: 'kev.json', ignoreFiles: ['a', 'b'] });
    expect(images[0]?.gate).toEqual({ graceDays: 1 });
    expect(scanner).toMatchObject({ tool: 'command', command: ['osv'], format: 'sarif' });
  });

  test("files of inputs are found from the working folder, and those of the file from the repository's", async () => {
    const root = repository({ [`app/${file}`]: yaml });
    const inputs = { path: 'app', 'known-exploited-file': 'data/kev.json', 'ignore-files': 'x\n/y' };
    const { gate, root: found } = await load(root, inputs);
    const from = (path: string | undefined) => resolve(found, path ?? '');
    expect(from(gate.knownExploitedFile)).toBe(join(root, 'data/kev.json'));
    expect(gate.ignoreFiles?.map(from)).toEqual([join(root, 'x'), '/y']);
    const { gate: ofFile } = await load(root, { path: 'app' });
    expect([ofFile.knownExploitedFile, ofFile.ignoreFiles]).toEqual(['kev.json', ['a', 'b']]);
  });

  test("another scanner than the file's leaves its command unused", async () => {
    const { scanner } = await load(repository({ [file]: yaml }), { scanner: 'grype' });
    expect(scanner).toEqual({ tool: 'grype', skipDatabaseUpdate: false, wait: 1_800_000 });
  });

  test.each([
    [{ scanner: 'anchore' }, '--scanner: "anchore" is not valid; the nearest valid value is'],
    [{ scanner: 'command' }, '--scanner: scanner.tool: command, scanner.command and scanner.format go together'],
    [{ 'unknown-severity': 'severe' }, '--unknown-severity: "severe" is not valid'],
    [{ 'allow-unrecognised': 'yes' }, '--allow-unrecognised: "yes" is not valid; use true or false.'],
    [{ 'grace-days': '-1' }, '--grace-days: "-1" is not valid; use a whole number from 0 to 3650.'],
    [{ 'epss-threshold': '10%' }, '--epss-threshold: "10%" is not valid; use a probability from 0 to 1, such as 0.1.'],
    [{ 'finding-owner': 'none' }, '--finding-owner: "none" is not valid'],
  ])('%j is refused', async (inputs, sentence) => {
    expect(await refusal(repository({}), inputs)).toContain(sentence);
  });
});

describe('inputs over file over defaults', () => {
  const yaml = [
    'tags: ["1.20", latest]',
    'build-args:',
    '  VERSION: 1.20',
    '  FLAVOUR: slim',
    'gate:',
    '  severity-threshold: medium',
    '  only-fixable: true',
    'registries:',
    '  mirrors:',
    '    docker.io: mirror.example/hub',
    '  insecure: [registry.test:5000]',
    '  concurrency: 3',
    'deadline: 90s',
  ].join('\n');

  test('the file sets what no input does, and its values stay text', async () => {
    const root = repository({ [file]: yaml });
    expect(await load(root, {})).toMatchObject({
      tags: ['1.20', 'latest'],
      args: { VERSION: '1.20', FLAVOUR: 'slim' },
      gate: { severityThreshold: 'medium', onlyFixable: true },
      registry: {
        mirrors: { 'docker.io': 'mirror.example/hub' },
        insecureHosts: ['registry.test:5000'],
        concurrency: 3,
        deadline: 90_000,
      },
    });
  });

  test('inputs replace lists and join named values', async () => {
    const root = repository({ [file]: yaml });
    const inputs = {
      tags: '2\n3',
      'build-arg': 'VERSION=2=x',
      'severity-threshold': 'low',
      'only-fixable': 'false',
      mirror: 'quay.io=mirror.example',
    };
    expect(await load(root, inputs)).toMatchObject({
      tags: ['2', '3'],
      args: { VERSION: '2=x', FLAVOUR: 'slim' },
      gate: { severityThreshold: 'low', onlyFixable: false },
      registry: { mirrors: { 'docker.io': 'mirror.example/hub', 'quay.io': 'mirror.example' } },
    });
  });

  test('the whole policy language and the scanner', async () => {
    const yaml = `
gate:
  only-fixable: true
  unknown-severity: high
  owner: app
  grace-days: 14
  maximum: { high: 10, low: 0 }
  known-exploited: critical
  known-exploited-file: kev.json
  epss-threshold: 0.2
  epss-file: epss.csv.gz
  end-of-life: high
  ignore-files: [.trivyignore]
  exceptions:
    - { id: '*', path: app/**, purl: 'pkg:npm/x', version: 1.10, reason: ours }
scanner:
  tool: command
  command: [osv, '{image}']
  format: sarif
images:
  - dockerfile: Dockerfile
    gate: { owner: base }
`;
    const config = await load(repository({ [file]: yaml }), { 'only-fixable': 'false' });
    expect(config.gate).toEqual({
      severityThreshold: 'high',
      onlyFixable: false,
      newOnly: false,
      unknownSeverity: 'high',
      owner: 'app',
      graceDays: 14,
      maximum: { high: 10, low: 0 },
      knownExploited: 'critical',
      knownExploitedFile: 'kev.json',
      epssThreshold: 0.2,
      epssFile: 'epss.csv.gz',
      endOfLife: 'high',
      ignoreFiles: ['.trivyignore'],
      exceptions: [{ id: '*', path: 'app/**', purl: 'pkg:npm/x', version: '1.10', reason: 'ours' }],
    });
    expect(config.scanner).toMatchObject({ tool: 'command', command: ['osv', '{image}'], format: 'sarif' });
    expect(config.images[0]?.gate).toEqual({ owner: 'base' });
  });

  test('an input that the host passes on empty is not given', async () => {
    const root = repository({ [file]: yaml });
    expect((await load(root, { 'severity-threshold': '', tags: '' }, 'github')).gate.severityThreshold).toBe('medium');
  });

  test('platforms take lines and commas', async () => {
    const { platforms } = await load(repository({}), { platform: 'linux/amd64, linux/arm64/v8\nlinux/arm/v7' });
    expect(platforms).toEqual([
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64' },
      { os: 'linux', architecture: 'arm', variant: 'v7' },
    ]);
  });

  test('another file by --config, relative to the working directory', async () => {
    const root = repository({ 'ci/refresh.yml': 'engine: rebase\n', [file]: 'engine: buildx\n', 'app/Dockerfile': '' });
    expect((await load(root, { config: 'ci/refresh.yml', path: 'app' })).engine).toBe('rebase');
  });
});

describe('images', () => {
  test('everything that an image can say', async () => {
    const yaml = `
images:
  - name: web
    dockerfile: ./web/Dockerfile
    context: web/
    target: runtime
    image: ghcr.io/acme/web:1
    tags: [1, latest]
    platforms: [linux/amd64]
    build-args: { A: "b c" }
    engine: buildx
    gate:
      severity-threshold: critical
      exceptions:
        - id: CVE-2026-1
          package: zlib1g
          reason: not reachable
          owner: team
          expires: 2027-01-31
  - dockerfile: Dockerfile
`;
    const { images } = await load(repository({ [file]: yaml }), {});
    expect(images).toEqual([
      {
        name: 'web',
        dockerfile: 'web/Dockerfile',
        context: 'web',
        target: 'runtime',
        image: { registry: 'ghcr.io', repository: 'acme/web', tag: '1' },
        tags: ['1', 'latest'],
        platforms: [{ os: 'linux', architecture: 'amd64' }],
        args: { A: 'b c' },
        engine: 'buildx',
        gate: {
          severityThreshold: 'critical',
          exceptions: [
            { id: 'CVE-2026-1', package: 'zlib1g', reason: 'not reachable', owner: 'team', expires: '2027-01-31' },
          ],
        },
      },
      { dockerfile: 'Dockerfile', tags: [], platforms: [], args: {} },
    ]);
  });

  test('--image with and without a name', async () => {
    const { imageInputs } = await load(repository({}), { image: 'acme/one\nweb=ghcr.io/acme/web:2' });
    expect(imageInputs).toEqual({
      '': { registry: 'docker.io', repository: 'acme/one', tag: 'latest' },
      web: { registry: 'ghcr.io', repository: 'acme/web', tag: '2' },
    });
  });

  test('scan takes its images as operands', async () => {
    const config = await load(repository({}), { command: 'scan', image: 'acme/one\nacme/two:2' });
    expect(config).toMatchObject({ operands: ['acme/one', 'acme/two:2'], imageInputs: {} });
  });
});

describe('credentials', () => {
  const secret = 'correct-horse';

  test('several registries, each password masked', async () => {
    const host = recordingHost({
      command: 'check',
      'registry-credentials': `ghcr.io=bot:${secret}\nhttps://index.docker.io/v1/=me:pass:with:colons`,
    });
    const { registry } = await loadConfig(host, createWorld({ cwd: repository({}) }));
    expect(registry.credentials).toEqual({
      'ghcr.io': { username: 'bot', password: secret },
      'docker.io': { username: 'me', password: 'pass:with:colons' },
    });
    expect(host.secrets).toEqual([secret, 'pass:with:colons']);
  });

  test('one registry, named or that of the image', async () => {
    const inputs = { 'registry-username': 'bot', 'registry-password': secret };
    const root = repository({});
    const named = await load(root, { ...inputs, registry: 'Registry.Example:5000' });
    expect(named.registry.credentials).toEqual({ 'registry.example:5000': { username: 'bot', password: secret } });
    const known = await load(root, { ...inputs, image: 'ghcr.io/acme/web' });
    expect(known.registry.credentials).toEqual({ 'ghcr.io': { username: 'bot', password: secret } });
  });

  test.each([
    [
      { 'registry-credentials': `ghcr.io bot ${secret}` },
      '--registry-credentials: line 1 is not understood; write HOST=USER:PASSWORD.',
    ],
    [
      { 'registry-password': secret },
      '--registry-password: is given without registry-username; give --registry-username too.',
    ],
    [
      { 'registry-username': 'bot' },
      '--registry-username: is given without registry-password; set BASE_IMAGE_REFRESH_REGISTRY_PASSWORD or use --registry-password-stdin.',
    ],
    [
      { 'registry-username': 'bot', 'registry-password': secret },
      '--registry-username: does not say for which registry it is; give --registry too.',
    ],
  ])('refuses %j without showing the secret', async (inputs: Record<string, string>, message) => {
    const said = await refusal(repository({}), inputs);
    expect(said).toBe(message);
    expect(said).not.toContain(secret);
  });
});

describe('wrong values of the file', () => {
  test.each([
    [
      'severity: high',
      `${file}:1: severity is not a key of the configuration; the nearest valid key is gate.severity-threshold.`,
    ],
    [
      'gate:\n  severity-treshold: high',
      `${file}:2: gate.severity-treshold is not a key of the configuration; the nearest valid key is severity-threshold.`,
    ],
    [
      '# comment\r\ngate:\r\n  severity-threshold: hgih\r\n',
      `${file}:3: gate.severity-threshold cannot be "hgih"; the nearest valid value is high (of critical, high, medium, low, negligible, unknown, none).`,
    ],
    ['gate: [high]', `${file}:1: gate is a list; write it as a mapping of keys.`],
    ['gate:\n  only-fixable: "yes"', `${file}:2: gate.only-fixable cannot be "yes"; use true or false.`],
    ['concurrency: 100', `${file}:1: concurrency cannot be "100"; use a whole number from 1 to 64.`],
    ['concurrency: 1e1', `${file}:1: concurrency cannot be "1e1"; use a whole number from 1 to 64.`],
    ['deadline: 30', `${file}:1: deadline cannot be "30"; use a time from 1s to 24h, such as 90s, 30m or 2h.`],
    ['tags: latest', `${file}:1: tags is one value; write it as a list.`],
    [
      'tags:\n  - latest\n  - "a b"',
      `${file}:3: tags[1] cannot be "a b"; give a tag of letters, digits, "_", "." and "-".`,
    ],
    ['build-args:\n  - A=b', `${file}:2: build-args is a list; write it as a mapping of names to values.`],
    ['target:\nengine: auto', `${file}:1: target is empty; give it one value or remove it.`],
    ['target: " "', `${file}:1: target is empty; give it one value or remove it.`],
    ['- a', `${file}:1: the file is a list; write it as a mapping of keys.`],
    ['just words', `${file}:1: the file is one value; write it as a mapping of keys.`],
    ['engine: auto\nengine: buildx', `${file}:2: key engine is already on line 1; keep one of the two.`],
    ['engine: !!js/function "x"', `${file}:1: the YAML tag !!js/function is not understood; remove it.`],
    ['tags: *nowhere', `${file}:1: alias *nowhere has no anchor before it; define &nowhere.`],
    ['engine: auto\n---\nengine: auto', `${file}: holds 2 YAML documents; keep one of them.`],
    ['images:\n  - name: web', `${file}:2: images[0] has no dockerfile; add dockerfile.`],
    [
      'images:\n  - dockerfile: ../Dockerfile',
      `${file}:2: images[0].dockerfile cannot be "../Dockerfile"; give a path inside the folder of the repository.`,
    ],
    [
      'images:\n  - dockerfile: D\n    image: Not A Reference',
      `${file}:3: images[0].image cannot be "Not A Reference"; give an image reference such as ghcr.io/acme/web:1.2.`,
    ],
    [
      'images:\n  - dockerfile: D\n  - dockerfile: D',
      `${file}:3: images[1].dockerfile is "D" as at ${file}:2; give each of the two its own name.`,
    ],
    [
      'gate:\n  exceptions:\n    - id: CVE-1\n      reason: x\n      expires: 2026-02-30',
      `${file}:5: gate.exceptions[0].expires cannot be "2026-02-30"; give a day as YYYY-MM-DD.`,
    ],
    ['gate:\n  exceptions:\n    - id: CVE-1', `${file}:3: gate.exceptions[0] has no reason; add reason.`],
    [
      'platforms: [amd64]',
      `${file}:1: platforms[0] cannot be "amd64"; give a platform such as linux/amd64 or linux/arm/v7.`,
    ],
    ['__proto__: 1', `${file}:1: __proto__ is not a key of the configuration; the nearest valid key is update.`],
  ])('%j', async (yaml, message) => {
    expect(await refusal(repository({ [file]: yaml }), {})).toBe(message);
  });

  test.each(['a: [1, 2\nb: 3', 'a: "x', 'a:\n\t- b', 'a: b: c'])('%j is no YAML', async (yaml) => {
    expect(await refusal(repository({ [file]: yaml }), {})).toMatch(
      /^\.base-image-refresh\.yml:\d+: is not valid YAML: .+; fix this line\.$/,
    );
  });

  test('a file under the other common name is not silently left out', async () => {
    const root = repository({ '.base-image-refresh.yaml': 'engine: auto\n' });
    expect(await refusal(root, {})).toBe(
      '.base-image-refresh.yaml: is not the name of the configuration file; rename it to .base-image-refresh.yml.',
    );
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
    ['no image', { command: 'scan' }, 'cli', 'scan: no image was given; give IMAGE.'],
    ['no report', { command: 'report', path: '.' }, 'github', 'report: no file was given; give path.'],
    [
      'host',
      { 'insecure-registry': 'a/b' },
      'cli',
      '--insecure-registry: "a/b" is not valid; give a registry host such as ghcr.io or localhost:5000.',
    ],
    ['file', { file: '/etc/passwd' }, 'cli', '--file: "../../etc/passwd" is not valid'],
  ])('%s', async (_, inputs, kind, message) => {
    expect(await refusal(repository({}), inputs, kind)).toContain(message);
  });
});
