import type { Failure } from '../failure.ts';
import type { FileChange } from '../update/update.ts';
import type { Automerge, MergeMethod } from './automerge.ts';

/** A branch with the commit that it names. */
export interface Branch {
  /** Without refs/heads/. */
  readonly name: string;
  readonly commit: string;
}

/** An open pull request that this program made, by the branch that it merges. */
export interface OpenRequest {
  readonly number: number;
  readonly branch: string;
  readonly title: string;
  readonly body: string;
  readonly url: string;
}

/** A pull request that was just opened. */
export interface OpenedPullRequest extends OpenRequest {
  /** Why it has no labels, where the host refused them. */
  readonly unlabelled?: Failure;
}

/** What a pull request shows. */
export interface RequestText {
  readonly title: string;
  /** Markdown. */
  readonly body: string;
  readonly labels: readonly string[];
}

/** A host of repositories, as far as pull requests need one; every method throws FailureError. */
export interface Forge {
  readonly name: 'GitHub' | 'Azure DevOps';
  /** Longest body in characters. */
  readonly longestBody: number;
  /** The branch that pull requests go to: the one that is named, else the repository's default. */
  target(): Promise<Branch>;
  /** Open pull requests to the target whose branch is in this repository and begins with a prefix. */
  open(target: Branch, prefix: string): Promise<readonly OpenRequest[]>;
  /**
   * Makes a branch one commit above the target with these files changed; a branch of that name is replaced. Throws where
   * a file there is not what the changes were made from. Paths are relative to the repository's top.
   */
  push(target: Branch, name: string, files: readonly FileChange[], message: string): Promise<void>;
  create(target: Branch, branch: string, text: RequestText): Promise<OpenedPullRequest>;
  change(request: OpenRequest, text: RequestText): Promise<void>;
  /** Asks the host to merge a pull request when what the target requires has passed. */
  automerge(target: Branch, request: OpenRequest, method: MergeMethod): Promise<Automerge>;
  /** Closes a pull request with a word, and removes its branch. */
  close(request: OpenRequest, why: string): Promise<void>;
}
