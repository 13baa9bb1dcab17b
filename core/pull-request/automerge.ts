import { fail } from '../failure.ts';

/** How a host merges; by `repository` it is what the repository itself allows or prefers. */
export const mergeMethods = ['repository', 'merge', 'squash', 'rebase'] as const;
export type MergeMethod = (typeof mergeMethods)[number];

/** What became of asking a host to merge: asked now or before, or not, because the pull request is a draft. */
export type Automerge = 'asked' | 'draft';

/** The failure of asking a host to merge into a branch that requires nothing: it would do so at once. */
export function nothingToWaitFor(url: string, branch: string) {
  const remedy = `require a check or an approval on ${branch} in the rules of the repository`;
  return fail('refused', url, `would be merged unchecked, because ${branch} requires nothing of it`, remedy);
}
