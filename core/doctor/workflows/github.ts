import { childOf, scalarOf } from '../../settings/yaml-node.ts';
import { type DoctorFinding, findingAt, note, ok, problem, warning } from '../check.ts';
import { namesInNode } from './node.ts';
import { commandOf, givenTo, type RunStep, type StepSurroundings, stepSubject, writes } from './step.ts';

/** Whether the action is pinned to a commit: a tag can be moved to other code, with the same token and secrets. */
export function pinFindings({ how, place }: RunStep): readonly DoctorFinding[] {
  if (how.kind !== 'action') return [];
  const subject = stepSubject(place);
  if (/^[0-9a-f]{40}$/.test(how.reference)) return [ok(subject, 'the action is pinned to a commit')];
  const detail = `the action is pinned to ${how.reference}, which can be moved to other code`;
  return [findingAt(place, warning(subject, detail, 'pin the full commit SHA, with the version in a comment'))];
}

/** Whether two runs could move the same tags at once. */
export function concurrencyFindings(step: RunStep): readonly DoctorFinding[] {
  if (!writes(step)) return [];
  const subject = stepSubject(step.place);
  const stated = childOf(step.job, 'concurrency') ?? childOf(step.root, 'concurrency');
  if (stated !== undefined) return [ok(subject, 'runs are serialised by a concurrency group')];
  const detail = 'there is no concurrency group, so two runs can move the same tags at once';
  return [findingAt(step.place, warning(subject, detail, 'add concurrency: { group: base-image-refresh }'))];
}

const day = 24 * 3_600_000;
// Two weeks before GitHub does it.
const quietDays = 45;

/** Whether the workflow runs without anybody changing the repository, as bases move without that too. */
export function scheduleFindings(step: RunStep, { lastCommit, now }: StepSurroundings): readonly DoctorFinding[] {
  const on = namesInNode(childOf(step.root, 'on'));
  const subject = stepSubject(step.place);
  if (on.includes('schedule')) {
    const days = lastCommit === undefined ? 0 : Math.floor((now.getTime() - lastCommit.getTime()) / day);
    if (days < quietDays) return [ok(subject, 'the workflow runs on a schedule')];
    const detail = `the last commit is ${days} days old, and GitHub disables schedules of public repositories after 60 days without activity`;
    const remedy = 'enable it again in the Actions tab, and notice its silence with notify-heartbeat';
    return [findingAt(step.place, warning(subject, detail, remedy))];
  }
  if (on.includes('workflow_call'))
    return [note(subject, 'the workflow is reusable, and when its callers run is not known from this file')];
  if (on.includes('repository_dispatch')) return [note(subject, 'when it is dispatched is not known from this file')];
  const detail = 'the workflow has no schedule, so a base that moves goes unnoticed until something else starts it';
  return [findingAt(step.place, warning(subject, detail, 'add a schedule trigger'))];
}

/** Whether code of a stranger's pull request can meet the secrets of the repository. */
export function pullRequestTargetFindings(step: RunStep): readonly DoctorFinding[] {
  if (!namesInNode(childOf(step.root, 'on')).includes('pull_request_target')) return [];
  const subject = stepSubject(step.place);
  const takesHead = step.before.some((node) => {
    const reference = scalarOf(childOf(node, 'with', 'ref')) ?? '';
    return isCheckout(scalarOf(childOf(node, 'uses'))) && /\bhead\b|head_ref|head\.sha|pull\//.test(reference);
  });
  const remedy = 'use pull_request, which has no secrets for forks';
  if (takesHead) {
    const detail =
      'pull_request_target checks out untrusted code and runs it with access to the secrets of the repository';
    return [findingAt(step.place, problem(subject, detail, remedy))];
  }
  const detail = 'pull_request_target gives runs that forks start access to the secrets of the repository';
  return [findingAt(step.place, warning(subject, detail, remedy))];
}

/** Secrets where every process of the machine, or everybody who has the image, can read them. */
export function stepSecretFindings({ how, given, place }: RunStep): readonly DoctorFinding[] {
  const subject = stepSubject(place);
  const expression = /\$\{\{[^}]*\b(?:secrets\.|github\.token\b)/;
  const inScript =
    how.kind === 'script' && expression.test(how.text)
      ? [
          findingAt(
            place,
            problem(
              subject,
              'a secret is expanded into the script, so it shows in command-line arguments',
              'pass it through env',
            ),
          ),
        ]
      : [];
  const inArguments = given
    .filter(({ name, text }) => name.toLowerCase() === 'build-arg' && expression.test(text))
    .map(({ line }) => {
      const detail = 'a secret is passed as a build argument, which stays in the image history';
      const own = { path: place.path, line };
      return findingAt(own, problem(stepSubject(own), detail, 'pass it with build-secret'));
    });
  return [...inScript, ...inArguments];
}

const inTree = ['detect', 'check', 'plan', 'refresh', 'update', 'deploy', 'doctor'];

/** Whether the repository is there when the step begins, with the history that evidence needs. */
export function checkoutFindings(step: RunStep, { hasPins }: StepSurroundings): readonly DoctorFinding[] {
  if (step.how.kind === 'task' || !inTree.includes(commandOf(step) ?? '')) return [];
  const subject = stepSubject(step.place);
  const checkout = step.before.find((node) => isCheckout(scalarOf(childOf(node, 'uses'))));
  if (checkout === undefined) {
    const detail = 'no earlier step checks out the repository';
    return [findingAt(step.place, warning(subject, detail, 'add actions/checkout before it'))];
  }
  if (!hasPins || commandOf(step) === 'deploy' || scalarOf(childOf(checkout, 'with', 'fetch-depth')) === '0') return [];
  const detail =
    'only one commit is fetched, so digests pinned in Dockerfiles are no evidence for images built from older commits';
  return [note(subject, detail, 'set fetch-depth: 0 at actions/checkout')];
}

function isCheckout(used: string | undefined): boolean {
  return /^actions\/checkout@/.test(used ?? '');
}

/** Whether a step that opens pull requests is given the token for them: the job's own is not taken by itself. */
export function requestTokenFindings(step: RunStep): readonly DoctorFinding[] {
  const { how, place } = step;
  const proposes = givenTo(step, 'pull-request') === 'true' && givenTo(step, 'dry-run') !== 'true';
  if (how.kind !== 'action' || !proposes || givenTo(step, 'repository-token') !== undefined) return [];
  // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of GitHub.
  const remedy = 'set repository-token: ${{ github.token }}';
  return [findingAt(place, warning(stepSubject(place), 'pull-request is set without a token', remedy))];
}
