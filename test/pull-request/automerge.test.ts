import { expect, test } from 'vitest';
import type { MergeMethod } from '../../core/pull-request/automerge.ts';
import { graphqlOf } from '../../core/pull-request/github-automerge.ts';
import { type Proposal, propose } from '../../core/pull-request/propose.ts';
import { forgeOf } from '../../core/pull-request/repository.ts';
import type { UpdateGroup } from '../../core/update/update.ts';
import { createWorld } from '../../core/world.ts';
import { startAzureDevOps } from '../support/azure-devops.ts';
import { type GitHubRules, startGitHub } from '../support/github.ts';

const world = createWorld();
const group = (to = '22'): UpdateGroup => ({
  name: 'node',
  updates: [],
  files: [{ path: 'Dockerfile', before: 'FROM node:20\n', after: `FROM node:${to}\n` }],
});
const files = { Dockerfile: 'FROM node:20\n' };
const check = { type: 'required_status_checks', parameters: { required_status_checks: [{ context: 'ci' }] } };

type Run = (method?: MergeMethod, to?: string, dryRun?: boolean) => Promise<Proposal | undefined>;
type GitHub = Awaited<ReturnType<typeof startGitHub>>;
type Azure = Awaited<ReturnType<typeof startAzureDevOps>>;

const runOn =
  (repository: string, token: string): Run =>
  async (automerge = 'repository', to = '22', dryRun = false) => {
    const forge = forgeOf(world, { repository, token, labels: [] });
    const options = { labels: [], folder: '', dryRun, mayClose: true, automerge };
    return (await propose(forge, [group(to)], options))[0];
  };

async function onGitHub(rules: GitHubRules, work: (server: GitHub, run: Run) => Promise<void>) {
  const server = await startGitHub({ rules });
  server.commit('main', files);
  await work(server, runOn(`${server.origin}/acme/shop`, 'github-token'));
  expect(server.undocumented).toEqual([]);
  await server.close();
}

async function onAzure(policies: readonly object[], work: (server: Azure, run: Run) => Promise<void>) {
  const server = await startAzureDevOps({ policies });
  server.commit('main', files);
  await work(server, runOn(`${server.origin}/acme/shop/_git/web`, 'azure-token'));
  expect(server.undocumented).toEqual([]);
  await server.close();
}

test.each<[string, GitHubRules]>([
  ['a ruleset', { rules: [{ type: 'deletion' }, check] }],
  ['a required workflow', { rules: [{ type: 'workflows', parameters: {} }] }],
  ['an approval', { rules: [{ type: 'pull_request', parameters: { required_approving_review_count: 1 } }] }],
  ['branch protection', { contexts: ['ci'] }],
  ['branch protection where there are no rulesets', { rules: 'unknown', contexts: ['ci'] }],
])('GitHub is asked once to merge what waits for %s', (_, rules) =>
  onGitHub(rules, async (server, run) => {
    expect(await run()).toMatchObject({ action: 'opened', automerge: 'asked' });
    expect(server.pulls[0]).toMatchObject({ state: 'open', automerge: 'MERGE' });
    const writes = server.writes().length;
    expect(await run()).toMatchObject({ action: 'unchanged', automerge: 'asked' });
    expect(server.writes().length).toBe(writes);
  }),
);

test.each<[string, GitHubRules, MergeMethod, string]>([
  ['as it is asked to', {}, 'squash', 'SQUASH'],
  ['as it is asked to, by rebase', {}, 'rebase', 'REBASE'],
  ['as the repository allows', { methods: ['squash_merge', 'rebase_merge'] }, 'repository', 'SQUASH'],
  ['as the repository allows alone', { methods: ['rebase_merge'] }, 'repository', 'REBASE'],
])('GitHub merges %s', (_, rules, method, expected) =>
  onGitHub({ ...rules, contexts: ['ci'] }, async (server, run) => {
    await run(method);
    expect(server.pulls[0]?.automerge).toBe(expected);
  }),
);

const remedies = {
  allow: 'allow auto-merge in the settings of the repository',
  method: 'give another --merge-method',
  require: 'require a check or an approval on main in the rules of the repository',
};
test.each<[string, GitHubRules, string, string]>([
  [
    'where the repository does not allow it',
    { contexts: ['ci'], allowAutoMerge: false },
    'is not merged by GitHub when its checks pass (Auto merge is not allowed for this repository)',
    remedies.allow,
  ],
  [
    'by a method that the repository does not allow',
    { contexts: ['ci'], methods: ['merge_commit'] },
    'is not merged by GitHub when its checks pass (Merge method squash merges are not allowed on this repository)',
    remedies.method,
  ],
  ['where nothing is required', {}, 'would be merged unchecked, because main requires nothing of it', remedies.require],
  [
    'where rules require nothing that can fail',
    { rules: [{ type: 'pull_request', parameters: { required_approving_review_count: 0 } }] },
    'would be merged unchecked, because main requires nothing of it',
    remedies.require,
  ],
])('GitHub does not merge %s, and the pull request stays', (_, rules, detail, remedy) =>
  onGitHub(rules, async (server, run) => {
    const proposal = await run('squash');
    expect(proposal).toMatchObject({ action: 'opened', unmerged: { detail, remedy } });
    expect(proposal).toHaveProperty('unmerged.subject', proposal?.url);
    expect(server.pulls[0]).toMatchObject({ state: 'open', automerge: null });
  }),
);

test('GitHub is asked again once it allows it, and not for a draft', () =>
  onGitHub({ contexts: ['ci'] }, async (server, run) => {
    await run();
    for (const pull of server.pulls) Object.assign(pull, { automerge: null, draft: true });
    expect(await run('merge', '24')).toMatchObject({ action: 'updated', automerge: 'draft' });
    expect(server.pulls[0]?.automerge).toBeNull();
    for (const pull of server.pulls) pull.draft = false;
    expect(await run('merge', '24')).toMatchObject({ action: 'unchanged', automerge: 'asked' });
    expect(server.pulls[0]?.automerge).toBe('MERGE');
  }));

test('a dry run asks for nothing', () =>
  onGitHub({ contexts: ['ci'] }, async (server, run) => {
    expect(await run('merge', '22', true)).toEqual({
      branch: 'base-image-refresh/node',
      action: 'opened',
    });
    expect(server.writes()).toEqual([]);
  }));

test.each([
  ['https://api.github.com', 'https://api.github.com/graphql'],
  ['https://ghe.example/api/v3', 'https://ghe.example/api/graphql'],
  ['https://api.acme.ghe.com', 'https://api.acme.ghe.com/graphql'],
])("of %s GitHub's GraphQL is %s", (rest, expected) => {
  expect(graphqlOf(rest)).toBe(expected);
});

const build = { isEnabled: true, isBlocking: true, isDeleted: false, settings: { buildDefinitionId: 7 } };
test.each([
  ['a build', 'repository', undefined, build],
  ['a status', 'squash', 'squash', { ...build, settings: { statusName: 'ci', filenamePatterns: [] } }],
  ['reviewers', 'merge', 'noFastForward', { ...build, settings: { minimumApproverCount: 1 } }],
  ['a named reviewer', 'rebase', 'rebase', { ...build, settings: { requiredReviewerIds: ['x'] } }],
] as const)('Azure DevOps completes what waits for %s by %s', (_, method, mergeStrategy, policy) =>
  onAzure([policy], async (server, run) => {
    expect(await run(method)).toMatchObject({ action: 'opened', automerge: 'asked' });
    expect(server.pulls[0]?.autoCompleteSetBy).toEqual({ id: expect.stringMatching(/^6a2f1b0c/) });
    expect(server.pulls[0]?.completionOptions).toEqual(
      mergeStrategy === undefined ? { deleteSourceBranch: true } : { deleteSourceBranch: true, mergeStrategy },
    );
    const writes = server.writes().length;
    expect(await run(method)).toMatchObject({ action: 'unchanged', automerge: 'asked' });
    expect(server.writes().length).toBe(writes);
  }),
);

test.each([
  ['without policies', []],
  ['whose policy is optional', [{ ...build, isBlocking: false }]],
  ['whose policy is off', [{ ...build, isEnabled: false }]],
  ['whose policy is deleted', [{ ...build, isDeleted: true }]],
  ['whose build is for some paths', [{ ...build, settings: { buildDefinitionId: 7, filenamePatterns: ['/docs/*'] } }]],
  ['that rules how to merge alone', [{ ...build, settings: { allowSquash: true } }]],
])('Azure DevOps does not complete what goes to a branch %s', (_, policies) =>
  onAzure(policies, async (server, run) => {
    expect(await run()).toMatchObject({
      action: 'opened',
      unmerged: { detail: 'would be merged unchecked, because main requires nothing of it', remedy: remedies.require },
    });
    expect(server.pulls[0]).toMatchObject({ status: 'active' });
    expect(server.pulls[0]?.autoCompleteSetBy).toBeUndefined();
  }),
);

test('Azure DevOps leaves a draft alone', () =>
  onAzure([build], async (server, run) => {
    await run();
    for (const pull of server.pulls) {
      pull.isDraft = true;
      delete pull.autoCompleteSetBy;
    }
    expect(await run()).toMatchObject({ action: 'unchanged', automerge: 'draft' });
    expect(server.pulls[0]?.autoCompleteSetBy).toBeUndefined();
  }));
