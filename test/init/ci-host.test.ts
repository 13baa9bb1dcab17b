import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { ciHostOf, hostOfRemote } from '../../core/init/ci-host.ts';
import { createWorld } from '../../core/world.ts';
import { repository } from '../hosts/repository.ts';

test.each([
  ['git@github.com:acme/shop.git', 'github'],
  ['https://user:secret@github.com/acme/shop', 'github'],
  ['ssh://git@ssh.github.com:443/acme/shop.git', 'github'],
  ['https://acme.ghe.com/acme/shop', 'github'],
  ['https://dev.azure.com/acme/shop/_git/shop', 'azure'],
  ['https://acme@dev.azure.com/acme/shop/_git/shop', 'azure'],
  ['git@ssh.dev.azure.com:v3/acme/shop/shop', 'azure'],
  ['https://acme.visualstudio.com/shop/_git/shop', 'azure'],
  ['https://tfs.example/collection/shop/_git/shop', 'azure'],
  ['https://gitlab.com/acme/shop.git', undefined],
  ['https://github.com.example/acme/shop', undefined],
  ['https://evilgithub.com/acme/shop', undefined],
  ['/srv/git/github.com/shop.git', undefined],
  ['', undefined],
])('the remote %s is on %s', (url, kind) => {
  expect(hostOfRemote(url)?.kind).toBe(kind);
  expect(hostOfRemote(url)?.why ?? '').not.toContain('secret');
});

const [github, azure] = ['git@github.com:acme/shop.git', 'https://dev.azure.com/acme/shop/_git/shop'];
const workflow = { '.github/workflows/a.yml': '' };
const pipeline = { 'azure-pipelines.yml': '' };

test.each<[Readonly<Record<string, string>>, string, string, string]>([
  [workflow, azure, 'github', 'there is .github/workflows'],
  [pipeline, github, 'azure', 'there is azure-pipelines.yml'],
  [{ ...workflow, ...pipeline }, azure, 'azure', 'the remote origin is on dev.azure.com'],
  [{ ...workflow, ...pipeline }, '', 'github', 'there is .github'],
  [{}, github, 'github', 'the remote origin is on github.com'],
  [{ '.github/CODEOWNERS': '' }, azure, 'azure', 'the remote origin is on dev.azure.com'],
  [{ '.github/CODEOWNERS': '' }, '', 'github', 'there is .github'],
  [{}, '', 'none', 'neither its remote nor its files show one'],
])('%j with the remote %j is on %s', async (files, url, kind, why) => {
  const root = repository(files);
  execFileSync('git', ['init', '-q'], { cwd: root });
  if (url !== '') execFileSync('git', ['remote', 'add', 'origin', url], { cwd: root });
  const world = createWorld({ cwd: root });
  expect(await ciHostOf(world, root)).toEqual({ kind, why });
  await world.close();
});
