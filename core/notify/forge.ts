import { attempt, describeFailure, fail } from '../failure.ts';
import { field, parsed } from '../json.ts';
import { digestOf } from '../oci/digest.ts';
import type { Host, World } from '../ports.ts';
import { azureApi } from '../pull-request/azure-devops.ts';
import { githubApi } from '../pull-request/github.ts';
import { type RepositoryPlace, repositoryPlace } from '../pull-request/repository.ts';
import type { RefreshReport } from '../report/report.ts';
import { azureThreads } from './comment/azure-threads.ts';
import type { CommentPlace } from './comment/comment-place.ts';
import { githubComments } from './comment/github-comments.ts';
import { keepComment } from './comment/keep-comment.ts';
import type { ForgeWork } from './forge-settings.ts';
import { azureBoards } from './issues/azure-boards.ts';
import { githubIssues } from './issues/github-issues.ts';
import { keepIssues } from './issues/keep-issues.ts';
import type { Tracker } from './issues/tracker.ts';
import { runLink } from './message.ts';

interface Ended {
  readonly host: Host;
  readonly world: World;
}

/** Keeps an issue for each image of a report that needs a person. */
export async function trackIssues(
  { host, world }: Ended,
  work: ForgeWork,
  report: RefreshReport,
  about: { readonly scope: string; readonly isWhole: boolean },
): Promise<void> {
  const tracker = await attempt('issues', async () => trackerOf(world, work));
  if (tracker.kind === 'failed') host.log('warning', describeFailure(tracker.failure));
  else {
    const pipeline = pipelineOf(world);
    // Of a run that does not say of which branch it is, another branch may have the images that it does not see.
    const isWhole = about.isWhole && pipeline.every((part) => part !== undefined);
    const scope = { digest: digestOf(JSON.stringify([pipeline, about.scope])), isWhole };
    await keepIssues(host, tracker.value, report, runLink(world.env), scope);
  }
}

/** Keeps the comment of the pull request that the run is of. */
export async function commentOnRequest(
  { host, world }: Ended,
  work: ForgeWork,
  report: RefreshReport,
  scope: string,
): Promise<void> {
  const place = await attempt('comment', () => commentPlaceOf(world, work));
  if (place.kind === 'failed') host.log('warning', describeFailure(place.failure));
  else await keepComment(host, place.value, report, scope, runLink(world.env));
}

// Which job of which workflow or pipeline it is, and of which branch: what another has is none of this run's business.
function pipelineOf({ env }: World): readonly (string | undefined)[] {
  const workflow = env.GITHUB_WORKFLOW_REF?.replace(/@.*$/s, '') ?? env.SYSTEM_DEFINITIONID;
  return [workflow, env.GITHUB_JOB ?? env.SYSTEM_JOBNAME, env.GITHUB_REF ?? env.BUILD_SOURCEBRANCH];
}

function trackerOf(world: World, { repository, token, issues }: ForgeWork): Tracker {
  const place = repositoryPlace(world.env, repository);
  switch (place.kind) {
    case 'github':
      return githubIssues(githubApi(world, { ...place, token }, 'give the token issues: write'));
    case 'azure-devops': {
      const permission = 'give the build service Edit work items on the area, and Create tag definition on the project';
      return azureBoards({
        api: azureApi(world, { ...place, token }, '/_apis/wit', permission),
        project: place.project,
        page: `${place.collection}/${encodeURIComponent(place.project)}`,
        type: issues?.type ?? 'Task',
      });
    }
  }
}

async function commentPlaceOf(world: World, { repository, token }: ForgeWork): Promise<CommentPlace> {
  const place = repositoryPlace(world.env, repository);
  // Of another repository, the number is that of somebody else's pull request.
  if (nameOf(place) !== nameOf(repositoryPlace(world.env))) {
    throw fail('usage', 'comment', 'the pull request of this run is of another repository', 'leave out repository');
  }
  const number = await requestNumber(world, place);
  if (number === undefined) throw fail('usage', 'comment', 'the number of the pull request is not known here');
  switch (place.kind) {
    case 'github': {
      const permission = 'give the token pull-requests: write, which runs of forks cannot have';
      return githubComments(githubApi(world, { ...place, token }, permission), number);
    }
    case 'azure-devops': {
      const below = `/_apis/git/repositories/${encodeURIComponent(place.repository)}`;
      const permission = 'give the build service Contribute to pull requests on the repository';
      return azureThreads(azureApi(world, { ...place, token }, below, permission), number);
    }
  }
}

// Without the host, which has several addresses.
function nameOf(place: RepositoryPlace): string {
  const names = place.kind === 'github' ? [place.owner, place.name] : [place.project, place.repository];
  return JSON.stringify([place.kind, ...names]).toLowerCase();
}

const largestPayload = 8 * 1024 * 1024;

async function requestNumber({ env, files }: World, { kind }: RepositoryPlace): Promise<number | undefined> {
  const { SYSTEM_PULLREQUEST_PULLREQUESTID: azure, SYSTEM_PULLREQUEST_PULLREQUESTNUMBER: ofGithub } = env;
  const named = (kind === 'github' ? ofGithub : azure) ?? /^refs\/pull\/(\d+)\//.exec(env.GITHUB_REF ?? '')?.[1];
  if (named !== undefined) return numberIn(named);
  const { GITHUB_EVENT_PATH: path } = env;
  const read = path ? await attempt(path, () => files.readText(path, largestPayload)) : undefined;
  const payload = read?.kind === 'done' ? parsed(read.value) : undefined;
  return numberIn(field(payload, 'number') ?? field(field(payload, 'issue'), 'number'));
}

function numberIn(value: unknown): number | undefined {
  const number = Number(value);
  return /^[1-9]\d{0,14}$/.test(String(value)) && Number.isSafeInteger(number) ? number : undefined;
}
