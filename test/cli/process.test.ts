import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { wantsColour } from '../../cli/host.ts';
import { version } from '../../core/product.ts';
import type { TestRegistry } from '../../testing/registry.ts';
import { useBundles } from '../hosts/bundles.ts';
import { repository } from '../hosts/repository.ts';
import { runProcess } from '../hosts/run.ts';
import { startShop } from '../hosts/shop.ts';

// Processes and browsers are slow on a machine that does much else.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

const bundles = useBundles();
let shop: TestRegistry;
beforeAll(async () => {
  shop = await startShop();
});
afterAll(() => shop.close());

const env = { PATH: process.env.PATH ?? '', HOME: '/nonexistent', TMPDIR: tmpdir() };

function checkArguments(): readonly string[] {
  return [
    bundles().cli,
    'check',
    '--format',
    'json',
    '--mirror',
    `docker.io=${shop.host}`,
    '--image',
    `${shop.host}/acme/web:1`,
  ];
}

test('a check prints one JSON document on standard output, and everything else elsewhere', async () => {
  const cwd = repository({ Dockerfile: 'FROM debian:12\n' });
  const { code, stdout, stderr } = await runProcess(process.execPath, [...checkArguments(), '--verbose'], { env, cwd });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1, images: [{ verdict: 'stale' }] });
  expect(stderr).toContain('Dockerfile:1: warning: ');
  expect(shop.writes()).toEqual([]);
});

test.each([
  ['', '/home/me/.cache'],
  ['caches', '/home/me/.cache'],
  ['/var/caches', '/var/caches'],
])('what Node compiles is kept in no folder of the checkout where XDG_CACHE_HOME is "%s"', async (path, place) => {
  const cwd = repository({});
  const spy = join(repository({ 'spy.cjs': spyText }), 'spy.cjs');
  const where = { ...env, HOME: '/home/me', XDG_CACHE_HOME: path, NODE_OPTIONS: `--require=${spy}` };
  const { stderr } = await runProcess(process.execPath, [bundles().cli, 'detect'], { env: where, cwd });
  expect(stderr).toContain(`compiled in ${place}/base-image-refresh/compiled\n`);
});

// Of Node 20, which has no such cache, the same is seen.
const spyText =
  "require('node:module').enableCompileCache = (folder) => void process.stderr.write(`compiled in ${folder}\\n`);";

test('--quiet leaves problems and the result alone', async () => {
  const cwd = repository({ Dockerfile: 'FROM debian:12\n' });
  const scan = [bundles().cli, 'scan', `${shop.host}/acme/absent:1`, '--scanner-path', '/nonexistent/trivy'];
  const { stdout, stderr } = await runProcess(process.execPath, [...scan, '--quiet'], { env, cwd });
  expect(stdout).toContain('absent');
  expect(stderr.split('\n').filter((line) => line !== '' && !/^(?:error|warning): /.test(line))).toEqual([
    expect.stringMatching(/^Not completed: /),
  ]);
  const both = await runProcess(process.execPath, [...checkArguments(), '--quiet', '--verbose'], { env, cwd });
  expect(both.code).toBe(2);
  expect(both.stderr).toContain('error: --quiet: contradicts verbose; give one of them');
});

test('--log-format json writes one object a line, of hostile names too', async () => {
  const cwd = repository({ Dockerfile: 'FROM debian:12\n', 'x##[error]\u001b[31m/Dockerfile': 'FROM\n' });
  const args = [bundles().cli, 'check', '--format', 'json', '--verbose', '--log-format', 'json'];
  const { stdout, stderr } = await runProcess(process.execPath, args, { env: { ...env, CI: 'true' }, cwd });
  expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1 });
  const entries = stderr
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  for (const { time, level, message } of entries) {
    expect(new Date(time).toISOString()).toBe(time);
    expect(['debug', 'info', 'notice', 'warning', 'error', 'result']).toContain(level);
    expect(message).not.toBe('');
  }
  expect(entries).toContainEqual(expect.objectContaining({ level: 'error', path: 'Dockerfile', line: 1 }));
  expect(entries.some(({ level, message }) => level === 'error' && message.includes('x##[error]'))).toBe(true);
  expect(stderr).not.toContain('##[');
  expect(stderr).not.toContain('\u001b');
});

test('--log-format json says which image a line is about', async () => {
  const cwd = repository({ Dockerfile: 'FROM debian:12\n' });
  const name = `${shop.host}/acme/absent:1`;
  const scan = [bundles().cli, 'scan', name, '--scanner-path', '/nonexistent/trivy', '--log-format', 'json'];
  const { stderr } = await runProcess(process.execPath, scan, { env, cwd });
  const entries = stderr
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(entries).toContainEqual(expect.objectContaining({ level: 'error', image: name }));
});

test('an unknown log format is refused', async () => {
  const cwd = repository({ Dockerfile: 'FROM debian:12\n' });
  const { code, stderr } = await runProcess(process.execPath, [...checkArguments(), '--log-format', 'xml'], {
    env,
    cwd,
  });
  expect(code).toBe(2);
  expect(stderr).toContain('text');
});

test('--fail-on stale ends with 1', async () => {
  const cwd = repository({ Dockerfile: 'FROM debian:12\n' });
  expect((await runProcess(process.execPath, [...checkArguments(), '--fail-on', 'stale'], { env, cwd })).code).toBe(1);
});

test('a password from standard input', async () => {
  const closed = await startShop({ authentication: { kind: 'basic', users: { bot: 'hunter22' } } });
  const cwd = repository({ Dockerfile: 'FROM debian:12\n' });
  const args = checkArguments().map((argument) => argument.replace(shop.host, closed.host));
  const login = ['--registry', closed.host, '--registry-username', 'bot', '--registry-password-stdin'];
  const { stdout, code } = await runProcess(process.execPath, [...args, ...login], { env, cwd, stdin: 'hunter22\n' });
  await closed.close();
  expect(JSON.parse(stdout).images[0].verdict).toBe('stale');
  expect(code).toBe(0);
});

describe.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s', (signal, exitCode) => {
  test(`ends the run with ${exitCode} at once, and leaves no temporary folder`, async () => {
    const held = await startShop();
    held.inject({ effect: { kind: 'hang' } });
    const temporary = repository({});
    const cwd = repository({ Dockerfile: 'FROM debian:12\n' });
    const args = checkArguments().map((argument) => argument.replace(shop.host, held.host));
    const child = spawn(process.execPath, args, { cwd, env: { ...env, RUNNER_TEMP: temporary }, stdio: 'pipe' });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
    await expect.poll(() => held.requests.length, { timeout: 10_000 }).toBeGreaterThan(0);
    const signalled = performance.now();
    child.kill(signal);
    const [code] = await once(child, 'close');
    await held.close();
    expect(code).toBe(exitCode);
    expect(performance.now() - signalled).toBeLessThan(2_000);
    expect(stderr).toContain(`error: stopped by ${signal}\n`);
    expect(readdirSync(temporary)).toEqual([]);
  });
});

test('a reader that goes away early is no error', async () => {
  const child = spawn(process.execPath, [bundles().cli, '--help'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  child.stdout.destroy();
  const [code] = await once(child, 'close');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

describe('help and version', () => {
  test('on standard output, with 0', async () => {
    const help = await runProcess(process.execPath, [bundles().cli, '--help'], { env, cwd: '/' });
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toMatch(/^Usage: base-image-refresh COMMAND/);
    const shown = await runProcess(process.execPath, [bundles().cli, '--version'], { env, cwd: '/' });
    expect(shown).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  test('take at most 1.5 times the processor time of bare node', async () => {
    const folder = repository({
      'tell.cjs': 'process.on("exit", () => process.stderr.write(JSON.stringify(process.cpuUsage())));',
      'empty.cjs': '',
    });
    const used = async (args: readonly string[]) => {
      const { stderr } = await runProcess(process.execPath, ['--require', './tell.cjs', ...args], { env, cwd: folder });
      const { user, system } = JSON.parse(stderr);
      return user + system;
    };
    const [bare, help]: [number[], number[]] = [[], []];
    // Processor time and not the clock, the least of each, taken in turns: the machine may be busy with other tests.
    for (let turn = 0; turn < 10; turn += 1) {
      bare.push(await used(['empty.cjs']));
      help.push(await used([bundles().cli, '--help']));
    }
    expect(Math.min(...help) / Math.min(...bare)).toBeLessThan(1.5);
  });
});

test.each([
  [{}, true, true],
  [{}, false, false],
  [{ NO_COLOR: '1' }, true, false],
  [{ NO_COLOR: '' }, true, true],
  [{ TERM: 'dumb' }, true, false],
  [{ CI: 'true' }, true, false],
  [{ CI: 'false' }, true, true],
  [{ GITHUB_ACTIONS: 'true' }, true, false],
  [{ TF_BUILD: 'True' }, true, false],
] as const)('with %j and a terminal: %s, colours: %s', (variables, isTTY, expected) => {
  expect(wantsColour(variables, { isTTY })).toBe(expected);
});
