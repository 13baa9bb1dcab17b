import { camelCase } from '../../settings/input.ts';
import { childOf, elementsOf, scalarOf } from '../../settings/yaml-node.ts';
import { listed } from '../../text/words.ts';
import { type DoctorFinding, findingAt, note, ok, warning } from '../check.ts';
import { commandOf, givenTo, type RunStep, type StepSurroundings, writes } from './step.ts';

/** Whether what needs the job's token is given it. */
export function accessTokenFindings(step: RunStep): readonly DoctorFinding[] {
  const { how, place } = step;
  if (how.kind !== 'task') return [];
  const subject = `${place.path}:${place.line}`;
  const asking = ['pull-request', 'issues', 'comment'].filter((name) => givenTo(step, name) === 'true');
  if (asking.length === 0 || givenTo(step, 'repository-token') !== undefined) return [];
  const remedy = 'set repositoryToken: $(System.AccessToken)';
  const names = listed(asking.map(camelCase));
  const fact = `${names} ${asking.length === 1 ? 'is' : 'are'} set without a token`;
  return [findingAt(place, warning(subject, fact, remedy))];
}

/** When the pipeline runs, as far as its file says. */
export function pipelineScheduleFindings(step: RunStep): readonly DoctorFinding[] {
  if (step.how.kind === 'script' && commandOf(step) === undefined) return [];
  if (childOf(step.root, 'schedules') !== undefined) return [];
  const subject = `${step.place.path}:${step.place.line}`;
  const detail = "the file has no schedules, and whether the pipeline's settings have is not known from it";
  return [note(subject, detail, 'add schedules with always: true')];
}

/** Whether two runs could move the same tags at once, as far as the file says: a check that locks stands in the project. */
export function overlapFindings(step: RunStep): readonly DoctorFinding[] {
  const schedules = childOf(step.root, 'schedules');
  // Those of the pipeline's settings are a finding of their own.
  if (!writes(step) || schedules === undefined) return [];
  const subject = `${step.place.path}:${step.place.line}`;
  const locks = [step.root, ...elementsOf(childOf(step.root, 'stages'))].map((node) =>
    scalarOf(childOf(node, 'lockBehavior')),
  );
  if (locks.some((text) => text === 'sequential' || text === 'runLatest'))
    return [ok(subject, 'runs are serialised by an exclusive lock, where a resource of theirs has that check')];
  if (elementsOf(schedules).every((schedule) => scalarOf(childOf(schedule, 'batch')) === 'true'))
    return [ok(subject, 'no scheduled run begins while the one before goes on')];
  const detail = 'scheduled runs begin while others go on, so two runs can move the same tags at once';
  return [findingAt(step.place, warning(subject, detail, 'add batch: true to the schedules'))];
}

/** Whether the pipeline fetches the history that some evidence needs. */
export function depthFindings(step: RunStep, { hasPins }: StepSurroundings): readonly DoctorFinding[] {
  const checkout = step.before.find((node) => childOf(node, 'checkout') !== undefined);
  if (!hasPins || scalarOf(childOf(checkout, 'fetchDepth')) === '0') return [];
  const detail = 'pipelines may fetch a single commit by default, so digests pinned in Dockerfiles may be no evidence';
  return [note(`${step.place.path}:${step.place.line}`, detail, 'set fetchDepth: 0 at checkout: self')];
}

/** Variables that look secret in the arguments of a script. */
export function scriptSecretFindings({ how, place }: RunStep): readonly DoctorFinding[] {
  if (how.kind !== 'script') return [];
  const name = /\$\(([\w.]*(?:token|password|secret|apikey)[\w.]*)\)/i.exec(how.text)?.[1];
  if (name === undefined) return [];
  const detail = `$(${name}) is expanded into the script, so it shows in command-line arguments`;
  return [findingAt(place, warning(`${place.path}:${place.line}`, detail, 'pass it through env'))];
}
