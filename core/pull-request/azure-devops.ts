import { fail } from '../failure.ts';
import type { World } from '../ports.ts';
import { version } from '../product.ts';
import type { FileChange } from '../update/update.ts';
import { type Api, call, callForJson } from './api.ts';
import { autoCompleteOnAzure } from './azure-automerge.ts';
import { listAt, numberAt, textAt, valueAt } from './fields.ts';
import type { Branch, Forge, OpenRequest, RequestText } from './forge.ts';
import { changedSince } from './github.ts';

/** A Git repository on Azure DevOps, and with what it is spoken to. */
export interface AzureRepository {
  /** `https://dev.azure.com/acme`, without a slash at its end. */
  readonly collection: string;
  readonly project: string;
  /** Name or identifier. */
  readonly repository: string;
  readonly token: string;
  /** The branch that pull requests go to; the repository's default when absent. */
  readonly base?: string;
}

interface Azure {
  readonly api: Api;
  /** Where people see the repository. */
  readonly page: string;
}

const none = '0'.repeat(40);
const pageSize = 100;
const mostPages = 50;
const apiVersion = 'api-version=7.1';

/** How an API of a project on Azure DevOps is spoken to; `permission` is what its token needs. */
export function azureApi(
  world: World,
  { collection, project, token }: Pick<AzureRepository, 'collection' | 'project' | 'token'>,
  below: string,
  permission: string,
): Api {
  return {
    world,
    root: `${collection}/${encodeURIComponent(project)}${below}`,
    headers: {
      accept: 'application/json',
      // Personal access tokens and the job's own are both taken as a password without a user.
      authorization: `Basic ${Buffer.from(`:${token}`).toString('base64')}`,
      'user-agent': `base-image-refresh/${version}`,
      // Without it a token that is not known gets a page to sign in.
      'x-tfs-fedauthredirect': 'Suppress',
    },
    permission,
  };
}

/** Azure DevOps' REST API 7.1: refs, items, pushes, pull requests. */
export function azureDevOps(world: World, repository: AzureRepository): Forge {
  const { collection, project, base } = repository;
  const name = encodeURIComponent(repository.repository);
  const azure: Azure = {
    page: `${collection}/${encodeURIComponent(project)}/_git/${name}`,
    api: azureApi(
      world,
      repository,
      `/_apis/git/repositories/${name}`,
      'give the build service Contribute, Create branch and Contribute to pull requests on the repository',
    ),
  };
  return {
    name: 'Azure DevOps',
    longestBody: 4000,
    target: () => targetOf(azure, base),
    open: (target, prefix) => openRequests(azure, target, prefix),
    push: (target, branch, files, message) => push(azure, target, branch, files, message),
    create: (target, branch, text) => create(azure, target, branch, text),
    change: async ({ number }, { title, body }) => {
      const path = `/pullrequests/${number}?${apiVersion}`;
      await call(azure.api, { method: 'PATCH', path, body: { title, description: body } });
    },
    automerge: (target, request, method) =>
      autoCompleteOnAzure(azure.api, `${collection}/${encodeURIComponent(project)}/_apis`, target, request, method),
    close: (request, why) => close(azure, request, why),
  };
}

async function targetOf({ api }: Azure, base: string | undefined): Promise<Branch> {
  const named =
    base ?? textAt(await callForJson(api, { method: 'GET', path: `?${apiVersion}` }), 'defaultBranch', api.root);
  const name = named.replace(/^refs\/heads\//, '');
  const commit = await commitOf(api, name);
  // The list is by prefix, so that a branch that is not there is an empty list and no 404.
  if (commit === undefined) throw fail('not-found', api.root, `has no branch ${name}`, 'name another with base-branch');
  return { name, commit };
}

async function commitOf(api: Api, branch: string): Promise<string | undefined> {
  const query = new URLSearchParams({ filter: `heads/${branch}` });
  const refs = listAt(
    await callForJson(api, { method: 'GET', path: `/refs?${query}&${apiVersion}` }),
    'value',
    api.root,
  );
  const found = refs.find((entry) => valueAt(entry, 'name') === `refs/heads/${branch}`);
  return found === undefined ? undefined : textAt(found, 'objectId', api.root);
}

async function openRequests({ api, page }: Azure, target: Branch, prefix: string): Promise<readonly OpenRequest[]> {
  const found: OpenRequest[] = [];
  for (let at = 0; at < mostPages; at++) {
    const query = new URLSearchParams({
      'searchCriteria.status': 'active',
      'searchCriteria.targetRefName': `refs/heads/${target.name}`,
      $top: `${pageSize}`,
      $skip: `${at * pageSize}`,
    });
    const answer = await callForJson(api, { method: 'GET', path: `/pullrequests?${query}&${apiVersion}` });
    const listed = listAt(answer, 'value', api.root);
    const requests = listed.filter((entry) => !isFromFork(entry)).map((entry) => requestOf({ api, page }, entry));
    found.push(...requests.filter(({ branch }) => branch.startsWith(prefix)));
    if (listed.length < pageSize) break;
  }
  // Lists cut descriptions short.
  return Promise.all(found.map(async (request) => ({ ...request, body: await bodyIn(api, request) })));
}

function isFromFork(entry: unknown): boolean {
  return valueAt(entry, 'forkSource') !== undefined;
}

async function bodyIn(api: Api, { number }: OpenRequest): Promise<string> {
  const whole = await callForJson(api, { method: 'GET', path: `/pullrequests/${number}?${apiVersion}` });
  const description = valueAt(whole, 'description');
  return typeof description === 'string' ? description : '';
}

function requestOf({ api, page }: Azure, entry: unknown): OpenRequest {
  const number = numberAt(entry, 'pullRequestId', api.root);
  const body = valueAt(entry, 'description');
  return {
    number,
    branch: textAt(entry, 'sourceRefName', api.root).replace(/^refs\/heads\//, ''),
    title: textAt(entry, 'title', api.root),
    body: typeof body === 'string' ? body : '',
    url: `${page}/pullrequest/${number}`,
  };
}

async function push(
  { api }: Azure,
  target: Branch,
  branch: string,
  files: readonly FileChange[],
  message: string,
): Promise<void> {
  for (const file of files) await refuseIfChanged(api, target, file);
  await pointAt(api, branch, await commitOf(api, branch), target.commit);
  const changes = files.map(({ path, after }) => ({
    changeType: 'edit',
    item: { path: `/${path}` },
    newContent: { content: Buffer.from(after).toString('base64'), contentType: 'base64encoded' },
  }));
  const body = {
    refUpdates: [{ name: `refs/heads/${branch}`, oldObjectId: target.commit }],
    commits: [{ comment: message, changes }],
  };
  await call(api, { method: 'POST', path: `/pushes?${apiVersion}`, body });
}

async function refuseIfChanged(api: Api, target: Branch, { path, before }: FileChange): Promise<void> {
  const query = new URLSearchParams({
    path: `/${path}`,
    'versionDescriptor.versionType': 'commit',
    'versionDescriptor.version': target.commit,
    $format: 'octetStream',
  });
  const { status, bytes } = await call(api, {
    method: 'GET',
    path: `/items?${query}&${apiVersion}`,
    expected: [200, 404],
  });
  if (status === 404 || !Buffer.from(before).equals(bytes)) throw changedSince(path, target);
}

// The answer is 200 whether or not the ref moved.
async function pointAt(api: Api, branch: string, from: string | undefined, to: string): Promise<void> {
  if (from === to) return;
  const body = [{ name: `refs/heads/${branch}`, oldObjectId: from ?? none, newObjectId: to }];
  const answer = await callForJson(api, { method: 'POST', path: `/refs?${apiVersion}`, body });
  const [result] = listAt(answer, 'value', api.root);
  if (valueAt(result, 'success') === true) return;
  const status = valueAt(result, 'updateStatus');
  throw fail('forbidden', `${api.root}/refs`, `did not move ${branch} (${String(status)})`, api.permission);
}

async function create({ api, page }: Azure, target: Branch, branch: string, text: RequestText): Promise<OpenRequest> {
  const opened = await callForJson(api, {
    method: 'POST',
    path: `/pullrequests?${apiVersion}`,
    body: {
      sourceRefName: `refs/heads/${branch}`,
      targetRefName: `refs/heads/${target.name}`,
      title: text.title,
      description: text.body,
      labels: text.labels.map((name) => ({ name })),
    },
  });
  return requestOf({ api, page }, opened);
}

async function close({ api }: Azure, { number, branch }: OpenRequest, why: string): Promise<void> {
  const comments = [{ parentCommentId: 0, content: why, commentType: 'text' }];
  const path = `/pullRequests/${number}`;
  await call(api, { method: 'POST', path: `${path}/threads?${apiVersion}`, body: { comments, status: 'closed' } });
  await call(api, { method: 'PATCH', path: `/pullrequests/${number}?${apiVersion}`, body: { status: 'abandoned' } });
  const commit = await commitOf(api, branch);
  if (commit !== undefined) await pointAt(api, branch, commit, none);
}
