import type { MergeMethod } from './automerge.ts';

/** Where pull requests are opened, and with what. */
export interface RequestSettings {
  /** Address of the repository as people open it; that of the pipeline's own where absent. */
  readonly repository?: string;
  /** A token that may push branches and open pull requests. */
  readonly token?: string;
  /** The branch that they go to; the repository's default when absent. */
  readonly base?: string;
  readonly labels: readonly string[];
  /** Patterns that the run itself was given: those of the configuration file hold for every run. */
  readonly narrowed?: { readonly include: readonly string[]; readonly exclude: readonly string[] };
  /** How the host is asked to merge them when their checks pass; absent where it is not. */
  readonly automerge?: MergeMethod;
}
