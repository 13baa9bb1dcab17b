import { expect, test } from 'vitest';
import { loadConfig } from '../../core/config.ts';
import { repositoryName } from '../../core/discover/origin.ts';
import type { Host } from '../../core/ports.ts';
import { createWorld } from '../../core/world.ts';
import { recordingHost } from '../hosts/recording-host.ts';
import { repository } from '../hosts/repository.ts';

async function load(kind: Host['kind'], inputs: Readonly<Record<string, string>>) {
  const root = repository({ Dockerfile: 'FROM debian:12\n' });
  return loadConfig(recordingHost({ path: root, ...inputs }, kind), createWorld({ cwd: root }));
}

test.each([
  ['github', { command: 'check', sign: 'cosign' }, 'sign', 'check does not read sign'],
  ['azure', { command: 'detect', 'kube-context': 'aks' }, 'kubeContext', 'detect does not read kubeContext'],
] as const)('an input that the command does not read is refused on %s: %o', async (kind, inputs, subject, detail) => {
  await expect(load(kind, inputs)).rejects.toMatchObject({
    failure: {
      code: 'usage',
      subject,
      detail,
      remedy: expect.stringMatching(/^leave it out; commands that read it: .*refresh/),
    },
  });
});

test('an agent of Azure calls the folder of every repository s, which is no name of an image', async () => {
  const env = { BUILD_REPOSITORY_NAME: 'acme/shop', BUILD_SOURCESDIRECTORY: '/agent/_work/1/s' };
  expect(repositoryName(env, '/agent/_work/1/s')).toBe('shop');
  expect(repositoryName(env, '/agent/_work/1/s/tools')).toBe('tools');
  expect(repositoryName({}, '/src/web')).toBe('web');
});

test('what a host fills in by itself, and a default that is written out, are no reason', async () => {
  const inputs = { command: 'check', 'allow-pull-request': 'False', 'github-token': 'ghs_1' };
  expect(await load('github', inputs)).toMatchObject({ command: 'check' });
});
