/** An open issue of this program. */
export interface TrackedIssue {
  readonly number: number;
  readonly title: string;
  /** What its marks are read from. */
  readonly body: string;
  readonly url: string;
}

/** What an issue shows. */
export interface IssueText {
  readonly title: string;
  /** Inert Markdown of one paragraph each. */
  readonly paragraphs: readonly string[];
  /** The same as plain text, for trackers that take HTML. */
  readonly plain: readonly string[];
  /** By which a later run knows the issue, and whether it says the same. */
  readonly marks: readonly string[];
}

/** A place that keeps issues; every method throws FailureError. */
export interface Tracker {
  readonly name: string;
  /** Open issues that carry the label of this program. */
  open(): Promise<readonly TrackedIssue[]>;
  create(text: IssueText): Promise<{ readonly url: string }>;
  change(issue: TrackedIssue, text: IssueText): Promise<void>;
  close(issue: TrackedIssue, why: string): Promise<void>;
}

/** The label, or tag, that every issue of this program has; who may not label cannot pass an issue off as one. */
export const issueLabel = 'base-image-refresh';
