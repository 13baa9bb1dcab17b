import { attempt } from '../failure.ts';
import { field, parsed } from '../json.ts';
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

const largestPayload = 8 * 1024 * 1024;

/**
 * The pull request behind an event that its name does not show: a workflow that ran for one, or a comment on one. A
 * payload that cannot be read narrows: it is taken for one.
 */
export async function pullRequestBehind({
  env,
  files,
}: Pick<World, 'env' | 'files'>): Promise<PullRequest | undefined> {
  const { GITHUB_EVENT_NAME: event = '', GITHUB_EVENT_PATH: path = '' } = env;
  if (event !== 'workflow_run' && event !== 'issue_comment') return undefined;
  const read = await attempt(path, () => files.readText(path, largestPayload));
  const payload = read.kind === 'done' ? parsed(read.value) : undefined;
  const said = `GITHUB_EVENT_NAME=${event}, of a pull request`;
  if (payload === undefined) return { said };
  const isOfOne =
    event === 'issue_comment'
      ? field(field(payload, 'issue'), 'pull_request') !== undefined
      : String(field(field(payload, 'workflow_run'), 'event')).startsWith('pull_request');
  return isOfOne ? { said } : undefined;
}

function targetIn(text = ''): Pick<PullRequest, 'target'> {
  const branch = text.replace(/^refs\/heads\//, '');
  // What could be read as an option, a range or a path of git is no branch (git-check-ref-format).
  return /^(?![-./])[\w./+-]+$/.test(branch) && !/\.\.|\/\/|\.lock$/.test(branch) ? { target: branch } : {};
}
