import { createHash } from 'node:crypto';
import { type ForgeAnswer, type ForgeRequest, hold, startForgeServer, Undocumented } from './forge-server.ts';

interface Pull {
  readonly number: number;
  readonly head: string;
  readonly base: string;
  title: string;
  body: string;
  state: 'open' | 'closed';
  labels: string[];
  comments: string[];
  draft: boolean;
  /** How it is merged when its checks pass; null where nobody asked for that. */
  automerge: string | null;
}

/** What the repository allows, and what its main branch requires. */
export interface GitHubRules {
  readonly allowAutoMerge?: boolean;
  readonly methods?: readonly ('merge_commit' | 'squash_merge' | 'rebase_merge')[];
  /** Contexts that the older branch protection requires. */
  readonly contexts?: readonly string[];
  /** Active rules of rulesets on main; 'unknown' where the server has no rulesets. */
  readonly rules?: readonly object[] | 'unknown';
}

type Files = ReadonlyMap<string, { readonly mode: string; readonly text: string }>;

/** Stands for GitHub's REST API over one repository, `acme/shop`, as its documentation describes it. */
export async function startGitHub(
  options: { readonly refuse?: (request: ForgeRequest) => ForgeAnswer | undefined; readonly rules?: GitHubRules } = {},
) {
  const objects = new Map<
    string,
    { readonly files: Files; readonly parents: readonly string[]; readonly message: string }
  >();
  const trees = new Map<string, Files>();
  const refs = new Map<string, string>();
  const pulls: Pull[] = [];
  const sha = (text: string) => createHash('sha1').update(text).digest('hex');
  const blobSha = (text: string) => sha(`blob ${Buffer.byteLength(text)}\0${text}`);
  const keepTree = (files: Files) => {
    const name = sha(`tree ${JSON.stringify([...files])}`);
    trees.set(name, files);
    return name;
  };
  const commit = (files: Files, message: string, parents: readonly string[] = []) => {
    const name = sha(`commit ${message} ${JSON.stringify([...files])} ${parents.join()}`);
    objects.set(name, { files, parents, message });
    return name;
  };

  const listTree = (name: string) => {
    const files = trees.get(name);
    if (files === undefined) return undefined;
    const entries = new Map<string, object>();
    for (const [path, { mode, text }] of files) {
      const [first = '', ...rest] = path.split('/');
      if (rest.length === 0) entries.set(first, { path: first, mode, type: 'blob', sha: blobSha(text) });
      else {
        const below = [...files].filter(([other]) => other.startsWith(`${first}/`));
        const folder = new Map(below.map(([other, file]) => [other.slice(first.length + 1), file]));
        entries.set(first, { path: first, mode: '040000', type: 'tree', sha: keepTree(folder) });
      }
    }
    return [...entries.values()];
  };

  const shown = (pull: Pull, origin: string) => ({
    number: pull.number,
    node_id: `PR_${pull.number}`,
    draft: pull.draft,
    auto_merge: pull.automerge === null ? null : { merge_method: pull.automerge.toLowerCase() },
    title: pull.title,
    body: pull.body,
    state: pull.state,
    html_url: `${origin}/acme/shop/pull/${pull.number}`,
    head: { ref: pull.head, repo: { full_name: 'acme/shop' } },
    base: { ref: pull.base },
  });
  const notFound: ForgeAnswer = { status: 404, body: { message: 'Not Found' } };

  const server = await startForgeServer((request) => {
    const { headers } = request;
    if (headers.authorization !== 'Bearer github-token') return { status: 401, body: { message: 'Bad credentials' } };
    if (headers.accept !== 'application/vnd.github+json') throw new Undocumented('accept');
    if (headers['x-github-api-version'] !== '2022-11-28') throw new Undocumented('version');
    if (!headers['user-agent']) throw new Undocumented('user agent');
    return options.refuse?.(request) ?? answer(request);
  });

  function answer({ method, path, query, body }: ForgeRequest): ForgeAnswer {
    if (`${method} ${path}` === 'POST /api/graphql')
      return enable(hold(body, ['query'], ['variables', 'operationName']));
    const below = path.replace(/^\/api\/v3\/repos\/acme\/shop/, '');
    if (below === path) return notFound;
    const route = `${method} ${below}`;
    const is = (pattern: RegExp) => pattern.exec(route);
    let found: RegExpExecArray | null;
    if (route === 'GET ') return { status: 200, body: { default_branch: 'main', ...allowed() } };
    if (route === 'GET /branches/main') return { status: 200, body: protectedBranch() };
    if (route === 'GET /rules/branches/main') {
      const { rules = [] } = options.rules ?? {};
      return rules === 'unknown' ? notFound : { status: 200, body: rules };
    }
    found = is(/^GET \/pulls\/(\d+)$/);
    if (found !== null) {
      const pull = pulls[Number(found[1]) - 1];
      return pull === undefined ? notFound : { status: 200, body: shown(pull, server.origin) };
    }
    found = is(/^GET \/git\/ref\/(heads\/.+)$/);
    if (found !== null) {
      const name = decodeURIComponent(found[1] ?? '');
      const object = refs.get(name);
      return object === undefined
        ? notFound
        : { status: 200, body: { ref: `refs/${name}`, object: { type: 'commit', sha: object } } };
    }
    found = is(/^GET \/git\/commits\/([0-9a-f]{40})$/);
    if (found !== null) {
      const object = objects.get(found[1] ?? '');
      return object === undefined
        ? notFound
        : { status: 200, body: { sha: found[1], tree: { sha: keepTree(object.files) } } };
    }
    found = is(/^GET \/git\/trees\/([0-9a-f]{40})$/);
    if (found !== null) {
      const tree = listTree(found[1] ?? '');
      return tree === undefined ? notFound : { status: 200, body: { sha: found[1], tree, truncated: false } };
    }
    if (route === 'POST /git/trees') return makeTree(hold(body, ['tree'], ['base_tree']));
    if (route === 'POST /git/commits') {
      const { message, tree, parents } = hold(
        body,
        ['message', 'tree'],
        ['parents', 'author', 'committer', 'signature'],
      );
      const files = trees.get(String(tree));
      if (files === undefined) return { status: 422, body: { message: 'Tree SHA does not exist' } };
      return { status: 201, body: { sha: commit(files, String(message), parents as string[]) } };
    }
    if (route === 'POST /git/refs') {
      const { ref, sha: object } = hold(body, ['ref', 'sha']);
      const name = String(ref).replace(/^refs\//, '');
      if (refs.has(name)) return { status: 422, body: { message: 'Reference already exists' } };
      refs.set(name, String(object));
      return { status: 201, body: { ref } };
    }
    found = is(/^(PATCH|DELETE) \/git\/refs\/(heads\/.+)$/);
    if (found !== null) {
      const name = decodeURIComponent(found[2] ?? '');
      if (!refs.has(name)) return { status: 422, body: { message: 'Reference does not exist' } };
      if (method === 'DELETE') {
        refs.delete(name);
        return { status: 204 };
      }
      const { sha: object, force } = hold(body, ['sha'], ['force']);
      if (force !== true) return { status: 422, body: { message: 'Update is not a fast forward' } };
      refs.set(name, String(object));
      return { status: 200, body: { ref: `refs/${name}` } };
    }
    if (route === 'GET /pulls') {
      for (const key of query.keys()) {
        if (!['state', 'head', 'base', 'sort', 'direction', 'per_page', 'page'].includes(key))
          throw new Undocumented(key);
      }
      const size = Number(query.get('per_page') ?? 30);
      const page = Number(query.get('page') ?? 1);
      const listed = pulls.filter(({ state, base }) => state === query.get('state') && base === query.get('base'));
      return {
        status: 200,
        body: listed.slice((page - 1) * size, page * size).map((pull) => shown(pull, server.origin)),
      };
    }
    if (route === 'POST /pulls') {
      const {
        title,
        head,
        base,
        body: text,
      } = hold(body, ['title', 'head', 'base'], ['body', 'draft', 'maintainer_can_modify', 'head_repo', 'issue']);
      if (!refs.has(`heads/${String(head)}`))
        return { status: 422, body: { message: 'Validation Failed', errors: [{ message: 'head is invalid' }] } };
      if (String(text).length > 65_536) return { status: 422, body: { message: 'body is too long' } };
      const pull: Pull = {
        number: pulls.length + 1,
        title: String(title),
        head: String(head),
        base: String(base),
        body: String(text),
        state: 'open',
        labels: [],
        comments: [],
        draft: false,
        automerge: null,
      };
      pulls.push(pull);
      return { status: 201, body: shown(pull, server.origin) };
    }
    found = is(/^PATCH \/pulls\/(\d+)$/);
    if (found !== null) {
      const change = hold(body, [], ['title', 'body', 'state', 'base', 'maintainer_can_modify']);
      const pull = pulls[Number(found[1]) - 1];
      if (pull === undefined) return notFound;
      Object.assign(pull, change);
      return { status: 200, body: shown(pull, server.origin) };
    }
    found = is(/^POST \/issues\/(\d+)\/(labels|comments)$/);
    if (found !== null) {
      const pull = pulls[Number(found[1]) - 1];
      if (pull === undefined) return notFound;
      if (found[2] === 'labels') pull.labels.push(...(hold(body, ['labels']).labels as string[]));
      else pull.comments.push(String(hold(body, ['body']).body));
      return { status: found[2] === 'labels' ? 200 : 201, body: [] };
    }
    throw new Undocumented('no such route');
  }

  function allowed() {
    const { methods = ['merge_commit', 'squash_merge', 'rebase_merge'] } = options.rules ?? {};
    return Object.fromEntries(
      (['merge_commit', 'squash_merge', 'rebase_merge'] as const).map((one) => [`allow_${one}`, methods.includes(one)]),
    );
  }

  function protectedBranch() {
    const { contexts = [] } = options.rules ?? {};
    const enforcement_level = contexts.length > 0 ? 'non_admins' : 'off';
    const required_status_checks = { enforcement_level, contexts, checks: contexts.map((context) => ({ context })) };
    const enabled = contexts.length > 0;
    return { name: 'main', protected: enabled, protection: { enabled, required_status_checks } };
  }

  // A refusal of GraphQL is an answer with status 200.
  function enable({ query, variables }: Record<string, unknown>): ForgeAnswer {
    const form =
      /^mutation \(\$input: EnablePullRequestAutoMergeInput!\) \{ enablePullRequestAutoMerge\(input: \$input\) \{ clientMutationId \} \}$/;
    if (!form.test(String(query))) throw new Undocumented('query');
    const { input } = hold(variables, ['input']);
    const may = ['mergeMethod', 'clientMutationId', 'authorEmail', 'commitBody', 'commitHeadline', 'expectedHeadOid'];
    const { pullRequestId, mergeMethod = 'MERGE' } = hold(input, ['pullRequestId'], may);
    const pull = pulls.find(({ number }) => `PR_${number}` === pullRequestId);
    const refuse = (type: string, message: string): ForgeAnswer => ({
      status: 200,
      body: {
        data: { enablePullRequestAutoMerge: null },
        errors: [{ type, path: ['enablePullRequestAutoMerge'], message }],
      },
    });
    if (pull === undefined)
      return refuse('NOT_FOUND', `Could not resolve to a node with the global id of '${pullRequestId}'`);
    if (options.rules?.allowAutoMerge === false) {
      return refuse('UNPROCESSABLE', 'Auto merge is not allowed for this repository');
    }
    const key = { MERGE: 'merge_commit', SQUASH: 'squash_merge', REBASE: 'rebase_merge' }[String(mergeMethod)];
    if (key === undefined) throw new Undocumented(String(mergeMethod));
    if (allowed()[`allow_${key}`] !== true) {
      return refuse('UNPROCESSABLE', `Merge method ${key.replace('_', ' ')}s are not allowed on this repository`);
    }
    pull.automerge = String(mergeMethod);
    return { status: 200, body: { data: { enablePullRequestAutoMerge: { clientMutationId: null } } } };
  }

  function makeTree({ tree, base_tree: under }: Record<string, unknown>): ForgeAnswer {
    const files = new Map(trees.get(String(under)) ?? []);
    for (const entry of tree as unknown[]) {
      const { path, mode, type, content } = hold(entry, ['path', 'mode', 'type', 'content'], ['sha']);
      if (type !== 'blob' || !['100644', '100755', '120000'].includes(String(mode))) throw new Undocumented('mode');
      files.set(String(path), { mode: String(mode), text: String(content) });
    }
    return { status: 201, body: { sha: keepTree(files) } };
  }

  return {
    ...server,
    pulls,
    refs,
    /** Commits files to a branch, as somebody would. */
    commit: (branch: string, files: Readonly<Record<string, string>>, mode = '100644') => {
      const entries = new Map(Object.entries(files).map(([path, text]) => [path, { mode, text }]));
      keepTree(entries);
      refs.set(`heads/${branch}`, commit(entries, 'by somebody'));
    },
    /** What a branch holds, and what it stands on. */
    branch: (name: string) => objects.get(refs.get(`heads/${name}`) ?? ''),
  };
}
