import { fail } from '../failure.ts';
import { field, itemsOf } from '../json.ts';
import { type Api, callForJson } from './api.ts';
import { type Automerge, type MergeMethod, nothingToWaitFor } from './automerge.ts';
import { listAt, textAt, valueAt } from './fields.ts';
import type { Branch, OpenRequest } from './forge.ts';

// GitHub's GraphQL API: the REST API has no such request.
const mutation =
  'mutation ($input: EnablePullRequestAutoMergeInput!) { enablePullRequestAutoMerge(input: $input) { clientMutationId } }';

/** Asks GitHub to merge a pull request when what its target requires has passed; throws where it does not. */
export async function automergeOnGitHub(
  api: Api,
  graphql: string,
  target: Branch,
  request: OpenRequest,
  method: MergeMethod,
): Promise<Automerge> {
  const pull = await callForJson(api, { method: 'GET', path: `/pulls/${request.number}` });
  if (valueAt(pull, 'draft') === true) return 'draft';
  if (typeof valueAt(pull, 'auto_merge') === 'object' && valueAt(pull, 'auto_merge') !== null) return 'asked';
  // Asked before GitHub has worked out that nothing is required, it may merge at once.
  if (!(await requiresSomething(api, target.name))) throw nothingToWaitFor(request.url, target.name);
  const mergeMethod = method === 'repository' ? await allowedMethod(api) : method.toUpperCase();
  const input = {
    pullRequestId: textAt(pull, 'node_id', api.root),
    ...(mergeMethod === undefined ? {} : { mergeMethod }),
  };
  const body = { query: mutation, variables: { input } };
  const answer = await callForJson({ ...api, root: graphql }, { method: 'POST', path: '', body });
  // A refusal of GraphQL comes with status 200.
  const said = itemsOf(field(answer, 'errors')).map((error) => String(field(error, 'message')));
  if (said.length > 0) throw refusal(api, request.url, said.join('; ').slice(0, 300));
  return 'asked';
}

/** Where GitHub's GraphQL API is, by where its REST API is: `https://api.github.com/graphql`, `https://HOST/api/graphql`. */
export function graphqlOf(api: string): string {
  return `${api.replace(/\/v3$/, '')}/graphql`;
}

function refusal({ permission }: Api, url: string, said: string) {
  const remedy = remedies.find(([pattern]) => pattern.test(said))?.[1] ?? permission;
  return fail('refused', url, `is not merged by GitHub when its checks pass (${said})`, remedy);
}

const remedies: readonly (readonly [RegExp, string])[] = [
  [/auto.?merge is not allowed/i, 'allow auto-merge in the settings of the repository'],
  [/not allowed on this repository/i, 'give another --merge-method'],
  [
    /clean status|unstable status|protected branch rules/i,
    'nothing that is required is open: merge it, or require a check in the rules of the repository',
  ],
];

// Rulesets and the older branch protection: both can be read with the rights that a push takes.
async function requiresSomething(api: Api, branch: string): Promise<boolean> {
  const name = branch.split('/').map(encodeURIComponent).join('/');
  const rules = await callForJson(api, {
    method: 'GET',
    path: `/rules/branches/${name}?per_page=100`,
    // An enterprise server before 3.11 has no rulesets.
    expected: [200, 404],
  });
  if (itemsOf(rules).some(holdsBack)) return true;
  const protection = await callForJson(api, { method: 'GET', path: `/branches/${name}` });
  const checks = valueAt(protection, 'protection.required_status_checks');
  return valueAt(checks, 'enforcement_level') !== 'off' && itemsOf(valueAt(checks, 'contexts')).length > 0;
}

function holdsBack(rule: unknown): boolean {
  switch (valueAt(rule, 'type')) {
    case 'required_status_checks':
      return listAt(rule, 'parameters.required_status_checks', 'rules').length > 0;
    case 'workflows':
      return true;
    case 'pull_request':
      return Number(valueAt(rule, 'parameters.required_approving_review_count')) > 0;
    default:
      return false;
  }
}

const allows = [
  ['allow_merge_commit', 'MERGE'],
  ['allow_squash_merge', 'SQUASH'],
  ['allow_rebase_merge', 'REBASE'],
] as const;

// Without a method GitHub takes a merge commit, which a repository may not allow.
async function allowedMethod(api: Api): Promise<string | undefined> {
  const repository = await callForJson(api, { method: 'GET', path: '' });
  return allows.find(([key]) => valueAt(repository, key) === true)?.[1];
}
