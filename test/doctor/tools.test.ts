import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { repository } from '../hosts/repository.ts';
import { fakeDocker, ready } from '../rebuild/buildx/docker.ts';
import { doctor } from './support.ts';

const dockerfile = { Dockerfile: 'FROM debian:12\n' };
const offline = { offline: 'true' };

/** A folder for PATH with a program that prints this. */
function program(name: string, script: string): string {
  const folder = join(repository({}), 'bin');
  mkdirSync(folder);
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
  return folder;
}

test('says which engine would build, from what docker itself answers', async () => {
  const docker = fakeDocker({ ...ready, '--version': { stdout: 'Docker version 28.5.2, build ecc\n' } });
  const { of } = await doctor(dockerfile, { inputs: offline, env: docker.env });
  expect(of('engine')).toMatchObject([{ state: 'ok', detail: expect.stringMatching(/^buildx builds shop \(auto: /) }]);
  expect(of('builders').map(({ subject, detail }) => `${subject} ${detail}`)).toContain(
    'buildx 0.29.1, builder default with the driver docker',
  );
});

test('tells of an engine that was asked for why it cannot build', async () => {
  const { of, conclusion } = await doctor(dockerfile, { inputs: { ...offline, engine: 'podman' } });
  expect(of('engine')).toMatchObject([
    {
      state: 'problem',
      subject: 'engine for shop',
      detail: 'podman cannot rebuild it: podman is not installed',
      remedy: 'install podman',
    },
  ]);
  expect(conclusion).toBe('incomplete');
});

test('tells of every engine on a line of its own why it cannot build', async () => {
  const daemon = 'Cannot connect to the Docker daemon at unix:///nope.sock. Is the docker daemon running?';
  const help = 'echo; echo "Run \'docker --help\' for more information"';
  const docker = program(
    'docker',
    `{ if [ "$1" = buildx ]; then echo "docker: unknown command: docker buildx"; ${help}; else echo "${daemon}"; fi; } >&2; exit 1`,
  );
  const { of } = await doctor(dockerfile, { inputs: offline, env: { PATH: docker } });
  const told = of('engine').map(({ state, subject, detail, remedy }) => `${state} ${subject}: ${detail}; ${remedy}`);
  expect(told).toEqual([
    'problem engine for shop: none of buildx, docker, podman and buildah can build it; install the docker-buildx plugin',
    'note buildx for shop: docker has no buildx plugin; install the docker-buildx plugin',
    `note docker for shop: the docker daemon cannot be reached (${daemon}); start the Docker daemon or set DOCKER_HOST`,
    'note podman for shop: is not installed; install podman',
    'note buildah for shop: is not installed; install buildah',
  ]);
});

test('runs the scanner for its version, reads the age of its database, and refuses a compromised release', async () => {
  const metadata = {
    Version: 2,
    UpdatedAt: new Date(Date.now() - 40 * 86_400_000).toISOString(),
    NextUpdate: '2026-01-01T00:00:00Z',
  };
  const cache = repository({ 'db/trivy.db': 'x', 'db/metadata.json': JSON.stringify(metadata) });
  const good = program('trivy', `echo '{"Version":"0.68.2"}'`);
  const inputs = { ...offline, 'scanner-cache': cache };
  const found = await doctor(dockerfile, { inputs, env: { PATH: [good, '/bin'].join(delimiter) } });
  expect(found.of('scanner')).toMatchObject([
    { state: 'ok', detail: `trivy 0.68.2 at ${good}/trivy` },
    {
      state: 'warning',
      subject: 'database of trivy',
      detail: expect.stringContaining('40 days ago, and a newer one is due'),
    },
  ]);
  const bad = program('trivy', `echo '{"Version":"0.69.4"}'`);
  const refused = await doctor(dockerfile, { inputs, env: { PATH: [bad, '/bin'].join(delimiter) } });
  expect(refused.of('scanner')[0]).toMatchObject({
    state: 'problem',
    detail: expect.stringContaining('Trivy 0.69.4 is a compromised release'),
  });
});

test('installs nothing', async () => {
  const { of } = await doctor(dockerfile, { inputs: { ...offline, 'scanner-install': 'true' } });
  expect(of('scanner')[0]).toMatchObject({
    state: 'note',
    detail: 'trivy is not installed; the built-in version will be installed on first use',
  });
});

test('looks for the program that signs only where images are signed', async () => {
  const none = await doctor(dockerfile, { inputs: offline });
  expect(none.of('signer')).toEqual([]);
  const cosign = program('cosign', 'echo "GitVersion:    v3.1.1"');
  const inputs = { ...offline, sign: 'cosign', 'sign-key': 'cosign.key' };
  const found = await doctor(dockerfile, { inputs, env: { PATH: [cosign, '/bin'].join(delimiter) } });
  expect(found.of('signer')).toMatchObject([
    { state: 'ok', subject: 'cosign', detail: '3.1.1, needed to sign images' },
  ]);
  const missing = await doctor(dockerfile, { inputs });
  expect(missing.of('signer')).toMatchObject([{ state: 'problem', subject: 'cosign', detail: 'is not on PATH' }]);
});

test('looks for kubectl only where images are deployed', async () => {
  expect((await doctor(dockerfile, { inputs: offline })).of('kubectl')).toEqual([]);
  const config = { deploy: [{ name: 'prod', context: 'prod' }] };
  const files = { ...dockerfile, '.base-image-refresh.yml': JSON.stringify(config) };
  const kubectl = program('kubectl', 'echo "Client Version: v1.34.2"');
  const found = await doctor(files, { inputs: offline, env: { PATH: [kubectl, '/bin'].join(delimiter) } });
  expect(found.of('config-file')).toMatchObject([{ state: 'ok' }]);
  expect(found.of('kubectl')).toMatchObject([{ state: 'ok', detail: '1.34.2, needed to deploy' }]);
  const missing = await doctor(files, { inputs: offline });
  expect(missing.of('kubectl')).toMatchObject([{ state: 'problem', detail: 'is not on PATH' }]);
});

test('leaves no trace where it tried to write, and masks the login of a proxy', async () => {
  const env = { HTTPS_PROXY: 'http://me:hunter2@proxy.example:3128' };
  const { of, printed, root } = await doctor(dockerfile, { inputs: offline, env });
  expect(of('output-folder')).toMatchObject([{ state: 'ok' }]);
  expect(of('network')).toMatchObject([{ detail: 'configured by HTTPS_PROXY http://***@proxy.example:3128' }]);
  expect(printed).not.toContain('hunter2');
  expect(root.files).toEqual(['.keep', 'Dockerfile']);
});

test('a check that fails itself is told as such, and the others go on', async () => {
  const exec = async () => {
    throw new Error('fork failed');
  };
  const { of, conclusion } = await doctor(dockerfile, { inputs: offline, world: { exec } });
  expect(of('git')).toEqual([
    {
      id: 'git',
      group: 'environment',
      state: 'unknown',
      subject: 'git',
      detail: 'could not be examined: fork failed',
      remedy: 'run again with --verbose and report it',
    },
  ]);
  expect(of('node')).toMatchObject([{ state: 'ok' }]);
  expect(of('dockerfiles')).toMatchObject([{ state: 'ok', detail: '1 file can be read' }]);
  expect(conclusion).toBe('incomplete');
});

test('gives no program longer than 20 seconds', async () => {
  const asked: string[] = [];
  await doctor(dockerfile, {
    inputs: { ...offline, scanner: 'trivy' },
    env: { PATH: program('trivy', 'echo') },
    world: {
      exec: async ({ file, args, timeout }) => {
        asked.push(basename(file));
        expect(timeout, `${file} ${args.join(' ')}`).toBeLessThanOrEqual(20_000);
        return { kind: 'not-found' };
      },
    },
  });
  expect(new Set(asked)).toEqual(new Set(['git', 'df', 'docker', 'podman', 'buildah', 'trivy']));
});
