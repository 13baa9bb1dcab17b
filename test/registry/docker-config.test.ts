import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dockerCredential, readDockerConfig, registryOf } from '../../core/registry/auth/docker-config.ts';
import { createWorld } from '../../core/world.ts';
import { failureOf } from './harness.ts';

let folder: string;
const real = createWorld();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bir-docker-'));
});
afterEach(() => rm(folder, { recursive: true }));

const base64 = (text: string) => Buffer.from(text).toString('base64');

async function credential(config: unknown, registry: string, env: Readonly<Record<string, string>> = {}) {
  await writeFile(join(folder, 'config.json'), typeof config === 'string' ? config : JSON.stringify(config));
  const world = { ...real, env: { PATH: `${folder}:${process.env.PATH}`, DOCKER_CONFIG: folder, ...env } };
  const read = await readDockerConfig(world);
  return read === undefined ? undefined : dockerCredential(world, read, registry);
}

async function helper(name: string, script: string): Promise<void> {
  const file = join(folder, `docker-credential-${name}`);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
}

describe('logins in the file', () => {
  const robot = { kind: 'basic', username: 'robot', password: 'pass:word' };
  const auth = base64('robot:pass:word');
  test.each([
    ['the plain host', { 'ghcr.io': { auth } }, 'ghcr.io', robot],
    ['a host with a port', { 'registry.example:5000': { auth } }, 'registry.example:5000', robot],
    ['an address', { 'https://ghcr.io/v2/': { auth } }, 'ghcr.io', robot],
    ['Docker Hub by its old address', { 'https://index.docker.io/v1/': { auth } }, 'docker.io', robot],
    ['Docker Hub by its endpoint', { 'registry-1.docker.io': { auth } }, 'docker.io', robot],
    ['name and password apart', { 'ghcr.io': { username: 'robot', password: 'pass:word' } }, 'ghcr.io', robot],
    [
      'an identity token',
      { 'ghcr.io': { auth, identitytoken: 'refresh' } },
      'ghcr.io',
      { kind: 'identity', token: 'refresh' },
    ],
    ['a registry token', { 'ghcr.io': { registrytoken: 'bearer' } }, 'ghcr.io', { kind: 'bearer', token: 'bearer' }],
  ])('%s', async (_name, auths, registry, expected) => {
    expect(await credential({ auths }, registry)).toEqual({ ...expected, source: join(folder, 'config.json') });
  });

  test.each([
    ['another host', { 'ghcr.io.evil.example': { auth } }, 'ghcr.io'],
    ['another port', { 'registry.example:5001': { auth } }, 'registry.example:5000'],
    ['a parent domain', { 'example.com': { auth } }, 'registry.example.com'],
    ['a path within the host', { 'ghcr.io/acme': { auth } }, 'ghcr.io'],
    ['an empty entry', { 'ghcr.io': {} }, 'ghcr.io'],
    ['no object', { 'ghcr.io': 'text' }, 'ghcr.io'],
  ])('are not for %s', async (_name, auths, registry) => {
    expect(await credential({ auths }, registry)).toBeUndefined();
  });

  test('no file is no login, and nothing at home is none either', async () => {
    expect(await readDockerConfig({ ...real, env: { DOCKER_CONFIG: folder } })).toBeUndefined();
    expect(await readDockerConfig({ ...real, env: {} })).toBeUndefined();
  });

  test('the home folder is the place without DOCKER_CONFIG', async () => {
    await real.files.write(join(folder, '.docker', 'config.json'), '{"auths":{}}');
    expect((await readDockerConfig({ ...real, env: { HOME: folder } }))?.path).toBe(
      join(folder, '.docker', 'config.json'),
    );
  });

  test.each(['', 'null', '[]', '{', '"text"'])('a file of %j is named as broken', async (text) => {
    expect((await failureOf(credential(text, 'ghcr.io'))).message).toBe(
      `${join(folder, 'config.json')}: is not a JSON object; fix it or point DOCKER_CONFIG elsewhere.`,
    );
  });

  test('a login that is no login is named with its host, not with its content', async () => {
    const { code, message } = await failureOf(
      credential({ auths: { 'ghcr.io': { auth: base64('no colon') } } }, 'ghcr.io'),
    );
    expect(code).toBe('config');
    expect(message).toBe(
      `${join(folder, 'config.json')}: the login for ghcr.io is not USER:PASSWORD in base64; log in to ghcr.io again.`,
    );
  });
});

test.each([
  ['https://index.docker.io/v1/', 'docker.io'],
  ['GHCR.io', 'ghcr.io'],
  ['http://localhost:5000', 'localhost:5000'],
  ['quay.io/acme', undefined],
  ['', undefined],
])('the key "%s" is for %s', (key, registry) => {
  expect(registryOf(key)).toBe(registry);
});

describe('credential helpers', () => {
  test('the host’s own comes before the store, the store before the file', async () => {
    await helper('own', `echo '{"Username":"own","Secret":"s1"}'`);
    await helper('store', `echo '{"Username":"store","Secret":"s2"}'`);
    const config = {
      auths: { 'ghcr.io': { auth: base64('file:s3') } },
      credHelpers: { 'quay.io': 'own' },
      credsStore: 'store',
    };
    expect(await credential(config, 'quay.io')).toMatchObject({ username: 'own', source: 'docker-credential-own' });
    expect(await credential(config, 'ghcr.io')).toMatchObject({ username: 'store', source: 'docker-credential-store' });
  });

  test('is told the server on stdin, Docker Hub by its old address', async () => {
    await helper('ask', `cat > "$DOCKER_CONFIG/asked-$1"; echo '{"Username":"u","Secret":"s"}'`);
    await credential({ credsStore: 'ask' }, 'docker.io');
    expect(await readFile(join(folder, 'asked-get'), 'utf8')).toBe('https://index.docker.io/v1/');
    await credential({ credsStore: 'ask' }, 'ghcr.io');
    expect(await readFile(join(folder, 'asked-get'), 'utf8')).toBe('ghcr.io');
  });

  test('gives an identity token under the name <token>', async () => {
    await helper('id', `echo '{"Username":"<token>","Secret":"refresh"}'`);
    expect(await credential({ credsStore: 'id' }, 'ghcr.io')).toMatchObject({ kind: 'identity', token: 'refresh' });
  });

  test('that knows no login leaves the file to answer', async () => {
    await helper('none', 'echo "credentials not found in native keychain"; exit 1');
    const config = { auths: { 'ghcr.io': { auth: base64('file:s3') } }, credsStore: 'none' };
    expect(await credential(config, 'ghcr.io')).toMatchObject({ username: 'file' });
    expect(await credential(config, 'quay.io')).toBeUndefined();
  });

  test('sees its own cloud’s settings and none of the job’s secrets', async () => {
    await helper('env', `env > "$DOCKER_CONFIG/seen"; echo '{"Username":"u","Secret":"s"}'`);
    await credential({ credsStore: 'env' }, 'ghcr.io', {
      AWS_REGION: 'eu-central-1',
      GITHUB_TOKEN: 'job-token',
      SYSTEM_ACCESSTOKEN: 'job-token',
      ACTIONS_RUNTIME_TOKEN: 'job-token',
    });
    const seen = await readFile(join(folder, 'seen'), 'utf8');
    expect(seen).toContain('AWS_REGION=eu-central-1');
    expect(seen).not.toContain('job-token');
  });

  test.each([
    ['is not there', 'missing', '', 'missing-tool', /docker-credential-missing is not installed; install it/],
    [
      'fails',
      'fails',
      'echo s3cr3t; exit 7',
      'unauthorised',
      /docker-credential-fails ended with exit code 7; log in again/,
    ],
    [
      'answers rubbish',
      'rubbish',
      'echo s3cr3t',
      'unauthorised',
      /docker-credential-rubbish did not answer with a login/,
    ],
  ])('that %s', async (_name, name, script, code, words) => {
    if (script !== '') await helper(name, script);
    const failure = await failureOf(credential({ credsStore: name }, 'ghcr.io'));
    expect(failure.code).toBe(code);
    expect(failure.message).toMatch(words);
    expect(failure.message).not.toContain('s3cr3t');
  });

  test.each(['../evil', 'a b', '-x', 'a;b', 'a/b', ''])('"%s" is not the name of one', async (name) => {
    const failure = failureOf(credential({ credHelpers: { 'ghcr.io': name } }, 'ghcr.io'));
    expect((await failure).message).toMatch(/cannot be the name of a credential helper/);
  });
});
