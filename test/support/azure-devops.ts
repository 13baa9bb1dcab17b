import { createHash } from 'node:crypto';
import { type ForgeAnswer, type ForgeRequest, hold, startForgeServer, Undocumented } from './forge-server.ts';

interface Pull {
  readonly pullRequestId: number;
  readonly sourceRefName: string;
  readonly targetRefName: string;
  title: string;
  description: string;
  status: string;
  readonly labels: readonly string[];
  readonly comments: string[];
  isDraft: boolean;
  autoCompleteSetBy?: { readonly id: string };
  completionOptions?: Readonly<Record<string, unknown>>;
}

const creator = '6a2f1b0c-0000-4000-8000-000000000001';
const repositoryId = '6a2f1b0c-0000-4000-8000-000000000002';

type Files = ReadonlyMap<string, string>;

const none = '0'.repeat(40);

/** Stands for Azure DevOps' REST API 7.1 over one repository, `acme/shop/_git/web`, as its documentation describes it. */
export async function startAzureDevOps(
  options: {
    readonly refuse?: (request: ForgeRequest) => ForgeAnswer | undefined;
    /** The policies that apply to its main branch. */
    readonly policies?: readonly object[];
  } = {},
) {
  const commits = new Map<
    string,
    { readonly files: Files; readonly parent: string | undefined; readonly message: string }
  >();
  const refs = new Map<string, string>();
  const pulls: Pull[] = [];
  const keep = (files: Files, message: string, parent?: string) => {
    const name = createHash('sha1')
      .update(`${message} ${JSON.stringify([...files])} ${parent}`)
      .digest('hex');
    commits.set(name, { files, parent, message });
    return name;
  };
  const server = await startForgeServer((request) => {
    const { headers, query } = request;
    const known = `Basic ${Buffer.from(':azure-token').toString('base64')}`;
    if (headers.authorization !== known) return { status: 203, bytes: Buffer.from('<html>Sign In</html>') };
    const isPolicy = request.path.endsWith('/policy/configurations');
    if (query.get('api-version') !== (isPolicy ? '7.1-preview.1' : '7.1')) throw new Undocumented('api-version');
    return options.refuse?.(request) ?? answer(request);
  });
  const shown = ({ labels, comments: _, ...pull }: Pull, whole: boolean) => ({
    ...pull,
    description: whole ? pull.description : pull.description.slice(0, 400),
    labels: labels.map((name) => ({ name })),
    createdBy: { id: creator, displayName: 'Build Service' },
    repository: { id: repositoryId, name: 'web' },
  });

  function answer({ method, path, query, body }: ForgeRequest): ForgeAnswer {
    if (`${method} ${path}` === 'GET /acme/shop/_apis/git/policy/configurations') {
      if (query.get('repositoryId') !== repositoryId) throw new Undocumented('repositoryId');
      if (query.get('refName') !== 'refs/heads/main') throw new Undocumented('refName');
      return { status: 200, body: { value: options.policies ?? [], count: options.policies?.length ?? 0 } };
    }
    const prefix = '/acme/shop/_apis/git/repositories/web';
    if (!path.startsWith(prefix)) return { status: 404, body: { message: 'TF200016: no such project' } };
    const route = `${method} ${path.slice(prefix.length)}`;
    const is = (pattern: RegExp) => pattern.exec(route);
    let found: RegExpExecArray | null;
    if (route === 'GET ') return { status: 200, body: { name: 'web', defaultBranch: 'refs/heads/main' } };
    if (route === 'GET /refs') {
      const value = [...refs].filter(([name]) => name.startsWith(`refs/${query.get('filter')}`));
      return {
        status: 200,
        body: { value: value.map(([name, objectId]) => ({ name, objectId })), count: value.length },
      };
    }
    if (route === 'POST /refs')
      return moveRef(hold((body as readonly unknown[])[0], ['name', 'oldObjectId', 'newObjectId']));
    if (route === 'GET /items') {
      if (query.get('versionDescriptor.versionType') !== 'commit') throw new Undocumented('versionType');
      if (query.get('$format') !== 'octetStream') throw new Undocumented('$format');
      const text = commits.get(query.get('versionDescriptor.version') ?? '')?.files.get(query.get('path') ?? '');
      return text === undefined
        ? { status: 404, body: { message: 'TF401174' } }
        : { status: 200, bytes: Buffer.from(text) };
    }
    if (route === 'POST /pushes') return push(hold(body, ['refUpdates', 'commits']));
    if (route === 'GET /pullrequests') {
      const listed = pulls.filter(
        ({ status, targetRefName }) =>
          status === query.get('searchCriteria.status') && targetRefName === query.get('searchCriteria.targetRefName'),
      );
      const skip = Number(query.get('$skip') ?? 0);
      const value = listed.slice(skip, skip + Number(query.get('$top') ?? 100));
      return { status: 200, body: { value: value.map((pull) => shown(pull, false)) } };
    }
    if (route === 'POST /pullrequests') {
      const made = hold(
        body,
        ['sourceRefName', 'targetRefName', 'title'],
        ['description', 'labels', 'reviewers', 'isDraft'],
      );
      if (!refs.has(String(made.sourceRefName))) return { status: 400, body: { message: 'TF401398: no such branch' } };
      if (String(made.description).length > 4000) return { status: 400, body: { message: 'description too long' } };
      const pull: Pull = {
        pullRequestId: pulls.length + 1,
        sourceRefName: String(made.sourceRefName),
        targetRefName: String(made.targetRefName),
        title: String(made.title),
        description: String(made.description),
        status: 'active',
        labels: (made.labels as unknown[]).map((label) => String(hold(label, ['name']).name)),
        comments: [],
        isDraft: made.isDraft === true,
      };
      pulls.push(pull);
      return { status: 201, body: shown(pull, true) };
    }
    found = is(/^(GET|PATCH) \/pullrequests\/(\d+)$/);
    if (found !== null) {
      const pull = pulls[Number(found[2]) - 1];
      if (pull === undefined) return { status: 404, body: { message: 'TF401180' } };
      if (method === 'PATCH') {
        const may = ['title', 'description', 'status', 'autoCompleteSetBy', 'completionOptions'];
        const change = hold(body, [], may);
        if (change.autoCompleteSetBy !== undefined) hold(change.autoCompleteSetBy, ['id']);
        if (change.completionOptions !== undefined) completion(change.completionOptions);
        Object.assign(pull, change);
      }
      return { status: 200, body: shown(pull, true) };
    }
    found = is(/^POST \/pullRequests\/(\d+)\/threads$/);
    if (found !== null) {
      const { comments } = hold(body, ['comments'], ['status']);
      const said = hold((comments as unknown[])[0], ['parentCommentId', 'content', 'commentType']);
      pulls[Number(found[1]) - 1]?.comments.push(String(said.content));
      return { status: 200, body: {} };
    }
    throw new Undocumented('no such route');
  }

  function completion(given: unknown) {
    const { mergeStrategy } = hold(given, [], ['deleteSourceBranch', 'mergeStrategy', 'mergeCommitMessage']);
    const known = [undefined, 'noFastForward', 'squash', 'rebase', 'rebaseMerge'];
    if (!known.some((one) => one === mergeStrategy)) throw new Undocumented(String(mergeStrategy));
  }

  function moveRef({ name, oldObjectId, newObjectId }: Record<string, unknown>): ForgeAnswer {
    const ref = String(name);
    const success = (refs.get(ref) ?? none) === oldObjectId;
    if (success && newObjectId === none) refs.delete(ref);
    else if (success) refs.set(ref, String(newObjectId));
    const updateStatus = success ? 'succeeded' : 'staleOldObjectId';
    return { status: 200, body: { value: [{ name, success, updateStatus }], count: 1 } };
  }

  function push({ refUpdates, commits: made }: Record<string, unknown>): ForgeAnswer {
    const { name, oldObjectId } = hold((refUpdates as unknown[])[0], ['name', 'oldObjectId']);
    const { comment, changes } = hold((made as unknown[])[0], ['comment', 'changes'], ['parents', 'author']);
    if (refs.get(String(name)) !== oldObjectId) return { status: 409, body: { message: 'TF401028: the ref moved' } };
    const files = new Map(commits.get(String(oldObjectId))?.files ?? []);
    for (const change of changes as unknown[]) {
      const { changeType, item, newContent } = hold(change, ['changeType', 'item', 'newContent']);
      const { content, contentType } = hold(newContent, ['content', 'contentType']);
      const { path } = hold(item, ['path']);
      if (changeType !== 'edit' || contentType !== 'base64encoded') throw new Undocumented('change');
      if (!files.has(String(path))) return { status: 400, body: { message: 'TF401035: nothing to edit' } };
      files.set(String(path), Buffer.from(String(content), 'base64').toString());
    }
    refs.set(String(name), keep(files, String(comment), String(oldObjectId)));
    return { status: 201, body: { pushId: 1 } };
  }

  return {
    ...server,
    pulls,
    refs,
    /** Commits files to a branch, as somebody would. */
    commit: (branch: string, files: Readonly<Record<string, string>>) => {
      const entries = new Map(Object.entries(files).map(([path, text]) => [`/${path}`, text]));
      refs.set(`refs/heads/${branch}`, keep(entries, 'by somebody'));
    },
    /** What a branch holds, and what it stands on. */
    branch: (name: string) => commits.get(refs.get(`refs/heads/${name}`) ?? ''),
  };
}
