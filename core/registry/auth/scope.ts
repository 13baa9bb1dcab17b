export type Action = 'pull' | 'push' | 'delete';

/** What a token is for (distribution, token scope documentation). */
export interface Scope {
  readonly repository: string;
  readonly actions: readonly Action[];
}

/** `repository:library/node:pull`. */
export function formatScope({ repository, actions }: Scope): string {
  return `repository:${repository}:${actions.join(',')}`;
}

/** Whether what is granted is enough for what is needed. */
export function covers(granted: readonly Scope[], needed: readonly Scope[]): boolean {
  return needed.every(({ repository, actions }) =>
    granted.some(
      (scope) => scope.repository === repository && actions.every((action) => scope.actions.includes(action)),
    ),
  );
}
