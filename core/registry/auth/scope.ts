export type Action = 'pull' | 'push' | 'delete';

/** What a token is for (distribution, token scope documentation). */
export interface Scope {
  readonly repository: string;
  /** Those that this program needs, or others that a registry demands. */
  readonly actions: readonly (Action | DemandedAction)[];
  /** What the name is of, where that is no repository: the `registry` of `registry:catalog:*`. */
  readonly type?: string;
}

/** An action by the name that a registry has for it, such as `metadata_read`. */
export type DemandedAction = string & { readonly demanded?: never };

/** `repository:library/node:pull`. */
export function formatScope({ type = 'repository', repository, actions }: Scope): string {
  return `${type}:${repository}:${actions.join(',')}`;
}

/** Whether what is granted is enough for what is needed. */
export function covers(granted: readonly Scope[], needed: readonly Scope[]): boolean {
  return needed.every(({ repository, actions }) =>
    granted.some(
      (scope) =>
        scope.type === undefined &&
        scope.repository === repository &&
        actions.every((action) => scope.actions.includes(action)),
    ),
  );
}
