import { formatScope, type Scope } from './auth/scope.ts';

const mostScopes = 40;
/** Keeps the address of a token request well below the 8 KiB that servers allow a request line. */
const mostCharacters = 4_000;

/** Groups repositories to pull from so that one token request asks for as many as fit. */
export function batchScopes(repositories: readonly string[]): readonly (readonly Scope[])[] {
  const batches: Scope[][] = [];
  let length = 0;
  for (const repository of repositories) {
    const scope: Scope = { repository, actions: ['pull'] };
    const added = '&scope='.length + encodeURIComponent(formatScope(scope)).length;
    const last = batches.at(-1);
    if (last === undefined || last.length >= mostScopes || length + added > mostCharacters) {
      batches.push([scope]);
      length = added;
    } else {
      last.push(scope);
      length += added;
    }
  }
  return batches;
}
