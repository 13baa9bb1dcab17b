import { type ForgeAnswer, type ForgeRequest, hold, startForgeServer, Undocumented } from './forge-server.ts';

interface Issue {
  readonly number: number;
  title: string;
  body: string;
  state: 'open' | 'closed';
  labels: string[];
  comments: string[];
}

interface Comment {
  readonly id: number;
  body: string;
  readonly user: { readonly login: string; readonly type: 'Bot' | 'User' };
  readonly author_association: string;
}

/** Stands for GitHub's REST API of issues and comments of `acme/shop`, as its documentation describes it, limits included. */
export async function startGitHubIssues(
  options: { readonly refuse?: (request: ForgeRequest) => ForgeAnswer | undefined } = {},
) {
  const issues: Issue[] = [];
  const comments: Comment[] = [];
  const server = await startForgeServer((request) => {
    const { headers } = request;
    if (headers.authorization !== 'Bearer github-token') return { status: 401, body: { message: 'Bad credentials' } };
    if (headers.accept !== 'application/vnd.github+json') throw new Undocumented('accept');
    if (headers['x-github-api-version'] !== '2022-11-28') throw new Undocumented('version');
    if (!headers['user-agent']) throw new Undocumented('user agent');
    if (request.body !== undefined && headers['content-type'] !== 'application/json') throw new Undocumented('type');
    return options.refuse?.(request) ?? answer(request);
  });

  const shown = (issue: Issue) => ({
    ...issue,
    comments: issue.comments.length,
    labels: issue.labels.map((name) => ({ name })),
    html_url: `${server.origin}/acme/shop/issues/${issue.number}`,
  });
  const bounded = (text: unknown, most: number) => {
    if (typeof text !== 'string' || text === '') throw new Undocumented('no text');
    if (text.length > most) throw new Undocumented(`${text.length} characters, of ${most} at most`);
    return text;
  };
  const only = (query: URLSearchParams, ...keys: readonly string[]) => {
    for (const key of query.keys()) if (!keys.includes(key)) throw new Undocumented(key);
    if (Number(query.get('per_page') ?? 30) > 100) throw new Undocumented('per_page');
  };
  const page = <T>(all: readonly T[], query: URLSearchParams) => {
    const size = Number(query.get('per_page') ?? 30);
    const at = Number(query.get('page') ?? 1);
    return all.slice((at - 1) * size, at * size);
  };

  function answer({ method, path, query, body }: ForgeRequest): ForgeAnswer {
    const route = `${method} ${path.replace('/api/repos/acme/shop', '')}`;
    if (route === 'GET /issues') {
      only(query, 'state', 'labels', 'sort', 'direction', 'since', 'per_page', 'page', 'creator');
      const wanted = (query.get('labels') ?? '').split(',');
      const found = issues.filter(
        ({ state, labels }) => state === query.get('state') && wanted.every((label) => labels.includes(label)),
      );
      return { status: 200, body: page(found.map(shown), query) };
    }
    if (route === 'POST /issues') {
      const given = hold(body, ['title'], ['body', 'labels', 'assignees', 'milestone', 'type']);
      const issue: Issue = {
        number: issues.length + 1,
        title: bounded(given.title, 256),
        body: bounded(given.body, 65_536),
        state: 'open',
        labels: [...(given.labels as string[])],
        comments: [],
      };
      issues.push(issue);
      return { status: 201, body: shown(issue) };
    }
    const one = /^PATCH \/issues\/(\d+)$/.exec(route);
    const issue = issues[Number(one?.[1]) - 1];
    if (issue !== undefined) {
      const change = hold(body, [], ['title', 'body', 'state', 'state_reason', 'labels', 'assignees', 'milestone']);
      const { state_reason, ...rest } = change;
      if (state_reason !== undefined && !['completed', 'not_planned', 'reopened'].includes(String(state_reason)))
        throw new Undocumented('state_reason');
      if (rest.title !== undefined) bounded(rest.title, 256);
      if (rest.body !== undefined) bounded(rest.body, 65_536);
      Object.assign(issue, rest);
      return { status: 200, body: shown(issue) };
    }
    const thread = /^(GET|POST) \/issues\/(\d+)\/comments$/.exec(route);
    if (thread?.[1] === 'GET') {
      only(query, 'since', 'per_page', 'page');
      return { status: 200, body: page(comments, query) };
    }
    if (thread !== null) {
      const text = bounded(hold(body, ['body']).body, 65_536);
      issues[Number(thread[2]) - 1]?.comments.push(text);
      const login = 'github-actions[bot]';
      comments.push({ id: comments.length + 1, body: text, user: { login, type: 'Bot' }, author_association: 'NONE' });
      return { status: 201, body: comments.at(-1) };
    }
    const changed = /^PATCH \/issues\/comments\/(\d+)$/.exec(route);
    const comment = comments[Number(changed?.[1]) - 1];
    if (comment === undefined) throw new Undocumented('no such route');
    comment.body = bounded(hold(body, ['body']).body, 65_536);
    return { status: 200, body: comment };
  }

  return { ...server, issues, comments };
}
