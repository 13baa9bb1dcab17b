import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../../core/config.ts';
import { createWorld } from '../../core/world.ts';
import { recordingHost } from '../hosts/recording-host.ts';
import { repository } from '../hosts/repository.ts';

const load = (root: string, inputs: Readonly<Record<string, string>>) =>
  loadConfig(recordingHost({ command: 'refresh', ...inputs }, 'cli'), createWorld({ cwd: root }));

test('builds are told what the file says, and inputs go over it', async () => {
  const file = [
    'build:',
    '  freshness: epoch',
    '  secrets: [npm=env:NPM_TOKEN, netrc=file:.netrc]',
    '  ssh: [default]',
    '  cache-from: ["type=registry,ref=ghcr.io/acme/cache"]',
    '  sbom-generator: registry.example/sbom:1',
    '  timeout: 20m',
    '  attempts: 5',
  ];
  const allow = 'build-secret=NPM_TOKEN, build-ssh=default';
  const root = repository({ Dockerfile: 'FROM debian:12\n', '.base-image-refresh.yml': `${file.join('\n')}\n` });
  expect((await load(root, { freshness: 'cache', 'cache-to': 'type=local,dest=out', allow })).build).toEqual({
    freshness: 'cache',
    secrets: [
      { id: 'npm', from: { kind: 'env', name: 'NPM_TOKEN' } },
      { id: 'netrc', from: { kind: 'file', path: join(root, '.netrc') } },
    ],
    ssh: ['default'],
    cacheFrom: ['type=registry,ref=ghcr.io/acme/cache'],
    cacheTo: ['type=local,dest=out'],
    sbomGenerator: 'registry.example/sbom:1',
    timeout: 1_200_000,
    attempts: 5,
  });
});

test.each(['npm', 'npm=NPM_TOKEN', 'npm=env:A,src=/etc/shadow', 'a,b=env:A', 'npm=file:'])(
  'a secret %j is refused',
  async (secret) => {
    const root = repository({ Dockerfile: 'FROM debian:12\n' });
    await expect(load(root, { 'build-secret': secret })).rejects.toThrow(
      `--build-secret: "${secret}" is not valid; write it as ID=env:NAME or ID=file:PATH.`,
    );
  },
);

test('the resource of a registry is a path in Azure and nothing else', async () => {
  const root = repository({ Dockerfile: 'FROM debian:12\n' });
  const id = '/subscriptions/0-1/resourceGroups/my.group/providers/Microsoft.ContainerRegistry/registries/acme';
  expect((await load(root, { 'acr-registry-id': id })).build.acrRegistry).toBe(id);
  for (const wrong of ['acme', `${id}/../x`, `${id}?x=y`, `https://evil.example${id}`]) {
    await expect(load(root, { 'acr-registry-id': wrong })).rejects.toThrow(/^--acr-registry-id: ".*" is not valid/);
  }
});
