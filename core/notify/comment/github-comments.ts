import { type Api, call, callForJson } from '../../pull-request/api.ts';
import { listAt, numberAt, valueAt } from '../../pull-request/fields.ts';
import type { CommentPlace, OwnComment } from './comment-place.ts';

const pageSize = 100;
const mostPages = 20;
const trusted: readonly unknown[] = ['OWNER', 'MEMBER', 'COLLABORATOR'];

/** Comments of a pull request on GitHub (REST API of 2022-11-28). */
export function githubComments(api: Api, request: number): CommentPlace {
  return {
    name: 'GitHub comment',
    // 65,536 characters; none has more bytes than this.
    longest: 65_000,
    folds: true,
    find: (mark) => find(api, request, mark),
    create: async (body) => {
      await call(api, { method: 'POST', path: `/issues/${request}/comments`, body: { body } });
    },
  };
}

async function find(api: Api, request: number, mark: string): Promise<OwnComment | undefined> {
  for (let page = 1; page <= mostPages; page++) {
    const path = `/issues/${request}/comments?${new URLSearchParams({ per_page: `${pageSize}`, page: `${page}` })}`;
    const listed = listAt(await callForJson(api, { method: 'GET', path }), '', api.root);
    const own = listed.find((entry) => isOwn(entry, mark));
    if (own !== undefined) return commentOf(api, own);
    if (listed.length < pageSize) return undefined;
  }
  return undefined;
}

// Whoever opened the pull request could write the mark too, and change the text afterwards.
function isOwn(entry: unknown, mark: string): boolean {
  const body = valueAt(entry, 'body');
  const isTrusted = valueAt(entry, 'user.type') === 'Bot' || trusted.includes(valueAt(entry, 'author_association'));
  return isTrusted && typeof body === 'string' && body.startsWith(mark);
}

function commentOf(api: Api, entry: unknown): OwnComment {
  const id = numberAt(entry, 'id', api.root);
  return {
    body: String(valueAt(entry, 'body')),
    change: async (body) => {
      await call(api, { method: 'PATCH', path: `/issues/comments/${id}`, body: { body } });
    },
  };
}
