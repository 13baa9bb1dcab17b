import type { World } from '../ports.ts';

/** The pull request that a run is started by; whoever opened it wrote what is checked out. */
export interface PullRequest {
  /** The variable of the CI host that says so. */
  readonly said: string;
  /** The branch that it is to be merged into, where the host names it. */
  readonly target?: string;
}

/** The pull request that a job runs for, of a fork or not, by what its CI host says of the event; undefined for any other run. */
export function pullRequestOf(env: World['env']): PullRequest | undefined {
  const { GITHUB_EVENT_NAME: event = '', BUILD_REASON: reason = '', BUILD_SOURCEBRANCH: source = '' } = env;
  // pull_request, pull_request_target, pull_request_review and its comments.
  if (/^pull_request(?:_|$)/.test(event)) {
    return { said: `GITHUB_EVENT_NAME=${event}`, ...targetIn(env.GITHUB_BASE_REF) };
  }
  if (reason === 'PullRequest') {
    return { said: `BUILD_REASON=${reason}`, ...targetIn(env.SYSTEM_PULLREQUEST_TARGETBRANCH) };
  }
  // Azure runs the merge of a pull request also by hand, for another reason.
  return source.startsWith('refs/pull/') ? { said: `BUILD_SOURCEBRANCH=${source}` } : undefined;
}

function targetIn(text = ''): Pick<PullRequest, 'target'> {
  const branch = text.replace(/^refs\/heads\//, '');
  // What could be read as an option, a range or a path of git is no branch (git-check-ref-format).
  return /^(?![-./])[\w./+-]+$/.test(branch) && !/\.\.|\/\/|\.lock$/.test(branch) ? { target: branch } : {};
}
