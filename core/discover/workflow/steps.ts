import { posix } from 'node:path';
import { type Mapping, mappingOf, parsed, textOf } from '../../json.ts';
import type { ReadText } from '../compose-project.ts';
import type { Cost } from '../cost.ts';
import type { Origin } from '../origin.ts';
import type { JobSession } from '../published.ts';
import { runScript } from '../script/run.ts';
import { isKnown, notKnown, reasonIn } from '../unknown.ts';
import { lineOfKey, looseYaml } from '../yaml.ts';
import { type ActionCall, publishingActions } from './actions.ts';
import { fill, holds, type JobContexts } from './evaluate.ts';
import { filledMap } from './matrix.ts';
import type { Metadata } from './metadata.ts';
import { metadataOf } from './metadata.ts';
import type { Publication } from './publications.ts';

/** What a repository is checked out as in the workspace of a job. */
export interface JobCheckout {
  readonly path: string;
  readonly isOwn: boolean;
}

/** What the steps of one job share. */
export interface JobState {
  readonly publication: Publication;
  readonly session: JobSession;
  readonly checkouts: JobCheckout[];
  readonly env: Record<string, string>;
  readonly read: ReadText;
  readonly root: string;
  readonly origin: Origin;
  readonly cost: Cost;
  readonly folder: string;
  metadata: Metadata | undefined;
  /** It logs in to a registry, and does something that may publish and is not understood. */
  login: boolean;
  opaque: string | undefined;
}

/** The steps of a job or of a composite action, with what they are given. */
export interface StepList {
  readonly steps: readonly unknown[];
  readonly contexts: JobContexts;
  /** Composite actions around them. */
  readonly around: readonly string[];
  /** The line that calls the action: what a reader of the workflow looks for. */
  readonly line: number | undefined;
}

/** Follows the steps in order, and gives what they answer as `steps`. */
export async function runSteps(
  { steps, contexts: outer, around, line }: StepList,
  state: JobState,
): Promise<JobContexts> {
  const answers: Record<string, { outputs: Record<string, unknown> }> = {};
  for (const item of steps) {
    const step = mappingOf(item);
    if (step === undefined) continue;
    state.cost.values(4 + Object.keys(state.env).length);
    const base: JobContexts = { ...outer, env: state.env, steps: answers };
    const env = { ...state.env, ...filledMap(step.env, base, state.cost) };
    const contexts: JobContexts = { ...base, env };
    if (holds(textOf(step.if) ?? '', contexts, state.cost) === false) continue;
    const outputs = await runStep(step, { contexts, env, around, line: line ?? lineOfKey(step) }, state);
    const id = textOf(step.id);
    if (id !== undefined) answers[id] = { outputs };
  }
  return { ...outer, env: state.env, steps: answers };
}

interface Around {
  readonly contexts: JobContexts;
  readonly env: Readonly<Record<string, string>>;
  readonly around: readonly string[];
  readonly line: number | undefined;
}

async function runStep(step: Mapping, around: Around, state: JobState): Promise<Record<string, unknown>> {
  const script = textOf(step.run);
  if (script !== undefined) return runShell(script, step, around, state);
  const uses = textOf(step.uses) ?? '';
  const given = filledMap(step.with, around.contexts, state.cost);
  if (uses.startsWith('./')) return runComposite(uses, given, around, state);
  const name = uses.split('@')[0]?.toLowerCase() ?? '';
  const inner = given.inlineScript ?? (name === 'nick-fields/retry' ? given.command : undefined);
  if (inner !== undefined) return runShell(inner, step, around, state);
  if (name === 'actions/checkout') checkOut(given, state);
  if (/(?:^|\/|-)(?:docker-)?login(?:-action)?$/.test(name)) state.login = true;
  if (name === 'docker/metadata-action') return runMetadata(given, around, state);
  const call: ActionCall = { name, given, line: lineOfKey(mappingOf(step.with), 'tags') ?? around.line };
  const action = publishingActions.find(({ fits }) => fits.test(name));
  if (action !== undefined) return action.run(call, state.session, state.cost);
  if (/publish|push|release/.test(name)) state.opaque ??= uses;
  return {};
}

function checkOut(given: Readonly<Record<string, string>>, { checkouts, origin }: JobState): void {
  const path = given.path === undefined || given.path === '' ? '.' : posix.normalize(given.path.replace(/^\.\//, ''));
  const repository = given.repository ?? '';
  // What is not known of the repository's own name is of this repository all the same.
  const isOwn =
    repository === '' ||
    (isKnown(repository)
      ? repository.toLowerCase() === origin.repository?.toLowerCase()
      : reasonIn(repository).startsWith('github.repository:'));
  checkouts.unshift({ path: isKnown(path) ? path : '', isOwn });
}

async function runMetadata(
  given: Readonly<Record<string, string>>,
  { line }: Around,
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

const tagOptions = /\.tags\s*\|\s*map\(\s*"(?:-t|--tag) "\s*\+\s*\.\s*\)\s*\|\s*join\(\s*" "\s*\)/;

// What docker's own documentation writes for an index of images that are pushed by digest.
function fromMetadata(inside: string, state: JobState): string | undefined {
  if (!inside.startsWith('jq ') || !tagOptions.test(inside)) return undefined;
  const [, written] = /<<<\s*'([^']*)'\s*$/.exec(inside) ?? [];
  const tags = written === undefined ? state.metadata?.tags : mappingOf(parsed(written))?.tags;
  if (!Array.isArray(tags)) return undefined;
  return tags.map((tag) => `-t ${String(tag)}`).join(' ');
}

function runShell(
  script: string,
  step: Mapping,
  { contexts, env, line }: Around,
  state: JobState,
): Record<string, unknown> {
  const filled = fill(script, contexts, state.cost);
  const written = textOf(step['working-directory']);
  const folder = written === undefined ? state.folder : fill(written, contexts, state.cost);
  const outputs: Record<string, unknown> = {};
  const before = state.session.published.length + state.session.byDigest.length;
  const at = lineOfKey(step, 'run');
  runScript(filled, {
    variables: new Map([...runnerVariables(contexts), ...Object.entries(env)]),
    folder,
    line: at === undefined ? line : at + (script.includes('\n') ? 1 : 0),
    session: state.session,
    cost: state.cost,
    substitution: (inside) => fromMetadata(inside, state),
    output: (name, value) => {
      const [file, key = ''] = name.split(/\.(.*)/s);
      if (file === 'GITHUB_ENV') state.env[key] = value;
      else outputs[key] = value;
    },
  });
  if (/\b(?:docker|podman|buildah|skopeo|crane|oras)\s+login\b|az acr login/.test(filled)) state.login = true;
  const isQuiet = state.session.published.length + state.session.byDigest.length === before;
  if (isQuiet && /(?:push|publish|release)/i.test(filled)) state.opaque ??= 'a script';
  return outputs;
}

function runnerVariables({ github }: JobContexts): readonly (readonly [string, string])[] {
  const known = mappingOf(github) ?? {};
  return [
    'repository',
    'repository_owner',
    'ref',
    'ref_name',
    'ref_type',
    'event_name',
    'workspace',
    'server_url',
  ].flatMap((name) => {
    const value = textOf(known[name]);
    return value === undefined ? [] : [[`GITHUB_${name.toUpperCase()}`, value] as const];
  });
}

const deepestActions = 10;

async function runComposite(
  uses: string,
  given: Readonly<Record<string, string>>,
  { contexts, env, around, line }: Around,
  state: JobState,
): Promise<Record<string, unknown>> {
  const folder = posix.join(state.root, uses);
  if (!isKnown(folder) || folder.startsWith('..') || around.includes(folder) || around.length >= deepestActions)
    return {};
  const text =
    (await state.read(posix.join(folder, 'action.yml'))) ?? (await state.read(posix.join(folder, 'action.yaml')));
  const action = text === undefined ? undefined : mappingOf(looseYaml(text, posix.join(folder, 'action.yml')));
  const runs = mappingOf(action?.runs);
  if (action === undefined || textOf(runs?.using)?.toLowerCase() !== 'composite') return {};
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
