import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { attempt, fail } from '../failure.ts';
import type { World } from '../ports.ts';
import { version } from '../product.ts';
import type { FileChange } from '../update/update.ts';
import { type Api, call, callForJson } from './api.ts';
import { listAt, numberAt, textAt, valueAt } from './fields.ts';
import type { Branch, Forge, OpenedPullRequest, OpenRequest, RequestText } from './forge.ts';
import { automergeOnGitHub, graphqlOf } from './github-automerge.ts';
import { githubList } from './github-list.ts';

/** A repository on GitHub, and with what it is spoken to. */
export interface GitHubRepository {
  /** `https://api.github.com`, or `https://HOST/api/v3` of an enterprise server. */
  readonly api: string;
  readonly owner: string;
  readonly name: string;
  readonly token: string;
  /** The branch that pull requests go to; the repository's default when absent. */
  readonly base?: string;
}

/** How the API of a repository on GitHub is spoken to; `permission` is what its token needs. */
export function githubApi(
  world: World,
  { api, owner, name, token }: Omit<GitHubRepository, 'base'>,
  permission: string,
): Api {
  return {
    world,
    root: `${api}/repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}`,
    headers: {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${token}`,
      'user-agent': `base-image-refresh/${version}`,
      'x-github-api-version': '2022-11-28',
    },
    permission,
  };
}

/** GitHub's REST API of 2022-11-28: Git database, pull requests, labels. */
export function github(world: World, repository: GitHubRepository): Forge {
  const { owner, name, base } = repository;
  const api = githubApi(
    world,
    repository,
    'give the token contents: write and pull-requests: write, and let Actions create pull requests in the settings of the repository',
  );
  return {
    name: 'GitHub',
    longestBody: 65_000,
    target: () => targetOf(api, base),
    open: (target, prefix) => openRequests(api, `${owner}/${name}`, target, prefix),
    push: (target, branch, files, message) => push(api, target, branch, files, message),
    create: (target, branch, text) => create(api, target, branch, text),
    change: async ({ number }, { title, body }) => {
      await call(api, { method: 'PATCH', path: `/pulls/${number}`, body: { title, body } });
    },
    automerge: (target, request, method) => automergeOnGitHub(api, graphqlOf(repository.api), target, request, method),
    close: (request, why) => close(api, request, why),
  };
}

async function targetOf(api: Api, base: string | undefined): Promise<Branch> {
  const name = base ?? textAt(await callForJson(api, { method: 'GET', path: '' }), 'default_branch', api.root);
  const found = await callForJson(api, { method: 'GET', path: `/git/ref/heads/${pathOf(name)}` });
  return { name, commit: textAt(found, 'object.sha', api.root) };
}

async function openRequests(
  api: Api,
  repository: string,
  target: Branch,
  prefix: string,
): Promise<readonly OpenRequest[]> {
  const found: OpenRequest[] = [];
  for await (const entry of githubList(api, '/pulls', { state: 'open', base: target.name })) {
    if (valueAt(entry, 'head.repo.full_name') !== repository) continue;
    const request = requestOf(api, entry);
    if (request.branch.startsWith(prefix)) found.push(request);
  }
  return found;
}

function requestOf(api: Api, entry: unknown): OpenRequest {
  const body = valueAt(entry, 'body');
  return {
    number: numberAt(entry, 'number', api.root),
    branch: textAt(entry, 'head.ref', api.root),
    title: textAt(entry, 'title', api.root),
    body: typeof body === 'string' ? body : '',
    url: textAt(entry, 'html_url', api.root),
  };
}

async function push(
  api: Api,
  target: Branch,
  branch: string,
  files: readonly FileChange[],
  message: string,
): Promise<void> {
  const parent = await callForJson(api, { method: 'GET', path: `/git/commits/${target.commit}` });
  const top = textAt(parent, 'tree.sha', api.root);
  const modes = await modesOf(api, target, top, files);
  const entries = files.map(({ path, after }) => ({ path, mode: modes.get(path), type: 'blob', content: after }));
  const tree = await callForJson(api, { method: 'POST', path: '/git/trees', body: { base_tree: top, tree: entries } });
  const made = { message, tree: textAt(tree, 'sha', api.root), parents: [target.commit] };
  const commit = await callForJson(api, { method: 'POST', path: '/git/commits', body: made });
  await point(api, branch, textAt(commit, 'sha', api.root));
}

async function point(api: Api, branch: string, sha: string): Promise<void> {
  const path = `/git/refs/heads/${pathOf(branch)}`;
  const known = await call(api, {
    method: 'GET',
    path: path.replace('/git/refs/', '/git/ref/'),
    expected: [200, 404],
  });
  if (known.status === 404) {
    await call(api, { method: 'POST', path: '/git/refs', body: { ref: `refs/heads/${branch}`, sha } });
  } else {
    await call(api, { method: 'PATCH', path, body: { sha, force: true } });
  }
}

// Folder by folder: a whole tree may be longer than the API tells in one answer.
async function modesOf(
  api: Api,
  target: Branch,
  top: string,
  files: readonly FileChange[],
): Promise<ReadonlyMap<string, string>> {
  const trees = new Map<string, readonly unknown[]>();
  const entriesOf = async (folder: string): Promise<readonly unknown[]> => {
    const known = trees.get(folder);
    if (known !== undefined) return known;
    const sha = folder === '.' ? top : shaOf(await entriesOf(posix.dirname(folder)), posix.basename(folder));
    const tree = sha === undefined ? [] : await callForJson(api, { method: 'GET', path: `/git/trees/${sha}` });
    const entries = sha === undefined ? [] : listAt(tree, 'tree', api.root);
    trees.set(folder, entries);
    return entries;
  };
  const modes = new Map<string, string>();
  for (const { path, before } of files) {
    const entry = entryOf(await entriesOf(posix.dirname(path)), posix.basename(path));
    if (valueAt(entry, 'sha') !== blobSha(before)) throw changedSince(path, target);
    modes.set(path, textAt(entry, 'mode', api.root));
  }
  return modes;
}

function entryOf(entries: readonly unknown[], name: string): unknown {
  return entries.find((entry) => valueAt(entry, 'path') === name);
}

function shaOf(entries: readonly unknown[], name: string): string | undefined {
  const sha = valueAt(entryOf(entries, name), 'sha');
  return typeof sha === 'string' ? sha : undefined;
}

// Git's name of a file's content; GitHub keeps repositories in SHA-1.
function blobSha(text: string): string {
  const bytes = Buffer.from(text);
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

/** The failure of a file that is not, on the branch that a pull request goes to, what was read here. */
export function changedSince(path: string, { name }: Branch) {
  return fail('moved', path, `is another file on ${name} than here`, `check out ${name} as it is now and run again`);
}

async function create(api: Api, target: Branch, branch: string, text: RequestText): Promise<OpenedPullRequest> {
  const { title, body, labels } = text;
  const opened = await callForJson(api, {
    method: 'POST',
    path: '/pulls',
    body: { title, body, head: branch, base: target.name },
  });
  const request = requestOf(api, opened);
  if (labels.length === 0) return request;
  const path = `/issues/${request.number}/labels`;
  const labelled = await attempt(request.url, () => call(api, { method: 'POST', path, body: { labels } }));
  return labelled.kind === 'done' ? request : { ...request, unlabelled: labelled.failure };
}

async function close(api: Api, { number, branch }: OpenRequest, why: string): Promise<void> {
  await call(api, { method: 'POST', path: `/issues/${number}/comments`, body: { body: why } });
  await call(api, { method: 'PATCH', path: `/pulls/${number}`, body: { state: 'closed' } });
  // 422 says that somebody else removed it first.
  await call(api, { method: 'DELETE', path: `/git/refs/heads/${pathOf(branch)}`, expected: [204, 404, 422] });
}

function pathOf(branch: string): string {
  return branch.split('/').map(encodeURIComponent).join('/');
}
