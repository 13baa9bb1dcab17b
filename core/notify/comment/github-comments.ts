import { type Api, call } from '../../pull-request/api.ts';
import { numberAt, valueAt } from '../../pull-request/fields.ts';
import { githubList } from '../../pull-request/github-list.ts';
import type { CommentPlace, OwnComment } from './comment-place.ts';

const trusted: readonly unknown[] = ['OWNER', 'MEMBER', 'COLLABORATOR'];

/** Comments of a pull request on GitHub (REST API of 2022-11-28). */
export function githubComments(api: Api, request: number): CommentPlace {
  return {
    name: 'GitHub comment',
    // GitHub takes 65,536 characters, and no text has more of them than bytes.
    longest: 65_000,
    folds: true,
    find: (mark) => find(api, request, mark),
    create: async (body) => {
      await call(api, { method: 'POST', path: `/issues/${request}/comments`, body: { body } });
    },
  };
}

async function find(api: Api, request: number, mark: string): Promise<OwnComment | undefined> {
  for await (const entry of githubList(api, `/issues/${request}/comments`)) {
    if (isOwn(entry, mark)) return commentOf(api, entry);
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
