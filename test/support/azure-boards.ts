import { type ForgeAnswer, type ForgeRequest, hold, startForgeServer, Undocumented } from './forge-server.ts';

interface WorkItem {
  readonly id: number;
  readonly type: string;
  readonly fields: Record<string, string>;
}

interface Thread {
  readonly id: number;
  readonly status: number;
  readonly comments: { readonly id: number; content: string }[];
}

const states = [
  { name: 'To Do', color: 'b2b2b2', category: 'Proposed' },
  { name: 'Doing', color: '007acc', category: 'InProgress' },
  { name: 'Done', color: '339933', category: 'Completed' },
];
const known = ['System.Title', 'System.Description', 'System.Tags', 'System.State', 'System.History'];

/** Stands for Azure DevOps' REST API 7.1 of work items and of the threads of pull request 12, as its documentation describes it. */
export async function startAzureBoards() {
  const items: WorkItem[] = [];
  const threads: Thread[] = [];
  const server = await startForgeServer((request) => {
    const expected = `Basic ${Buffer.from(':azure-token').toString('base64')}`;
    if (request.headers.authorization !== expected) return { status: 203, bytes: Buffer.from('<html>Sign In</html>') };
    if (request.query.get('api-version') !== '7.1') throw new Undocumented('api-version');
    return answer(request);
  });

  function answer(request: ForgeRequest): ForgeAnswer {
    const { method, path, query, body, headers } = request;
    const route = `${method} ${decodeURIComponent(path).replace('/acme/my shop/_apis', '')}`;
    if (route === 'POST /wit/wiql') {
      if (headers['content-type'] !== 'application/json') throw new Undocumented('type');
      const text = String(hold(body, ['query']).query);
      const [, project, type, tag] =
        /^SELECT \[System\.Id\] FROM WorkItems WHERE \[System\.TeamProject\] = '(.+?)' AND \[System\.WorkItemType\] = '(.+?)' AND \[System\.Tags\] CONTAINS '(.+?)'$/.exec(
          text,
        ) ?? [];
      if (project !== 'my shop') throw new Undocumented(text);
      const found = items.filter((item) => item.type === type && item.fields['System.Tags'] === tag);
      return { status: 200, body: { queryType: 'flat', workItems: found.map(({ id }) => ({ id, url: '' })) } };
    }
    if (/^GET \/wit\/workitemtypes\/Task\/states$/.test(route)) {
      return { status: 200, body: { count: states.length, value: states } };
    }
    if (route === 'GET /wit/workitems') {
      for (const key of query.keys()) if (!['ids', 'fields', 'api-version'].includes(key)) throw new Undocumented(key);
      const ids = (query.get('ids') ?? '').split(',').map(Number);
      if (ids.length > 200) throw new Undocumented('more than 200 ids');
      const names = (query.get('fields') ?? '').split(',');
      const value = items
        .filter(({ id }) => ids.includes(id))
        .map(({ id, fields }) => ({
          id,
          fields: Object.fromEntries(Object.entries(fields).filter(([name]) => names.includes(name))),
        }));
      return { status: 200, body: { count: value.length, value } };
    }
    if (route === 'POST /wit/workitems/$Task') {
      const item: WorkItem = { id: items.length + 1, type: 'Task', fields: { 'System.State': 'To Do' } };
      if (!apply(request, item).has('System.Title')) throw new Undocumented('no title');
      items.push(item);
      return { status: 200, body: { id: item.id, fields: item.fields } };
    }
    const changed = /^PATCH \/wit\/workitems\/(\d+)$/.exec(route);
    const item = items[Number(changed?.[1]) - 1];
    if (item !== undefined) {
      apply(request, item);
      return { status: 200, body: { id: item.id, fields: item.fields } };
    }
    return answerOfThreads(route, body);
  }

  function apply({ headers, body }: ForgeRequest, { fields }: WorkItem): ReadonlySet<string> {
    if (headers['content-type'] !== 'application/json-patch+json') throw new Undocumented('type');
    if (!Array.isArray(body)) throw new Undocumented('no patch');
    const set = new Set<string>();
    for (const operation of body) {
      const { op, path, value } = hold(operation, ['op', 'path', 'value']);
      const name = String(path).replace('/fields/', '');
      if (op !== 'add' || !known.includes(name) || typeof value !== 'string') throw new Undocumented(String(path));
      if (name === 'System.Title' && value.length > 255) throw new Undocumented('title');
      if (name === 'System.State' && !states.some((state) => state.name === value)) throw new Undocumented(value);
      // The editor of Boards keeps no comments of HTML.
      fields[name] = value.replace(/<!--[\s\S]*?-->/g, '');
      set.add(name);
    }
    return set;
  }

  function answerOfThreads(route: string, body: ForgeRequest['body']): ForgeAnswer {
    const below = route.replace('/git/repositories/web/pullRequests/12', '');
    if (below === 'GET /threads') return { status: 200, body: { count: threads.length, value: threads } };
    if (below === 'POST /threads') {
      const { comments, status } = hold(body, ['comments'], ['status', 'threadContext', 'properties']);
      const [first] = comments as unknown[];
      const { content, parentCommentId, commentType } = hold(first, ['content'], ['parentCommentId', 'commentType']);
      if (parentCommentId !== 0 || commentType !== 1 || String(content).length > 150_000)
        throw new Undocumented('thread');
      threads.push({ id: threads.length + 1, status: Number(status), comments: [{ id: 1, content: String(content) }] });
      return { status: 200, body: threads.at(-1) };
    }
    const [, id, comment] = /^PATCH \/threads\/(\d+)\/comments\/(\d+)$/.exec(below) ?? [];
    const found = threads[Number(id) - 1]?.comments[Number(comment) - 1];
    if (found === undefined) throw new Undocumented('no such route');
    found.content = String(hold(body, ['content'], ['parentCommentId', 'commentType']).content);
    return { status: 200, body: found };
  }

  return { ...server, items, threads };
}
