import { type Api, call, callForJson } from '../../pull-request/api.ts';
import { listAt, numberAt, valueAt } from '../../pull-request/fields.ts';
import type { CommentPlace, OwnComment } from './comment-place.ts';

const apiVersion = 'api-version=7.1';

/** Threads of a pull request on Azure DevOps (REST API 7.1). */
export function azureThreads(api: Api, request: number): CommentPlace {
  const threads = `/pullRequests/${request}/threads`;
  return {
    name: 'Azure DevOps comment',
    longest: 100_000,
    folds: false,
    find: (mark) => find(api, threads, mark),
    create: async (content) => {
      // Closed, so that the pull request can still be completed.
      const body = { comments: [{ parentCommentId: 0, content, commentType: 1 }], status: 4 };
      await call(api, { method: 'POST', path: `${threads}?${apiVersion}`, body });
    },
  };
}

async function find(api: Api, threads: string, mark: string): Promise<OwnComment | undefined> {
  const listed = listAt(await callForJson(api, { method: 'GET', path: `${threads}?${apiVersion}` }), 'value', api.root);
  for (const thread of listed) {
    const [first] = listAt(thread, 'comments', api.root);
    const content = valueAt(first, 'content');
    if (valueAt(thread, 'isDeleted') === true || typeof content !== 'string' || !content.startsWith(mark)) continue;
    const path = `${threads}/${numberAt(thread, 'id', api.root)}/comments/${numberAt(first, 'id', api.root)}?${apiVersion}`;
    return {
      body: content,
      change: async (body) => {
        await call(api, { method: 'PATCH', path, body: { content: body } });
      },
    };
  }
  return undefined;
}
