import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { configShape } from '../../core/config/file-shape.ts';
import { guardedKeys, permissionNames } from '../../core/config/permissions.ts';
import { loadConfig } from '../../core/config.ts';
import type { HostKind } from '../../core/settings/input.ts';
import { createWorld } from '../../core/world.ts';
import { recordingHost } from '../hosts/recording-host.ts';
import { repository } from '../hosts/repository.ts';
import { file, load, refusal } from './support.ts';

const said = (yaml: string, inputs: Record<string, string> = {}, kind: HostKind = 'cli') =>
  refusal(repository({ [file]: yaml, 'in/side.txt': 'x', '.git/config': 'token' }), inputs, kind);
const taken = (yaml: string, inputs: Record<string, string> = {}) =>
  load(repository({ [file]: yaml, 'in/side.txt': '', 'keys/team.pub': '' }), inputs);

describe('the repository names nothing of the runner', () => {
  test.each([
    ['build: { secrets: ["a=env:AWS_SECRET_ACCESS_KEY"] }', 'build.secrets', 'build-secret=AWS_SECRET_ACCESS_KEY'],
    ['build: { secrets: ["b=file:/outside/config.json"] }', 'build.secrets', 'build-secret=/outside/config.json'],
    ['build: { secrets: ["b=file:../config.json"] }', 'build.secrets', 'build-secret=../config.json'],
    ['build: { secrets: ["b=file:in/../../x"] }', 'build.secrets', 'build-secret=in/../../x'],
    ['build: { secrets: ["b=file:.git/config"] }', 'build.secrets', 'build-secret=.git/config'],
    ['build: { secrets: ["b=file:C:/Users/x"] }', 'build.secrets', 'build-secret=C:/Users/x'],
    ['build: { ssh: [default] }', 'build.ssh', 'build-ssh=default'],
    ['build: { ssh: ["key=in/side.txt"] }', 'build.ssh', 'build-ssh=key=in/side.txt'],
    ['build: { cache-to: ["type=local,dest=/srv"] }', 'build.cache-to', 'cache-to'],
    ['build: { cache-from: ["Type=local,src=/srv"] }', 'build.cache-from', 'cache-from'],
    ['build: { cache-from: ["type=registry,ref=a/b,type=local,src=/srv"] }', 'build.cache-from', 'cache-from'],
    ['build: { cache-from: ["type=gha,url=https://evil.example"] }', 'build.cache-from', 'cache-from'],
    ['sign: { tool: cosign, key: keys/cosign.key }', 'sign.key', 'sign-key=keys/cosign.key'],
    ['sign: { tool: notation, key: x, plugin: azure-kv }', 'sign.key', 'sign-key=x'],
    [
      'verify-base: [{ match: "docker.io/**", key: "env://COSIGN_KEY" }]',
      'verify-base[0].key',
      'verify-base-key=env://COSIGN_KEY',
    ],
    [
      'verify-base: [{ match: "docker.io/**", key: "pkcs11:token=x" }]',
      'verify-base[0].key',
      'verify-base-key=pkcs11:token=x',
    ],
    [
      'verify-attestations: [{ match: "docker.io/**", key: /etc/key }]',
      'verify-attestations[0].key',
      'verify-attestations-key=/etc/key',
    ],
    [
      'deploy: [{ name: a }, { name: b, kubeconfig: kube/config }]',
      'deploy[1].kubeconfig',
      'deploy-kubeconfig=kube/config',
    ],
    ['registries: { ca-file: in/side.txt }', 'registries.ca-file', 'ca-file=in/side.txt'],
    ['registries: { insecure: [registry.test] }', 'registries.insecure', 'insecure-registry=registry.test'],
    ['registries: { mirrors: { docker.io: evil.example } }', 'registries.mirrors', 'mirror=docker.io=evil.example'],
    ['registries: { mirror-fallback: true }', 'registries.mirror-fallback', 'mirror-fallback=true'],
    ['registries: { azure-client-id: x }', 'registries.azure-client-id', 'azure-client-id=x'],
    ['scanner: { tool: command, command: [sh, -c, "id"], format: sarif }', 'scanner.command', 'scanner-command'],
    [
      'scanner: { download-url: "https://evil.example" }',
      'scanner.download-url',
      'scanner-download-url=https://evil.example',
    ],
    [
      'scanner: { database-repository: evil.example/db }',
      'scanner.database-repository',
      'database-repository=evil.example/db',
    ],
    ['scanner: { accept-unproven: search }', 'scanner.accept-unproven', 'accept-unproven=search'],
    ['tests: { command: [app], runner: buildah }', 'tests.runner', 'tests-runner=buildah'],
    [
      'images: [{ dockerfile: Dockerfile, tests: { runner: buildah } }]',
      'images[0].tests.runner',
      'tests-runner=buildah',
    ],
    ['gate: { ignore-files: [in/side.txt, ../x] }', 'gate.ignore-files', 'ignore-files=../x'],
    ['images: [{ dockerfile: Dockerfile, gate: { vex-files: [/x] } }]', 'images[0].gate.vex-files', 'vex-files=/x'],
    ['tests: { structure: [/etc/tests.yml] }', 'tests.structure', 'tests-structure=/etc/tests.yml'],
    ['lock-file: ../lock.json', 'lock-file', 'lock-file=../lock.json'],
    ['policies: [../org.yml]', 'policies', 'policy=../org.yml'],
    ['policies: ["https://169.254.169.254/x#sha256=00"]', 'policies', 'policy'],
  ])('%s', async (yaml, key, item) => {
    const message = await said(yaml);
    expect(message).toContain(`${file}:1: ${key} names "`);
    // What a shell could read as something else is not written out for one.
    const how = /^[\w./:@=+-]+$/.test(item) && item.includes('=') ? `allow it with --allow ${item}` : `allow ${item}`;
    expect(message).toMatch(new RegExp(`${how.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}|allow it with --allow ${item}`));
  });

  test('through no link that leaves it, whether what it leads to is there or not', async () => {
    const root = repository({ [file]: 'gate: { ignore-files: [out/x] }' });
    const outside = repository({ x: '' });
    symlinkSync(outside, join(root, 'out'));
    expect(await refusal(root, {})).toContain('names "out/x", which is outside the repository, through a link; allow');
    const dangling = repository({ [file]: 'gate: { epss-file: later }' });
    symlinkSync(join(outside, 'not-yet'), join(dangling, 'later'));
    expect(await refusal(dangling, {})).toContain('names "later", which is outside the repository, through a link');
    mkdirSync(join(root, 'inside'));
    writeFileSync(join(root, 'inside/x'), '');
    symlinkSync('inside', join(root, 'link'));
    writeFileSync(join(root, file), 'gate: { ignore-files: [link/x] }');
    expect((await load(root, {})).gate.ignoreFiles).toEqual(['link/x']);
  });

  test('not in a policy file of its own either', async () => {
    const root = repository({ [file]: 'policies: [org.yml]', 'org.yml': 'gate:\n  epss-file: /srv/epss.csv\n' });
    expect(await refusal(root, {})).toContain('org.yml:2: gate.epss-file names "/srv/epss.csv", which is outside');
  });
});

test.each([
  ['build: { secrets: ["npmrc=file:in/side.txt"], cache-from: ["type=registry,ref=ghcr.io/acme/cache,mode=max"] }'],
  ['build: { cache-from: [ghcr.io/acme/cache], cache-to: ["type=inline"] }'],
  ['verify-base: [{ match: "docker.io/library/*", key: keys/team.pub }]'],
  ['tests: { command: [app, --self-test], runner: auto, structure: [in/side.txt] }'],
  ['gate: { ignore-files: [in/side.txt, not/there/yet] }\nlock-file: true'],
  ['deploy: [{ name: a, context: production, aks: }]'.replace(', aks: ', '')],
])('what is the repository’s own needs no permission: %s', async (yaml) => {
  await expect(taken(yaml)).resolves.toBeDefined();
});

describe('the run allows items', () => {
  const yaml = 'build: { secrets: ["a=env:NPM_TOKEN", "b=env:OTHER"] }';

  test('one value of a kind, and no other', async () => {
    expect(await said(yaml, { allow: 'build-secret=NPM_TOKEN' })).toContain('names "b=env:OTHER"');
    const { build } = await taken(yaml, { allow: 'build-secret=NPM_TOKEN\nbuild-secret=OTHER' });
    expect(build.secrets.map(({ id }) => id)).toEqual(['a', 'b']);
  });

  test('everything of a kind, but for secrets', async () => {
    const command = 'scanner: { tool: command, command: [osv, "{image}"], format: sarif }\nbuild: { ssh: [default] }';
    expect(await taken(command, { allow: 'scanner-command, build-ssh' })).toMatchObject({
      scanner: { command: ['osv', '{image}'] },
      build: { ssh: ['default'] },
    });
    expect(await said(yaml, { allow: 'build-secret' })).toBe(
      '--allow: "build-secret" is not valid; say which: build-secret=NAME.',
    );
  });

  test('by a name that there is', async () => {
    expect(await said('', { allow: 'scaner-command' }, 'azure')).toBe(
      'allow: "scaner-command" is not valid; the nearest item is scanner-command.',
    );
  });

  test.each<[HostKind, string]>([
    ['cli', 'allow it with --allow build-secret=NPM_TOKEN, or give it with --build-secret.'],
    ['github', 'allow it with "allow: build-secret=NPM_TOKEN" in with: of the step, or give it with build-secret.'],
    ['azure', 'allow it with "allow: build-secret=NPM_TOKEN" in inputs: of the task, or give it with buildSecret.'],
  ])('and is told how in the words of %s', async (kind, remedy) => {
    const message = await said(yaml, {}, kind);
    expect(message).toBe(`${file}:1: build.secrets names "a=env:NPM_TOKEN", which only the run may name; ${remedy}`);
  });

  test('and what is no plain word is not written out to be copied', async () => {
    const message = await said('registries: { ca-file: "$(touch x)" }');
    expect(message).toContain('names "$(touch x)", which only the run may name; allow ca-file for this value');
  });
});

test('a configuration outside the repository is the run’s own', async () => {
  const root = repository({ Dockerfile: '' });
  const own = repository({ 'refresh.yml': 'build: { secrets: ["a=env:NPM_TOKEN"] }' });
  expect((await load(root, { config: join(own, 'refresh.yml') })).build.secrets).toHaveLength(1);
  symlinkSync(join(own, 'refresh.yml'), join(root, 'linked.yml'));
  expect(await refusal(root, { config: 'linked.yml' })).toContain('build.secrets names "a=env:NPM_TOKEN"');
  mkdirSync(join(root, '.git'));
  mkdirSync(join(root, 'app'));
  writeFileSync(join(root, 'beside.yml'), 'build: { ssh: [default] }');
  expect(await refusal(root, { path: 'app', config: 'beside.yml' })).toContain('build.ssh names "default"');
});

test('every key that names something of the runner can be allowed by its own name', () => {
  const keys = guardedKeys(configShape());
  expect(keys).toContain('images[].gate.epss-file');
  expect(permissionNames(configShape())).toEqual(expect.arrayContaining(['build-secret', 'scanner-command', 'mirror']));
  expect(permissionNames(configShape()).every((name) => /^[a-z-]+$/.test(name))).toBe(true);
});

test('what the CI host has checked out is a repository, wherever the run itself stands', async () => {
  const checkout = repository({ 'ci.yml': 'build: { ssh: [default] }', '.git/HEAD': '' });
  const elsewhere = repository({});
  const world = { ...createWorld({ cwd: elsewhere }), env: { BUILD_SOURCESDIRECTORY: checkout } };
  const inputs = { command: 'scan', image: 'ghcr.io/acme/web:1', config: join(checkout, 'ci.yml') };
  await expect(loadConfig(recordingHost(inputs), world)).rejects.toThrow('build.ssh names "default"');
});
