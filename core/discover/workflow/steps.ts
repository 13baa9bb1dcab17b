import { posix } from 'node:path';
import { type Mapping, mappingOf, textOf } from '../../json.ts';
import { isKnown, notKnown, onlyIf, reasonIn } from '../unknown.ts';
import { lineOfKey } from '../yaml.ts';
import { type ActionCall, publishingActions } from './actions.ts';
import { runComposite } from './composite.ts';
import { holds, type JobContexts, nothingSet } from './evaluate.ts';
import type { JobState, StepList, StepPlace } from './job-state.ts';
import { filledMap } from './matrix.ts';
import { metadataOf } from './metadata.ts';
import { runShell } from './shell-step.ts';

/** Follows the steps in order, and gives what they answer as `steps`. */
export async function runSteps(
  { steps, contexts: outer, around, line }: StepList,
  state: JobState,
): Promise<JobContexts> {
  const answers: Record<string, Mapping> = {};
  for (const item of steps) {
    const step = mappingOf(item);
    if (step === undefined) continue;
    state.cost.values(4 + Object.keys(state.env).length);
    const base: JobContexts = { ...outer, env: state.env, steps: answers };
    const env = { ...state.env, ...filledMap(step.env, base, state.cost) };
    const contexts: JobContexts = { ...base, env };
    const id = textOf(step.id);
    const condition = textOf(step.if) ?? '';
    const holding = holds(condition, contexts, state.cost);
    const place = { contexts, env, around, line: line ?? lineOfKey(step) };
    if (holding === false) {
      if (id !== undefined) answers[id] = skipped;
      continue;
    }
    const doubt = holding === true ? undefined : onlyIf(condition);
    const outputs = await (doubt === undefined ? runStep(step, place, state) : runDoubtful(step, place, state, doubt));
    const isSure = doubt === undefined && (step['continue-on-error'] ?? false) === false;
    if (id !== undefined) answers[id] = { outputs, ...(isSure ? { outcome: 'success', conclusion: 'success' } : {}) };
  }
  return { ...outer, env: state.env, steps: answers };
}

const skipped = { outputs: nothingSet, outcome: 'skipped', conclusion: 'skipped' };

// What a step that may not run sets is not known afterwards, and what it publishes is doubtful.
async function runDoubtful(step: Mapping, place: StepPlace, state: JobState, doubt: string) {
  const { session, env } = state;
  const [outer, before] = [session.doubt, { ...env }];
  session.doubt = outer ?? doubt;
  const outputs = await runStep(step, place, state);
  session.doubt = outer;
  state.metadata = undefined;
  const why = (name: string) => notKnown(`${name}, which a step sets ${doubt}`);
  for (const name of Object.keys({ ...before, ...env })) {
    if (before[name] !== env[name]) env[name] = why(name);
  }
  return Object.fromEntries(Object.keys(outputs).map((name) => [name, why(name)]));
}

async function runStep(step: Mapping, around: StepPlace, state: JobState): Promise<Record<string, unknown>> {
  const script = textOf(step.run);
  if (script !== undefined) return runShell(script, step, around, state);
  const uses = textOf(step.uses) ?? '';
  const given = filledMap(step.with, around.contexts, state.cost);
  if (uses.startsWith('./')) return runComposite(uses, given, around, { state, runSteps });
  const name = uses.split('@')[0]?.toLowerCase() ?? '';
  const inner = given.inlineScript ?? (name === 'nick-fields/retry' ? given.command : undefined);
  if (inner !== undefined) return runShell(inner, step, around, state);
  if (name === 'actions/checkout') checkOut(given, state);
  if (/(?:^|\/|-)(?:docker-)?login(?:-action)?$/.test(name)) state.login = true;
  if (name === 'docker/metadata-action') return runMetadata(given, around, state);
  const call: ActionCall = {
    name,
    given,
    line: lineOfKey(mappingOf(step.with), 'tags') ?? around.line,
    env: around.env,
  };
  const action = publishingActions.find(({ fits }) => fits.test(name));
  if (action !== undefined) return action.run(call, state.session, state.cost);
  if (/publish|push|release/.test(name)) state.opaque ??= uses;
  return {};
}

function checkOut(given: Readonly<Record<string, string>>, { checkouts, origin, session }: JobState): void {
  const path = given.path === undefined || given.path === '' ? '.' : posix.normalize(given.path.replace(/^\.\//, ''));
  const repository = given.repository ?? '';
  // What is not known of the repository's own name is of this repository all the same.
  const isOwn =
    repository === '' ||
    (isKnown(repository)
      ? repository.toLowerCase() === origin.repository?.toLowerCase()
      : reasonIn(repository).startsWith('github.repository:'));
  const unknown = [path, isOwn ? '' : repository].find((text) => !isKnown(text));
  const open = unknown === undefined ? (isOwn ? undefined : session.doubt) : reasonIn(unknown);
  checkouts.unshift({ path: isKnown(path) ? path : '.', isOwn, ...(open === undefined ? {} : { open }) });
}

async function runMetadata(
  given: Readonly<Record<string, string>>,
  { line }: StepPlace,
  state: JobState,
): Promise<Record<string, unknown>> {
  const metadata = metadataOf(
    { images: given.images ?? '', tags: given.tags ?? '', flavor: given.flavor ?? '' },
    state.publication,
    state.cost,
  );
  state.metadata = metadata;
  const separator = given['sep-tags'] ?? '\n';
  const only = notKnown(`docker/metadata-action of line ${line ?? '?'}, which only a run knows`);
  const json = JSON.stringify({ tags: metadata.tags, 'tag-names': metadata.tagNames, labels: only, annotations: only });
  const outputs = {
    version: metadata.version,
    tags: metadata.tags.join(separator),
    'tag-names': metadata.tagNames.join(separator),
    json,
  };
  Object.assign(state.env, {
    DOCKER_METADATA_OUTPUT_VERSION: metadata.version,
    DOCKER_METADATA_OUTPUT_TAGS: outputs.tags,
    DOCKER_METADATA_OUTPUT_JSON: json,
  });
  return outputs;
}
