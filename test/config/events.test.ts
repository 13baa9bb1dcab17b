import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pullRequestBehind, pullRequestOf } from '../../core/config/event.ts';
import { loadPolicyFor } from '../../core/config/per-image.ts';
import { groundWords } from '../../core/config/read-event.ts';
import { loadConfig } from '../../core/config.ts';
import type { Build } from '../../core/discover/build.ts';
import { createWorld } from '../../core/world.ts';
import { recordingHost } from '../hosts/recording-host.ts';
import { repository } from '../hosts/repository.ts';
import { file } from './support.ts';

const github = { GITHUB_EVENT_NAME: 'pull_request', GITHUB_BASE_REF: 'main' };
const azure = { BUILD_REASON: 'PullRequest', SYSTEM_PULLREQUEST_TARGETBRANCH: 'refs/heads/main' };

describe('what a pull request is', () => {
  test.each([
    [github, 'main'],
    [{ ...github, GITHUB_EVENT_NAME: 'pull_request_target' }, 'main'],
    [{ GITHUB_EVENT_NAME: 'pull_request_review' }, undefined],
    [azure, 'main'],
    [{ BUILD_REASON: 'PullRequest', SYSTEM_PULLREQUEST_TARGETBRANCH: 'release/1.x' }, 'release/1.x'],
    [{ BUILD_REASON: 'Manual', BUILD_SOURCEBRANCH: 'refs/pull/7/merge' }, undefined],
    [{ ...github, GITHUB_BASE_REF: '--upload-pack=x' }, undefined],
    [{ ...github, GITHUB_BASE_REF: 'a..b' }, undefined],
  ])('%j', (env, target) => {
    const request = pullRequestOf(env);
    expect(request).toBeDefined();
    expect(request?.target).toBe(target);
  });

  test.each([
    {},
    { GITHUB_EVENT_NAME: 'push' },
    { GITHUB_EVENT_NAME: 'schedule' },
    { BUILD_REASON: 'Manual', BUILD_SOURCEBRANCH: 'refs/heads/refs/pull/7' },
  ])('%j is none', (env) => {
    expect(pullRequestOf(env)).toBeUndefined();
  });
});

describe('a pull request behind another event', () => {
  const behind = async (event: string, payload: object | undefined) => {
    const root = repository({});
    const path = join(root, 'event.json');
    if (payload !== undefined) writeFileSync(path, JSON.stringify(payload));
    const env = { GITHUB_EVENT_NAME: event, GITHUB_EVENT_PATH: path };
    return (await pullRequestBehind({ ...createWorld({ cwd: root }), env })) !== undefined;
  };

  test.each([
    ['workflow_run', { workflow_run: { event: 'pull_request' } }, true],
    ['workflow_run', { workflow_run: { event: 'push' } }, false],
    ['issue_comment', { issue: { pull_request: { url: 'x' } } }, true],
    ['issue_comment', { issue: {} }, false],
    ['issue_comment', undefined, true],
    ['push', { issue: { pull_request: {} } }, false],
  ])('%s with %j: %s', async (event, payload, expected) => {
    expect(await behind(event, payload)).toBe(expected);
  });
});

function git(cwd: string, ...args: readonly string[]): string {
  const identity = ['-c', 'user.name=a', '-c', 'user.email=a@example.com', '-c', 'init.defaultBranch=main'];
  return execFileSync('git', [...identity, ...args], { cwd, encoding: 'utf8' }).trim();
}

function write(root: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(root, name, '..'), { recursive: true });
    writeFileSync(join(root, name), text);
  }
}

/** A checkout of a pull request over a base branch, which the checkout knows or not. */
function pullRequest(base: Readonly<Record<string, string>>, own: Readonly<Record<string, string>>, isFetched = true) {
  const root = repository({ Dockerfile: 'FROM debian:12\n', ...base });
  git(root, 'init', '-q');
  git(root, 'add', '-A', '-f');
  git(root, 'commit', '-q', '--allow-empty', '-m', 'base');
  if (isFetched) git(root, 'update-ref', 'refs/remotes/origin/main', 'HEAD');
  git(root, 'checkout', '-q', '-b', 'theirs');
  write(root, own);
  git(root, 'add', '-A', '-f');
  git(root, 'commit', '-q', '--allow-empty', '-m', 'theirs');
  return root;
}

async function load(root: string, inputs: Record<string, string> = {}, env: Record<string, string> = github) {
  const world = { ...createWorld({ cwd: root }), env: { PATH: process.env.PATH, HOME: root, ...env } };
  return { world, config: await loadConfig(recordingHost({ command: 'refresh', ...inputs }), world) };
}

describe('a run of a pull request', () => {
  test.each([['refresh'], ['rebase'], ['rollback'], ['deploy'], ['update'], ['prune']])(
    'makes %s a dry run that says so',
    async (command) => {
      const root = pullRequest({}, {});
      const inputs = { command, image: 'ghcr.io/acme/web:1', 'pull-request': 'true', 'repository-token': 'x' };
      const { config } = await load(root, inputs);
      expect(config.dryRun).toBe(true);
      expect(config.pullRequests).toBeUndefined();
      expect(config.notices).toContain(
        'this run is of a pull request (GITHUB_EVENT_NAME=pull_request), so it is a dry run: nothing is written to a registry, a cluster or a branch; set --allow-pull-request to write all the same',
      );
      const allowed = await load(root, { ...inputs, 'allow-pull-request': 'true' });
      expect(allowed.config.dryRun).toBe(false);
      expect(allowed.config.pullRequests).toBeDefined();
      expect(allowed.config.notices?.join()).not.toContain('dry run');
    },
  );

  test('on Azure too, and no other run is one', async () => {
    const root = pullRequest({}, {});
    expect((await load(root, {}, azure)).config.dryRun).toBe(true);
    expect((await load(root, {}, { GITHUB_EVENT_NAME: 'push' })).config).toMatchObject({ dryRun: false, notices: [] });
  });

  test('tries no push in doctor', async () => {
    const { config } = await load(pullRequest({}, {}), { command: 'doctor', 'test-push': 'true' });
    expect(config.doctor?.testPush).toBe(false);
  });
});

const strict = 'gate: { severity-threshold: low, ignore-files: [.trivyignore] }\n';
const build: Build = {
  name: 'web',
  dockerfile: 'Dockerfile',
  context: '.',
  args: {},
  contexts: {},
  platforms: [],
  releases: [],
  provenance: {},
};

describe('configuration and policy come from the base branch', () => {
  const theirs = {
    [file]: 'gate: { severity-threshold: none, ignore-files: [.trivyignore] }\n',
    '.trivyignore': 'CVE-2026-1\nCVE-2026-666\n',
    'org.yml': 'gate: { severity-threshold: none }\n',
  };
  const base = {
    [file]: strict,
    '.trivyignore': 'CVE-2026-1\n',
    'org.yml': 'gate: { severity-threshold: negligible, ignore-files: [.trivyignore] }\n',
  };

  test('and never from the pull request', async () => {
    const { world, config } = await load(pullRequest(base, theirs));
    expect(config.gate.severityThreshold).toBe('low');
    const { policy } = await loadPolicyFor(world, config, build);
    expect(policy.exceptions.map(({ id }) => id)).toEqual(['CVE-2026-1']);
    expect(config.notices).toHaveLength(1);
    expect(groundWords(config.policyGround ?? { kind: 'checkout' })).toMatch(
      /^configuration and policy are read from main \([0-9a-f]+\), not from the pull/,
    );
  });

  test('of a folder of the repository, with a policy that the run names', async () => {
    const root = pullRequest(
      { ...base, [`app/${file}`]: 'gate: { only-fixable: true }\n' },
      { [`app/${file}`]: 'gate: {}\n', ...theirs },
    );
    const { config } = await load(root, { path: 'app' });
    expect(config.gate.onlyFixable).toBe(true);
    expect((await load(root, { policy: 'org.yml' })).config.gate.severityThreshold).toBe('negligible');
  });

  test('a file that only the pull request has does not count, and one that it removed does', async () => {
    const { config } = await load(pullRequest({}, theirs));
    expect(config.gate.severityThreshold).toBe('high');
    const root = pullRequest(base, {});
    git(root, 'rm', '-q', file);
    git(root, 'commit', '-q', '--allow-empty', '-m', 'away');
    expect((await load(root)).config.gate.severityThreshold).toBe('low');
  });

  test('without that branch only inputs count, and a file of the checkout that the run names is refused', async () => {
    const root = pullRequest(base, theirs, false);
    const { config } = await load(root, { 'only-fixable': 'true' });
    expect(config.gate).toMatchObject({ severityThreshold: 'high', onlyFixable: true });
    expect(config.notices?.at(-1)).toMatch(/its base branch is not here .*: only inputs count; fetch the base branch/);
    await expect(load(root, { policy: 'org.yml' })).rejects.toThrow(
      'stands in the checkout of a pull request, and its base branch is not here',
    );
    await expect(load(root, { config: file })).rejects.toThrow(/--config: names .*yml, and there is no such file/);
  });

  test('a link in the base branch is no file of it, and a file that git does not know is as it is', async () => {
    const linked = pullRequest({}, {});
    git(linked, 'checkout', '-q', 'main');
    symlinkSync('/etc/hostname', join(linked, 'org.yml'));
    git(linked, 'add', 'org.yml');
    git(linked, 'commit', '-q', '--allow-empty', '-m', 'link');
    git(linked, 'update-ref', 'refs/remotes/origin/main', 'HEAD');
    await expect(load(linked, { policy: 'org.yml' })).rejects.toThrow('is no file of main');
    const root = pullRequest(base, theirs);
    write(root, { 'fetched/policy.yml': 'gate: { grace-days: 5 }\n' });
    expect((await load(root, { policy: 'fetched/policy.yml' })).config.gate.graceDays).toBe(0 + 5);
  });
});
