import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { commandDefinitions } from '../../core/settings/commands.ts';
import type { TestRegistry } from '../../testing/registry.ts';
import { useBundles } from '../hosts/bundles.ts';
import { repository } from '../hosts/repository.ts';
import { runProcess } from '../hosts/run.ts';
import { startShop } from '../hosts/shop.ts';

// Processes and browsers are slow on a machine that does much else.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

const bundles = useBundles();
let open: TestRegistry;
let closed: TestRegistry;
beforeAll(async () => {
  open = await startShop();
  closed = await startShop({ authentication: { kind: 'token', users: { bot: 'hunter22' } } });
});
afterAll(() => Promise.all([open.close(), closed.close()]));

const dockerfile = 'FROM debian:12\n';

/** Runs the command line in a folder, with nothing on PATH but node's own folder being absent too. */
async function cli(cwd: string, args: readonly string[], env: Record<string, string> = {}) {
  const home = repository({});
  const ended = await runProcess(process.execPath, [bundles().cli, ...args], {
    cwd,
    env: { PATH: '/nonexistent', HOME: home, ...env },
  });
  expect(`${ended.stdout}${ended.stderr}`).not.toMatch(/^\s+at /m);
  expect(ended.signal).toBeNull();
  return { ...ended, errors: ended.stderr.split('\n').filter((line) => line.startsWith('error: ')) };
}

describe('arguments and configuration: one sentence, exit code 2, nothing on standard output', () => {
  const file = '.base-image-refresh.yml';
  test.each<[string, readonly string[], Readonly<Record<string, string>>, string]>([
    [
      'missing path',
      ['check', 'nowhere'],
      {},
      'nowhere: there is no such file or folder; give the folder of the repository or one Dockerfile.',
    ],
    [
      'unreadable path',
      ['check', 'loop'],
      {},
      'loop: too many symbolic links; give the folder of the repository or one Dockerfile.',
    ],
    [
      'unknown option',
      ['check', '--plaform', 'x'],
      {},
      'check: --plaform is not an option; the nearest valid option is --platform.',
    ],
    [
      'unknown command',
      ['refesh'],
      {},
      'base-image-refresh: "refesh" is not a command; the nearest valid command is refresh.',
    ],
    [
      'no command',
      ['--verbose'],
      {},
      `base-image-refresh: no command was given; give one of ${commandDefinitions.map(({ name }) => name).join(', ')}.`,
    ],
    [
      'unknown key',
      ['check'],
      { [file]: 'gate:\n  threshold: high\n' },
      `${file}:2: gate.threshold is not a key of the configuration; the nearest valid key is severity-threshold.`,
    ],
    [
      'wrong value',
      ['refresh'],
      { [file]: 'engine: buildkit\n' },
      `${file}:1: engine cannot be "buildkit"; the nearest valid value is buildx (of auto, buildx, docker, podman, buildah, acr-tasks, rebase).`,
    ],
    ['no YAML', ['detect'], { [file]: 'a: "\n' }, `${file}:2: is not valid YAML:`],
    [
      'secret argument',
      ['check', '--registry-password', 'x'],
      {},
      '--registry-password: secrets are not taken as arguments; set BASE_IMAGE_REFRESH_REGISTRY_PASSWORD or use --registry-password-stdin.',
    ],
    [
      'empty secret',
      ['check', '--registry-password-stdin'],
      {},
      '--registry-password-stdin: has nothing on standard input; pipe the secret to it.',
    ],
    [
      'missing report',
      ['report', 'none.json'],
      {},
      'none.json: there is no such file; give a report.json that a run has saved.',
    ],
  ])('%s', async (_, args, files, message) => {
    const root = repository({ Dockerfile: dockerfile, ...files });
    symlinkSync('loop', join(root, 'loop'));
    const { code, stdout, errors } = await cli(root, args);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(`error: ${message}`);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});

describe('what cannot be completed: exit code 3, and the other images still processed', () => {
  const mirror = () => ['--mirror', `docker.io=${open.host}`];

  test('an unreachable registry is named with a remedy', async () => {
    const root = repository({ 'a/Dockerfile': 'FROM 127.0.0.1:1/gone:1\n', 'web/Dockerfile': dockerfile });
    const images = ['--image', `web=${open.host}/acme/web:1`, '--image', `a=${open.host}/acme/a:1`];
    const { code, stdout } = await cli(root, ['check', '--format', 'json', ...mirror(), ...images]);
    const report = JSON.parse(stdout);
    expect(code).toBe(3);
    const verdicts = Object.fromEntries(
      report.images.map((image: { name: string; verdict: string }) => [image.name, image.verdict]),
    );
    expect(verdicts).toEqual({ a: 'unknown', web: 'stale' });
    const { failure } = report.images.find((image: { name: string }) => image.name === 'a').bases[0];
    expect(failure).toMatchObject({ code: 'unreachable', remedy: expect.stringMatching(/./) });
    expect(failure.subject).toContain('127.0.0.1:1');
  });

  test('an unauthorised registry is named with a remedy; with the right password it is not', async () => {
    const root = repository({ Dockerfile: dockerfile });
    const args = [
      'check',
      '--format',
      'json',
      '--mirror',
      `docker.io=${closed.host}`,
      '--image',
      `${closed.host}/acme/web:1`,
    ];
    const refused = await cli(root, args);
    expect(refused.code).toBe(3);
    expect(JSON.stringify(JSON.parse(refused.stdout))).toMatch(/"code":"unauthorised"/);
    expect(refused.stdout + refused.stderr).toContain(closed.host);
    const allowed = await cli(root, [...args, '--registry-username', 'bot'], {
      BASE_IMAGE_REFRESH_REGISTRY_PASSWORD: 'hunter22',
    });
    expect(JSON.parse(allowed.stdout).images[0].verdict).toBe('stale');
    expect(allowed.stdout + allowed.stderr).not.toContain('hunter22');
    expect(allowed.code).toBe(0);
  });

  test('a missing builder: how to install it, and no tag moves', async () => {
    const root = repository({ Dockerfile: dockerfile });
    const before = open.store.tags('acme/web');
    const { code, stdout, stderr } = await cli(root, [
      'refresh',
      ...mirror(),
      '--engine',
      'buildx',
      '--image',
      `${open.host}/acme/web:1`,
    ]);
    expect(`${stdout}${stderr}`).toMatch(/docker.*(?:install|not found)/is);
    expect(code).toBe(3);
    expect(open.store.tags('acme/web')).toEqual(before);
  });

  test('a missing scanner: how to install it', async () => {
    const { code, stdout, stderr } = await cli(repository({}), ['scan', `${open.host}/acme/web:1`]);
    expect(`${stdout}${stderr}`).toMatch(/trivy.*install/is);
    expect(code).toBe(3);
  });

  test('an image that does not exist yet is missing, and no error', async () => {
    const root = repository({ Dockerfile: dockerfile });
    const { code, stdout } = await cli(root, [
      'check',
      '--format',
      'json',
      ...mirror(),
      '--image',
      `${open.host}/acme/new:1`,
    ]);
    expect(JSON.parse(stdout).images[0].bases[0].verdict).toBe('missing');
    expect(code).toBe(0);
  });
});
