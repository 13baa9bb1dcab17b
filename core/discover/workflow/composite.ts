import { posix } from 'node:path';
import { mappingOf, textOf } from '../../json.ts';
import { publish } from '../published.ts';
import { isKnown, notKnown, withEllipses } from '../unknown.ts';
import { looseYaml } from '../yaml.ts';
import type { JobContexts } from './evaluate.ts';
import type { JobState, StepList, StepPlace } from './job-state.ts';
import { filledMap } from './matrix.ts';

type RunSteps = (list: StepList, state: JobState) => Promise<JobContexts>;

const deepestActions = 10;

/** Follows a composite action of the repository, and gives its outputs. */
export async function runComposite(
  uses: string,
  given: Readonly<Record<string, string>>,
  { contexts, env, around, line }: StepPlace,
  { state, runSteps }: { readonly state: JobState; readonly runSteps: RunSteps },
): Promise<Record<string, unknown>> {
  const folder = posix.join(state.root, uses);
  if (!isKnown(folder) || folder.startsWith('..') || around.includes(folder) || around.length >= deepestActions)
    return notRead(uses, line, state);
  const text =
    (await state.read(posix.join(folder, 'action.yml'))) ?? (await state.read(posix.join(folder, 'action.yaml')));
  const action = text === undefined ? undefined : mappingOf(looseYaml(text, posix.join(folder, 'action.yml')));
  const runs = mappingOf(action?.runs);
  if (action === undefined || textOf(runs?.using)?.toLowerCase() !== 'composite') return notRead(uses, line, state);
  const declared = Object.entries(mappingOf(action.inputs) ?? {}).map(
    ([name, input]) => [name, textOf(mappingOf(input)?.default) ?? ''] as const,
  );
  const inputs = { ...filledMap(Object.fromEntries(declared), contexts, state.cost), ...given };
  const outer = { ...state.env };
  // What the step gives as environment counts within the action alone.
  Object.assign(state.env, env);
  const inner = await runSteps(
    {
      steps: Array.isArray(runs?.steps) ? runs.steps : [],
      contexts: { ...contexts, inputs },
      around: [...around, folder],
      line,
    },
    state,
  );
  for (const name of Object.keys(env)) {
    const value = outer[name];
    if (state.env[name] === env[name] && value !== env[name]) {
      if (value === undefined) delete state.env[name];
      else state.env[name] = value;
    }
  }
  const values = Object.entries(mappingOf(action.outputs) ?? {}).map(
    ([name, output]) => [name, textOf(mappingOf(output)?.value) ?? ''] as const,
  );
  return filledMap(Object.fromEntries(values), inner, state.cost);
}

// An action of another kind, or one that is not there, may publish whatever it likes.
function notRead(uses: string, line: number | undefined, { session }: JobState): Record<string, unknown> {
  if (/docker|image|container|publish|push/i.test(withEllipses(uses))) {
    const why = `${withEllipses(uses)} is no composite action of this checkout, and what it does is not understood`;
    publish(session, { names: [notKnown(why)], by: 'an action', line });
  }
  return {};
}
