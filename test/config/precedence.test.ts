import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../core/config.ts';
import { createWorld } from '../../core/world.ts';
import { recordingHost } from '../hosts/recording-host.ts';
import { repository } from '../hosts/repository.ts';
import { file, load, refusal } from './support.ts';

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
    expect(await load(root, { allow: 'mirror, insecure-registry=registry.test:5000' })).toMatchObject({
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
      allow: 'mirror=docker.io=mirror.example/hub\ninsecure-registry',
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
    const config = await load(repository({ [file]: yaml }), { 'only-fixable': 'false', allow: 'scanner-command' });
    expect(config.gate).toEqual({
      scope: 'relative',
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
    expect(config.images[0]?.gate).toEqual({ ...config.gate, owner: 'base' });
  });

  test('an input that the host passes on empty is not given', async () => {
    const root = repository({ [file]: yaml });
    expect(
      (await load(root, { 'severity-threshold': '', tags: '', allow: 'mirror, insecure-registry' }, 'github')).gate
        .severityThreshold,
    ).toBe('medium');
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
