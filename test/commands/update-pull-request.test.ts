import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { startAzureDevOps } from '../support/azure-devops.ts';
import { startGitHub } from '../support/github.ts';
import { offerAll, update } from '../update/update-run.ts';

let server: TestRegistry;
beforeEach(async () => {
  server = await startRegistry();
  await offerAll(server, 'library/node', ['20.10.0', '20.11.0']);
});
afterEach(() => server.close());

const files = { 'web/Dockerfile': 'FROM node:20.10.0\n' };
const json = { format: 'json', 'pull-request': 'true' };

describe('update with pull requests', () => {
  test('opens one on GitHub, leaves the files here alone, and does nothing the second time', async () => {
    const github = await startGitHub();
    github.commit('main', files);
    const inputs = { ...json, repository: `${github.origin}/acme/shop`, 'repository-token': 'github-token' };
    const first = await update(server, files, inputs);
    expect(first.conclusion).toBe('succeeded');
    expect(JSON.parse(first.printed).pullRequests).toEqual([
      {
        branch: 'base-image-refresh/base-images',
        action: 'opened',
        url: `${github.origin}/acme/shop/pull/1`,
        failure: null,
      },
    ]);
    expect(first.file('web/Dockerfile')).toBe(files['web/Dockerfile']);
    expect(github.branch('base-image-refresh/base-images')?.files.get('web/Dockerfile')?.text).toBe(
      'FROM node:20.11.0\n',
    );
    expect(github.pulls[0]?.labels).toEqual(['dependencies']);
    const writes = github.writes().length;
    const second = await update(server, files, inputs);
    expect(JSON.parse(second.printed).pullRequests).toMatchObject([{ action: 'unchanged' }]);
    expect(github.writes().length).toBe(writes);
    const dry = await update(server, { ...files }, { ...inputs, 'dry-run': 'true' });
    expect(dry.lines).toContain(
      `info: base-image-refresh/base-images: pull request would be unchanged, ${github.origin}/acme/shop/pull/1`,
    );
    expect(github.undocumented).toEqual([]);
    await github.close();
  });

  test('opens one on Azure DevOps', async () => {
    const azure = await startAzureDevOps();
    azure.commit('main', files);
    const ended = await update(server, files, {
      ...json,
      repository: `${azure.origin}/acme/shop/_git/web`,
      'repository-token': 'azure-token',
      'pull-request-labels': 'bases,containers',
    });
    expect(JSON.parse(ended.printed).pullRequests).toMatchObject([{ action: 'opened', failure: null }]);
    expect(azure.pulls[0]).toMatchObject({
      title: 'Update node:20.10.0 to node:20.11.0',
      labels: ['bases', 'containers'],
    });
    expect(azure.undocumented).toEqual([]);
    await azure.close();
  });

  test('ends incomplete with a plain sentence where the token may only read', async () => {
    const message = 'Resource not accessible by integration';
    const github = await startGitHub({
      refuse: ({ method }) => (method === 'GET' ? undefined : { status: 403, body: { message } }),
    });
    github.commit('main', files);
    const ended = await update(server, files, {
      ...json,
      repository: `${github.origin}/acme/shop`,
      'repository-token': 'github-token',
    });
    expect(ended.conclusion).toBe('incomplete');
    expect(ended.lines.join()).toContain(
      'answered 403 to POST (Resource not accessible by integration); give the token contents: write and pull-requests: write',
    );
    await github.close();
  });

  test('closes none while a reference could not be checked', async () => {
    const github = await startGitHub();
    github.commit('main', files);
    const inputs = { ...json, repository: `${github.origin}/acme/shop`, 'repository-token': 'github-token' };
    await update(server, files, inputs);
    const broken = await update(server, { Dockerfile: 'FROM gone:1\n' }, inputs);
    expect(broken.conclusion).toBe('incomplete');
    expect(github.pulls[0]?.state).toBe('open');
    await update(server, { Dockerfile: 'FROM scratch\n' }, inputs);
    expect(github.pulls[0]?.state).toBe('closed');
    await github.close();
  });

  test('says that the host merges it, or why it does not, which is no failure', async () => {
    for (const [rules, expected] of [
      [{ contexts: ['ci'] }, /^info: .*pull request opened, .*pull\/1; it is merged when its checks pass$/],
      [
        { contexts: ['ci'], allowAutoMerge: false },
        /^warning: .*pull\/1: is not merged by GitHub .*; allow auto-merge in the settings of the repository\.$/,
      ],
    ] as const) {
      const github = await startGitHub({ rules });
      github.commit('main', files);
      const inputs = { ...json, repository: `${github.origin}/acme/shop`, 'repository-token': 'github-token' };
      const ended = await update(server, files, { ...inputs, automerge: 'true' });
      expect(ended.conclusion).toBe('succeeded');
      expect(ended.lines).toContainEqual(expect.stringMatching(expected));
      await github.close();
    }
  });

  test('automerge without pull requests is a usage error', async () => {
    const ended = await update(server, files, { automerge: 'true' });
    expect(ended.thrown).toBe('--automerge: is given without --pull-request; add --pull-request.');
  });

  test('without a token is a usage error', async () => {
    const ended = await update(server, files, { ...json, repository: 'https://github.com/acme/shop' });
    expect(ended.thrown).toBe(
      'repository-token: is not given; give a token that may push branches and open pull requests.',
    );
  });
});

test('what other files name is proposed on branches of its own, and leaves those of Dockerfiles open', async () => {
  const github = await startGitHub();
  const both = { ...files, 'a.container': '[Container]\nImage=node:20.10.0\n' };
  github.commit('main', both);
  const inputs = { ...json, repository: `${github.origin}/acme/shop`, 'repository-token': 'github-token' };
  await update(server, both, inputs);
  const second = await update(server, both, { ...inputs, references: 'true' });
  expect(second.document.pullRequests).toMatchObject([
    { branch: 'base-image-refresh-references/base-images', action: 'opened' },
  ]);
  expect(github.branch('base-image-refresh-references/base-images')?.files.get('a.container')?.text).toBe(
    '[Container]\nImage=node:20.11.0\n',
  );
  expect(github.pulls.map(({ state }) => state)).toEqual(['open', 'open']);
});

test('runs with other patterns of include propose apart, and patterns of the configuration file belong to every run', async () => {
  const github = await startGitHub();
  const both = { 'web/Dockerfile': 'FROM node:20.10.0\n', 'api/Dockerfile': 'FROM node:20.10.0\n' };
  github.commit('main', both);
  const inputs = { ...json, repository: `${github.origin}/acme/shop`, 'repository-token': 'github-token' };
  await update(server, both, { ...inputs, include: 'web/**' });
  await update(server, both, { ...inputs, include: 'api/**' });
  const configured = { ...both, '.base-image-refresh.yml': 'exclude: [api/**]\n' };
  await update(server, configured, inputs);
  expect(github.pulls.map(({ state }) => state)).toEqual(['open', 'open', 'open']);
  expect(github.pulls[0]?.head).toMatch(/^base-image-refresh\/base-images@[0-9a-f]{8}$/);
  expect(github.pulls[2]?.head).toBe('base-image-refresh/base-images');
  expect(github.undocumented).toEqual([]);
  await github.close();
});
