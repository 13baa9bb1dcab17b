import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { debianBase } from '../../testing/debian.ts';
import { makeImage, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { useBundles } from '../hosts/bundles.ts';
import { repository } from '../hosts/repository.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const bundles = useBundles();
let server: TestRegistry;
beforeEach(async () => {
  server = await startRegistry();
  const [v1, v2] = await Promise.all([debianBase('v1'), debianBase('v2')]);
  const { digest } = await pushImage(server.store, 'library/debian', v1, '12');
  await pushImage(server.store, 'library/debian', v2, '12');
  const annotations = {
    'org.opencontainers.image.base.name': `${server.host}/library/debian:12`,
    'org.opencontainers.image.base.digest': digest,
  };
  for (const name of ['one', 'two']) {
    const layers = [await makeLayer({ 'srv/': { directory: true }, 'srv/app': name })];
    await pushImage(server.store, `acme/${name}`, makeImage({ base: v1, layers, annotations }), '1');
  }
});
afterEach(() => server.close());

const clean = JSON.stringify({
  version: '2.1.0',
  runs: [{ tool: { driver: { name: 's', version: '1', rules: [{ id: 'CVE-1999-1' }] } }, results: [] }],
});

/** A repository of two images, the scan of whose second takes longer than any test. */
function shop(): string {
  const scan = `
    const [, repository, folder] = process.argv;
    const { writeFileSync } = require('node:fs');
    if (repository.endsWith('two')) { writeFileSync(folder + '/scanning', ''); setTimeout(() => {}, 60_000); }
    else console.log(${JSON.stringify(clean)});`;
  const root = repository({
    'one/Dockerfile': `FROM ${server.host}/library/debian:12\n`,
    'two/Dockerfile': `FROM ${server.host}/library/debian:12\n`,
  });
  const command = [process.execPath, '-e', scan, '{repository}', root, '{image}'];
  const images = ['one', 'two'].map((name) => ({
    name,
    dockerfile: `${name}/Dockerfile`,
    image: `${server.host}/acme/${name}:1`,
  }));
  const scanner = { tool: 'command', format: 'sarif', command };
  const gate = { 'allow-unrecognised': true };
  const configuration = { images, engine: 'rebase', rebase: 'when-safe', scanner, gate };
  writeFileSync(join(root, '.base-image-refresh.yml'), JSON.stringify(configuration));
  return root;
}

const tagsOf = (name: string) => server.store.tags(`acme/${name}`);
const candidatesOf = (name: string) => tagsOf(name).filter((tag) => /^bir-(?![kp]1-)/.test(tag));

/** A refresh that runs until the first image is promoted and the second is being scanned. */
async function begun() {
  const root = shop();
  const before = server.store.digestOf('acme/one', '1');
  const temporary = repository({});
  const env = { PATH: process.env.PATH ?? '', HOME: '/nonexistent', TMPDIR: tmpdir(), RUNNER_TEMP: temporary };
  const child = spawn(
    process.execPath,
    [bundles().cli, 'refresh', '--allow', 'scanner-command', '--source', 'checkout'],
    { cwd: root, env, stdio: 'pipe' },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text));
  onTestFinished(() => void child.kill('SIGKILL'));
  const isReady = () => existsSync(join(root, 'scanning')) && server.store.digestOf('acme/one', '1') !== before;
  await expect.poll(isReady, { timeout: 30_000, message: said }).toBe(true);
  await expect.poll(() => candidatesOf('one'), { timeout: 10_000 }).toEqual([]);
  expect(candidatesOf('two')).toHaveLength(1);
  return { root, child, temporary, said: () => said };
}

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)(
  '%s takes the candidates of the run away, and leaves a report of what was promoted',
  async (signal, code) => {
    const untouched = server.store.digestOf('acme/two', '1');
    const { root, child, temporary, said } = await begun();
    const signalled = performance.now();
    child.kill(signal);
    const [ended] = await once(child, 'close');
    expect(ended, said()).toBe(code);
    expect(performance.now() - signalled).toBeLessThan(7_000);
    expect([...candidatesOf('one'), ...candidatesOf('two')]).toEqual([]);
    expect(server.store.digestOf('acme/two', '1')).toBe(untouched);
    const { images } = JSON.parse(readFileSync(join(root, '.base-image-refresh/report.json'), 'utf8'));
    const [one, two] = images;
    expect(one).toMatchObject({ name: 'one', promotion: { digest: server.store.digestOf('acme/one', '1') } });
    expect(two).toMatchObject({ name: 'two', promotion: null, candidate: { state: 'removed' } });
    expect(readdirSync(temporary)).toEqual([]);
  },
);

test('a registry that hangs does not keep it from ending', async () => {
  const { child, said } = await begun();
  server.inject({ effect: { kind: 'hang' } });
  const signalled = performance.now();
  child.kill('SIGTERM');
  const [ended] = await once(child, 'close');
  expect(ended, said()).toBe(143);
  expect(performance.now() - signalled).toBeLessThan(9_000);
});
