/** Every way in which a stage can be unable to do its work, named once for exit codes, reports and tests. */
export type FailureCode =
  // usage and configuration (exit code 2)
  | 'usage'
  | 'config'
  // registry
  | 'unauthorised'
  | 'forbidden'
  | 'not-found'
  | 'tag-gone'
  | 'rate-limited'
  | 'unreachable'
  | 'tls'
  | 'malformed'
  | 'too-large'
  | 'digest-mismatch'
  | 'deadline'
  | 'refused'
  | 'unsupported'
  // repository
  | 'unreadable'
  | 'dockerfile'
  | 'cycle'
  // engines, scanners and publication
  | 'missing-tool'
  | 'build-failed'
  | 'unsafe-rebase'
  | 'scan-failed'
  | 'sign-failed'
  | 'moved'
  | 'deploy-failed'
  | 'parent-failed'
  | 'stopped'
  | 'source-unknown'
  | 'base-unknown'
  | 'build-unknown'
  | 'platform-absent'
  // a defect of this program
  | 'internal';

/** A failure a user can act on: what it is about, what is the case, what to do. */
export interface Failure {
  readonly code: FailureCode;
  readonly subject: string;
  readonly detail: string;
  readonly remedy?: string;
  readonly retryable: boolean;
}

/** The one wording of a failure: "subject: detail; remedy." */
export function describeFailure(failure: Pick<Failure, 'subject' | 'detail' | 'remedy'>): string {
  const sentence = failure.remedy === undefined ? failure.detail : `${failure.detail}; ${failure.remedy}`;
  return `${failure.subject}: ${withoutLastDots(sentence)}.`;
}

// Of a text that may be a stranger's: a regular expression would look at each dot again for every dot before it.
function withoutLastDots(text: string): string {
  let end = text.length;
  while (text[end - 1] === '.') end -= 1;
  return text.slice(0, end);
}

/** Whether the failure is the caller's to mend in arguments or configuration (exit code 2) and not in the world (3). */
export function isUsageFailure(failure: Failure): boolean {
  return failure.code === 'usage' || failure.code === 'config';
}

/** Whether a registry said for certain that the content is not there. */
export function isAbsent(failure: Failure): boolean {
  return failure.code === 'not-found' || failure.code === 'tag-gone';
}

/** Carries a Failure through code that would otherwise have to hand it up by hand; stages turn it back with `attempt`. */
export class FailureError extends Error {
  override readonly name = 'FailureError';
  readonly failure: Failure;
  /** What is wrong beside it, where all of one file is said at once. */
  readonly others: readonly Failure[];
  constructor(failure: Failure, options?: ErrorOptions, others: readonly Failure[] = []) {
    super(describeFailure(failure), options);
    this.failure = failure;
    this.others = others;
  }
}

/** Builds a FailureError; not retryable unless said. */
export function fail(
  code: FailureCode,
  subject: string,
  detail: string,
  remedy?: string,
  options: { readonly retryable?: boolean; readonly cause?: unknown } = {},
): FailureError {
  const failure: Failure = {
    code,
    subject,
    detail,
    retryable: options.retryable ?? false,
    ...(remedy === undefined ? {} : { remedy }),
  };
  return new FailureError(failure, options.cause === undefined ? undefined : { cause: options.cause });
}

/** The Failure inside any thrown value; what is not ours is a defect and keeps its message. */
export function failureOf(thrown: unknown, subject: string): Failure {
  if (thrown instanceof FailureError) return thrown.failure;
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: 'internal', subject, detail, remedy: 'run again with --verbose and report it', retryable: false };
}

/** Every Failure inside a thrown value. */
export function everyFailureOf(thrown: unknown, subject: string): readonly Failure[] {
  return [failureOf(thrown, subject), ...(thrown instanceof FailureError ? thrown.others : [])];
}

export type Outcome<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** Runs work and returns what it threw as a value, so that one image's failure leaves the others running. */
export async function attempt<T>(subject: string, work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { kind: 'done', value: await work() };
  } catch (thrown) {
    return { kind: 'failed', failure: failureOf(thrown, subject) };
  }
}
