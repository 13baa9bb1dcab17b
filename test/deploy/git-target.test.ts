import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deploy } from '../../core/deploy/deploy.ts';
import { deployable } from '../../core/deploy/deployable.ts';
import { type Deployment, deploymentOf } from '../../core/deploy/result.ts';
import type { GitSettings } from '../../core/deploy/settings.ts';
import type { Digest } from '../../core/oci/digest.ts';
import { parseReference, type Reference } from '../../core/oci/reference.ts';
import { writeBack } from '../../core/refresh/write-back.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { load, refusal } from '../config/support.ts';
import { type GitServer, startGitServer } from '../fleet/git-server.ts';
import { repository } from '../hosts/repository.ts';
import { startGitHub } from '../support/github.ts';
import { recordInRegistry } from '../support/promotion-records.ts';
import { createTestEngine, createTestRun, createTestScanner, testConfig } from '../support/run.ts';
import { offer } from '../update/update-run.ts';

let server: TestRegistry;
let git: GitServer;
let root: string;
let [web, digest, other] = ['', '', ''];

beforeAll(async () => {
  [server, git] = await Promise.all([startRegistry(), startGitServer()]);
  root = mkdtempSync(join(tmpdir(), 'git-target-'));
  web = `${server.host}/team/web`;
  digest = (await offer(server, 'team/web', '1')).digest;
  other = (await offer(server, 'team/other', '1')).digest;
  for (const [name, made] of [
    ['web', digest],
    ['other', other],
  ] as const)
    await recordInRegistry(server, `team/${name}`, made, { tags: [{ reference: `${server.host}/team/${name}:1` }] });
});
afterAll(async () => {
  await Promise.all([server.close(), git.close()]);
  rmSync(root, { recursive: true, force: true });
});

const files = () => ({
  'shop/kustomization.yaml': `resources: [web.yaml]\nimages:\n- name: web\n  newName: ${web}\n  newTag: "1"\n`,
  'shop/compose.yaml': `services:\n  web:\n    image: ${web}:1 # ours\n  cache: { image: docker.io/library/redis:7 }\n`,
  'shop/job.yaml': `apiVersion: batch/v1\nkind: Job\nspec: {template: {spec: {containers: [{name: a, image: "${server.host}/team/other:1"}]}}}\n`,
  'elsewhere/compose.yaml': `services:\n  web:\n    image: ${web}:1\n`,
});

interface Given {
  readonly token?: string;
  readonly dryRun?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly api?: string;
  /** What the tag names beside which the promotion made another. */
  readonly replaced?: string;
}

/** Deploys `web` to these repositories in their order, by the promotion that its record tells of. */
async function deployTo(settings: readonly Partial<GitSettings>[], given: Given = {}) {
  const config = testConfig(root, {
    dryRun: given.dryRun ?? false,
    deploy: { targets: [], forge: given.token === undefined ? {} : { token: given.token } },
  });
  const made = createTestRun(config, { engine: createTestEngine(server), scanner: createTestScanner(() => []) });
  const run = { ...made, world: { ...made.world, env: { ...made.world.env, ...given.env } } };
  const promotion = { digest: digest as Digest, at: '', tags: [{ reference: `${web}:1` }] };
  const [chosen, successor] = ['0', '1'].map((tag) => parseReference(`${web}:${tag}`)) as [Reference, Reference];
  const replaced =
    given.replaced === undefined ? [] : [{ reference: chosen, previous: given.replaced as Digest, successor }];
  const promoted = deployable('web', promotion, 'web', replaced);
  const targets = settings.map((one, at) => ({
    name: `target-${at}`,
    cluster: { kind: 'kubeconfig' } as const,
    ...({ namespaces: [], workloads: [], images: [], timeout: 1, onFailure: 'leave', managed: 'refuse' } as const),
    git: { path: '', by: 'commit', ...one } as GitSettings,
  }));
  const context = {
    ...{ world: run.world, registry: config.registry, secret: () => {}, log: run.host.log, concurrency: 1 },
    dryRun: config.dryRun,
    writeBack: (...[target, place, wanted]: Parameters<Parameters<typeof deploy>[0]['writeBack']>) =>
      writeBack(run, target, place, wanted),
  };
  const results = await deploy(context, targets, [promoted]);
  return { results, deployment: deploymentOf(promoted, results) as Deployment };
}

describe('a target that is a repository', () => {
  test('gets one commit with the digest, for what this run promoted and in its folder alone', async () => {
    git.add('gitops', files());
    const { results, deployment } = await deployTo([{ repository: git.address('gitops'), path: 'shop' }]);
    expect(results[0]).toMatchObject({ state: 'done', written: [{ group: 'promoted-images', branch: 'main' }] });
    expect(deployment.verdict).toBe('pending');
    const shown = git.ask('gitops', 'show', '--format=%an%n%P', '--unified=0', 'main');
    expect(shown.split('\n').filter((line) => /^[-+]/.test(line))).toEqual([
      '--- a/shop/compose.yaml',
      '+++ b/shop/compose.yaml',
      `-    image: ${web}:1 # ours`,
      `+    image: ${web}:1@${digest} # ours`,
      '--- a/shop/kustomization.yaml',
      '+++ b/shop/kustomization.yaml',
      `+  digest: ${digest}`,
    ]);
    expect(git.ask('gitops', 'rev-list', '--count', 'main')).toBe('2');
    const again = await deployTo([{ repository: git.address('gitops'), path: 'shop' }]);
    expect(again.results[0]).toMatchObject({ state: 'done', written: [] });
    expect(again.deployment.verdict).toBe('deployed');
    expect(git.ask('gitops', 'rev-list', '--count', 'main')).toBe('2');
  });

  test('holds the targets that follow until its repository says the digest', async () => {
    git.add('first', files());
    git.add('second', files());
    const targets = [{ repository: git.address('first') }, { repository: git.address('second') }];
    expect((await deployTo(targets)).results.map(({ state }) => state)).toEqual(['done', 'held']);
    expect(git.ask('second', 'rev-list', '--count', 'main')).toBe('1');
    expect((await deployTo(targets)).results.map(({ state }) => state)).toEqual(['done', 'done']);
    expect(git.ask('second', 'rev-list', '--count', 'main')).toBe('2');
  });

  test('is written nothing by a dry run', async () => {
    git.add('dry', files());
    const { results } = await deployTo([{ repository: git.address('dry') }], { dryRun: true });
    expect(results[0]?.written).toMatchObject([{ action: 'would be committed' }]);
    expect(git.ask('dry', 'rev-list', '--count', 'main')).toBe('1');
  });

  test('is nowhere where no file names what was promoted, and holds what follows', async () => {
    git.add('none', { 'a.yaml': 'services: { web: { image: docker.io/library/redis:7 } }\n' });
    const { results, deployment } = await deployTo([{ repository: git.address('none') }, {}]);
    expect(results.map(({ state, why }) => [state, why])).toEqual([
      ['done', 'no file there names the promoted releases'],
      ['held', 'no workload of target-0 runs the promoted releases'],
    ]);
    expect(deployment.verdict).toBe('held');
  });

  test('is written nothing, and fails, where a chart reads no digest or a tag has moved since', async () => {
    git.add('chart', {
      ...files(),
      'shop/values.yaml': `image: { repository: ${web}, tag: "1" }\n`,
      'shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
    });
    const held = await deployTo([{ repository: git.address('chart') }]);
    expect(held.results[0]?.failure?.detail).toContain('was not written:');
    expect(git.ask('chart', 'rev-list', '--count', 'main')).toBe('1');
    git.add('moved', files());
    await offer(server, 'team/web', '1', { content: 'somebody else' });
    const moved = await deployTo([{ repository: git.address('moved') }]);
    server.store.tag('team/web', '1', digest as Digest);
    expect(moved.results[0]?.failure?.detail).toContain('does not name what was promoted any more');
    expect(git.ask('moved', 'rev-list', '--count', 'main')).toBe('1');
    const { digest: before } = await offer(server, 'team/web', '0', { content: 'the release before' });
    git.add('replaced', { 'compose.yaml': `services: { web: { image: "${web}:0" } }\n` });
    const replaced = await deployTo([{ repository: git.address('replaced') }], { replaced: before });
    expect(replaced.results[0]?.failure).toMatchObject({
      code: 'deploy-failed',
      detail: `stays what it was, and ${web}:1 was promoted in its place, which only you can write there`,
    });
  });

  test.each([
    ['a branch that is not there', { branch: 'stable' }, 'has no stable'],
    ['a folder that is not there', { path: 'nothing' }, 'is no folder of that repository'],
  ])('fails for %s', async (_, more, words) => {
    git.add('broken', files());
    const { results } = await deployTo([{ repository: git.address('broken'), ...more }]);
    expect(results[0]?.failure?.detail).toContain(words);
  });

  test('is written under no tag that is called as the branch', async () => {
    git.add('tagged', files());
    git.ask('tagged', 'tag', 'stable', 'main');
    const { results } = await deployTo([{ repository: git.address('tagged'), branch: 'stable' }]);
    expect(results[0]?.failure?.detail).toContain('has no branch stable');
    expect(git.ask('tagged', 'branch', '--format=%(refname:short)')).toBe('main');
  });

  test('is pushed to with the token, and refused without it', async () => {
    git.add('private', files());
    git.protect('private', 'pa55');
    const without = await deployTo([{ repository: git.address('private') }]);
    expect(without.results[0]?.state).toBe('failed');
    const { results } = await deployTo([{ repository: git.address('private') }], { token: 'pa55' });
    expect(results[0]?.state).toBe('done');
    expect(git.ask('private', 'rev-list', '--count', 'main')).toBe('2');
    const elsewhere = await deployTo([{ repository: 'http://forge.example/acme/shop' }], { token: 'pa55' });
    expect(elsewhere.results[0]?.failure?.detail).toContain('not sent in the clear');
  });

  test('is proposed a pull request for the group, once', async () => {
    const github = await startGitHub();
    git.add('acme/shop', files());
    github.commit('main', files());
    const env = { GITHUB_SERVER_URL: git.origin, GITHUB_API_URL: `${github.origin}/api/v3` };
    const given = { token: 'github-token', env };
    const place = { repository: git.address('acme/shop'), path: 'shop', by: 'pull-request' } as const;
    const { results, deployment } = await deployTo([place], given);
    expect(results[0]?.failure).toBeUndefined();
    expect(results[0]?.written).toMatchObject([{ action: 'pull request opened' }]);
    expect(deployment.verdict).toBe('pending');
    const branch = results[0]?.written?.[0]?.branch ?? '';
    expect(github.branch(branch)?.files.get('shop/kustomization.yaml')?.text).toContain(`digest: ${digest}\n`);
    const again = await deployTo([place], given);
    expect(again.results[0]?.written).toMatchObject([{ action: 'pull request unchanged' }]);
    await github.close();
  });
});

const target = (...lines: readonly string[]) =>
  repository({
    Dockerfile: 'FROM debian:12\n',
    '.base-image-refresh.yml': `deploy:\n  - name: gitops\n${lines.map((line) => `    ${line}\n`).join('')}`,
  });

describe('the configuration of such a target', () => {
  test('needs the leave of the run to name another repository', async () => {
    const url = 'https://github.com/acme/gitops';
    const file = target(`git: { repository: "${url}", path: ./clusters/, branch: main }`);
    expect(await refusal(file, {})).toContain(`--allow deploy-git-repository=${url}`);
    const { deploy } = await load(file, { allow: `deploy-git-repository=${url}`, 'repository-token': 'a' });
    expect(deploy.targets[0]?.git).toEqual({ repository: url, path: 'clusters', branch: 'main', by: 'pull-request' });
    expect(deploy.forge).toEqual({ token: 'a' });
  });

  test.each([
    [['git: { path: ../other }'], 'give a folder of the repository'],
    [['git: { branch: --force }'], 'give a branch'],
    [['git: {}', 'context: prod'], 'stands beside git'],
    [['git: { by: merge }'], 'the nearest valid value'],
  ])('is refused: %j', async (lines, words) => {
    expect(await refusal(target(...lines), {})).toContain(words);
  });
});
