import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import type { PlatformManifest } from '../../core/baseline/published.ts';
import { digestOf } from '../../core/oci/digest.ts';
import type { World } from '../../core/ports.ts';
import type { Run } from '../../core/refresh/context.ts';
import { runCommand } from '../../core/validate/command/run-command.ts';
import type { TestSettings } from '../../core/validate/settings.ts';
import { createWorld } from '../../core/world.ts';
import { makeImage } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry } from '../../testing/registry.ts';
import { createRecordingHost, testConfig } from '../support/run.ts';

let bin: string;
const world = createWorld();
beforeEach(async () => {
  bin = await mkdtemp(join(tmpdir(), 'runner-test-'));
});
afterEach(() => rm(bin, { recursive: true }));

const digest = digestOf('the platform manifest');
const here = { os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch };
const manifest = { descriptor: { digest } } as PlatformManifest['manifest'];
const reference = { registry: 'localhost:5000', repository: 'team/web', tag: 'bir-1' };
const image = `localhost:5000/team/web@${digest}`;

/** A program of this name that keeps its arguments and answers each subcommand with a line of shell. */
async function install(name: string, answers: Readonly<Record<string, string>>) {
  const cases = Object.entries(answers).map(([word, shell]) => `${word}) ${shell} ;;`);
  const script = `#!/bin/sh\nfor a in "$@"; do printf '<%s>' "$a"; done >> "${bin}/calls"; echo >> "${bin}/calls"\ncase "$1" in\n${cases.join('\n')}\nesac\n`;
  await writeFile(join(bin, name), script);
  await chmod(join(bin, name), 0o755);
}

const state = (status: string, code: number, error = '') =>
  `echo '${JSON.stringify({ Status: status, ExitCode: code, Error: error })}'`;

async function check(
  settings: Partial<TestSettings> & Pick<TestSettings, 'runner'>,
  platform = here,
  more: Partial<World> = {},
) {
  const config = testConfig(bin);
  const run = {
    config,
    host: createRecordingHost(),
    world: { ...world, ...more, env: { PATH: `${bin}:/usr/bin:/bin`, HOME: bin, SECRET_TOKEN: 'hunter2' } },
  } as unknown as Run;
  const whole = { ...config.tests, command: ['/app', '--self-test', 'a b;$(c)'], ...settings };
  const { verdict, detail, failure, name } = await runCommand(run, reference, [{ platform, manifest }], whole);
  return { verdict, detail, failure: failure?.detail, name };
}

const calls = async () => (await readFile(join(bin, 'calls'), 'utf8')).trim().split('\n');

test('docker runs the argument vector in the candidate by digest, without a network, and clears up', async () => {
  await install('docker', { create: 'echo c0ffee', start: 'env > "$HOME/env"', inspect: state('exited', 0) });
  expect(await check({ runner: 'auto' })).toMatchObject({ verdict: 'pass', name: '/app --self-test a b;$(c)' });
  expect((await calls()).slice(1)).toEqual([
    `<pull><--quiet><${image}>`,
    `<create><--stop-timeout=0><--network=none><--entrypoint=/app><${image}><--self-test><a b;$(c)>`,
    '<start><--attach><c0ffee>',
    '<inspect><--format><{{json .State}}><c0ffee>',
    '<rm><--force><--volumes><c0ffee>',
    `<rmi><${image}>`,
  ]);
  expect(await readFile(join(bin, 'env'), 'utf8')).not.toContain('hunter2');
});

test.each([
  [
    'exited',
    3,
    '',
    'printf "line\\n\\033[31m##vso[task.complete]bad\\n" >&2; exit 3',
    'ended with 3: line | ##vso[task.complete]bad',
  ],
  ['exited', 137, '', 'exit 137', 'ended with 137'],
  ['created', 127, 'exec: "/app": no such file', 'exit 1', 'could not be started: exec: "/app": no such file'],
  [
    'created',
    0,
    '',
    `echo 'runc: exec: "/app": stat /app: no such file' >&2; exit 125`,
    'could not be started: runc: exec: "/app": stat /app: no such file',
  ],
  ['created', 126, '', 'echo "permission denied" >&2; exit 126', 'could not be started: permission denied'],
])('%s with %i fails the test', async (status, code, error, start, detail) => {
  await install('docker', { create: 'echo id', start, inspect: state(status, code, error) });
  expect(await check({ runner: 'docker' })).toMatchObject({ verdict: 'fail', detail });
  expect((await calls()).at(-2)).toBe('<rm><--force><--volumes><id>');
});

test('a command that does not end in its time fails, and its container is removed', async () => {
  await install('docker', {
    create: 'echo id',
    start: 'echo waiting >&2; exec sleep 20',
    inspect: state('running', 0),
  });
  const found = await check({ runner: 'docker', timeout: 300 });
  expect(found).toMatchObject({ verdict: 'fail', detail: 'did not end within 300 ms and was stopped: waiting' });
  expect(await calls()).toContain('<rm><--force><--volumes><id>');
});

test('a container and its image are removed where the process is asked to stop', async () => {
  await install('docker', { create: 'echo id' });
  let [isStopped, isUnbroken] = [false, false];
  const exec: World['exec'] = async (command) => {
    isStopped ||= command.args[0] === 'start';
    return isStopped && !isUnbroken ? { kind: 'aborted', stdout: '', stderr: '' } : world.exec(command);
  };
  const unbroken = async <T>(work: () => Promise<T>): Promise<T> => {
    isUnbroken = true;
    return work().finally(() => {
      isUnbroken = false;
    });
  };
  const stop = { signal: new AbortController().signal, orderly: (work: () => unknown) => work(), unbroken };
  const found = await check({ runner: 'docker' }, here, { exec, stop } as Partial<World>);
  expect(found.verdict).toBe('inconclusive');
  expect((await calls()).slice(-2)).toEqual(['<rm><--force><--volumes><id>', `<rmi><${image}>`]);
});

test('endless output fails and is not kept', async () => {
  await install('docker', { create: 'echo id', start: 'exec yes', inspect: state('exited', 0) });
  expect(await check({ runner: 'docker' })).toMatchObject({
    verdict: 'fail',
    detail: 'wrote more than 1048576 bytes and was stopped',
  });
});

test.each([
  ['pull', { pull: 'echo "no route to host" >&2; exit 1' }, 'docker pull ended with exit code 1: no route to host'],
  ['create', { create: 'echo "disk full" >&2; exit 125' }, 'docker create ended with exit code 125: disk full'],
  [
    'start',
    { create: 'echo id', start: 'echo "runc: cgroups" >&2; exit 125', inspect: state('created', 128, 'runc: cgroups') },
    'start ended with 125: runc: cgroups',
  ],
  ['inspect', { create: 'echo id', inspect: 'echo "<no value>"' }, 'inspect said nothing of how the container ended'],
])('what docker cannot do at %s is inconclusive, never a pass', async (_, answers, failure) => {
  await install('docker', answers);
  expect(await check({ runner: 'docker' })).toMatchObject({ verdict: 'inconclusive', failure });
});

test('podman is next where docker has no daemon, and is told of plain registries and of the login', async () => {
  await install('docker', { version: 'echo "Cannot connect to the Docker daemon" >&2; exit 1' });
  await install('podman', { create: 'echo id', inspect: state('exited', 0) });
  expect(await check({ runner: 'auto' })).toMatchObject({ verdict: 'pass' });
  expect(await calls()).toContain(`<pull><--quiet><--tls-verify=false><${image}>`);
});

test('buildah runs it in a working container', async () => {
  await install('buildah', { from: 'echo web-working-container', run: 'exit 0' });
  expect(await check({ runner: 'buildah' })).toMatchObject({ verdict: 'pass' });
  expect((await calls()).slice(1)).toEqual([
    `<from><--quiet><--tls-verify=false><${image}>`,
    '<run><--isolation=chroot><web-working-container><--></app><--self-test><a b;$(c)>',
    '<rm><web-working-container>',
    `<rmi><${image}>`,
  ]);
});

test.each([
  ['exit 4', 'fail'],
  ['echo "error: mounting /proc" >&2; exit 125', 'inconclusive'],
])('buildah run: %s is %s', async (run, verdict) => {
  await install('buildah', { from: 'echo id', run });
  expect(await check({ runner: 'buildah' })).toMatchObject({ verdict });
  expect((await calls()).slice(-2)).toEqual(['<rm><id>', `<rmi><${image}>`]);
});

test('nothing at hand is inconclusive, and says what would help', async () => {
  await install('docker', { version: 'echo "Cannot connect" >&2; exit 1' });
  await install('podman', { info: 'exit 125' });
  await install('buildah', { version: 'exit 1' });
  expect(await check({ runner: 'auto' })).toMatchObject({
    verdict: 'inconclusive',
    failure:
      'nothing here runs containers: docker ended with exit code 1: Cannot connect; podman ended with exit code 125 and no message; buildah ended with exit code 1 and no message',
  });
});

test('an image for other machines is not run', async () => {
  await install('docker', {});
  const elsewhere = { os: 'linux', architecture: 's390x' };
  expect(await check({ runner: 'docker' }, elsewhere)).toMatchObject({
    verdict: 'inconclusive',
    failure: `this machine runs linux/${here.architecture}, and the candidate has linux/s390x`,
  });
});

test('docker has no login but the one that it pulls with: a token, where the registry issues tokens', async () => {
  const registry = await startRegistry({ authentication: { kind: 'token', users: { pusher: 'correct-horse' } } });
  onTestFinished(() => registry.close());
  const pushed = await pushImage(registry.store, 'team/web', makeImage({ layers: [] }), '1');
  const entry = { ...manifest, descriptor: { ...manifest.descriptor, digest: pushed.digest } };
  await mkdir(join(bin, '.docker'));
  const other = { auths: { 'other.example': { auth: 'b3RoZXI6c2VjcmV0' } }, credsStore: 'keys', currentContext: 'far' };
  await writeFile(join(bin, '.docker/config.json'), JSON.stringify(other));
  await install('docker', {
    pull: 'cat "$DOCKER_CONFIG/config.json" > "$HOME/seen"',
    create: 'echo c0ffee',
    inspect: state('exited', 0),
  });
  const config = testConfig(bin);
  const credentials = { [registry.host]: { username: 'pusher', password: 'correct-horse' } };
  const run = {
    config: { ...config, registry: { ...config.registry, credentials } },
    host: createRecordingHost(),
    world: { ...world, env: { PATH: `${bin}:/usr/bin:/bin`, HOME: bin } },
  } as unknown as Run;
  const at = { registry: registry.host, repository: 'team/web', tag: '1' };
  const settings = { ...config.tests, command: ['/app'], runner: 'docker' } as const;
  expect(await runCommand(run, at, [{ platform: here, manifest: entry }], settings)).toMatchObject({ verdict: 'pass' });
  const seen = JSON.parse(await readFile(join(bin, 'seen'), 'utf8'));
  expect(seen.currentContext).toBe('far');
  expect(seen.credsStore).toBeUndefined();
  expect(Object.keys(seen.auths)).toEqual([registry.host]);
  expect(seen.auths[registry.host]).toEqual({ registrytoken: expect.stringMatching(/\w/) });
  expect(registry.requests.flatMap(({ query }) => new URLSearchParams(query).getAll('scope'))).toEqual([
    'repository:team/web:pull',
  ]);
});
