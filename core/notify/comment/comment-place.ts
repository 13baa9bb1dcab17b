/** A comment of a pull request that this program wrote. */
export interface OwnComment {
  readonly body: string;
  change(body: string): Promise<void>;
}

/** Where a pull request is commented on; every method throws FailureError. */
export interface CommentPlace {
  readonly name: string;
  /** Most bytes of a comment. */
  readonly longest: number;
  /** Whether parts can be folded with HTML. */
  readonly folds: boolean;
  /** The first comment with a mark that only this repository's own people and programs can have written. */
  find(mark: string): Promise<OwnComment | undefined>;
  create(body: string): Promise<void>;
}
