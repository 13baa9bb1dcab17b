import { type Api, call, callForJson } from './api.ts';
import { type Automerge, type MergeMethod, nothingToWaitFor } from './automerge.ts';
import { listAt, textAt, valueAt } from './fields.ts';
import type { Branch, OpenRequest } from './forge.ts';

// GitPullRequestMergeStrategy; without one Azure DevOps takes the first that the policies of the branch allow.
const strategies = { repository: undefined, merge: 'noFastForward', squash: 'squash', rebase: 'rebase' } as const;

/** Sets a pull request to complete when the policies of its target have passed; throws where that is refused. */
export async function autoCompleteOnAzure(
  api: Api,
  project: string,
  target: Branch,
  request: OpenRequest,
  method: MergeMethod,
): Promise<Automerge> {
  const path = `/pullrequests/${request.number}?api-version=7.1`;
  const pull = await callForJson(api, { method: 'GET', path });
  if (valueAt(pull, 'isDraft') === true) return 'draft';
  if (typeof valueAt(pull, 'autoCompleteSetBy.id') === 'string') return 'asked';
  const repository = textAt(pull, 'repository.id', api.root);
  if (!(await requiresSomething({ ...api, root: project }, repository, target.name))) {
    throw nothingToWaitFor(request.url, target.name);
  }
  const mergeStrategy = strategies[method];
  const body = {
    autoCompleteSetBy: { id: textAt(pull, 'createdBy.id', api.root) },
    completionOptions: { deleteSourceBranch: true, ...(mergeStrategy === undefined ? {} : { mergeStrategy }) },
  };
  await call(api, { method: 'PATCH', path, body });
  return 'asked';
}

async function requiresSomething(project: Api, repositoryId: string, branch: string): Promise<boolean> {
  const query = new URLSearchParams({ repositoryId, refName: `refs/heads/${branch}` });
  const path = `/git/policy/configurations?${query}&api-version=7.1-preview.1`;
  return listAt(await callForJson(project, { method: 'GET', path }), 'value', project.root).some(holdsBack);
}

// A build, a status or reviewers; rules on comments or on how to merge pass by themselves, and one on some paths may not apply.
function holdsBack(policy: unknown): boolean {
  if (valueAt(policy, 'isEnabled') !== true || valueAt(policy, 'isBlocking') !== true) return false;
  if (valueAt(policy, 'isDeleted') === true) return false;
  const paths = valueAt(policy, 'settings.filenamePatterns');
  if (Array.isArray(paths) && paths.length > 0) return false;
  return ['buildDefinitionId', 'statusName', 'minimumApproverCount', 'requiredReviewerIds'].some(
    (key) => valueAt(policy, `settings.${key}`) !== undefined,
  );
}
