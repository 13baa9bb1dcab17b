import { type Mapping, mappingOf, parsed, textOf } from '../../json.ts';
import { publish } from '../published.ts';
import { runScript } from '../script/run.ts';
import { isKnown, notKnown } from '../unknown.ts';
import { lineOfKey } from '../yaml.ts';
import { fill, type JobContexts } from './evaluate.ts';
import type { JobState, StepPlace } from './job-state.ts';

const tagOptions = /\.tags\s*\|\s*map\(\s*"(?:-t|--tag) "\s*\+\s*\.\s*\)\s*\|\s*join\(\s*" "\s*\)/;

// What docker's own documentation writes for an index of images that are pushed by digest.
function fromMetadata(inside: string, state: JobState): string | undefined {
  if (!inside.startsWith('jq ') || !tagOptions.test(inside)) return undefined;
  const [, written] = /<<<\s*'([^']*)'\s*$/.exec(inside) ?? [];
  const tags = written === undefined ? state.metadata?.tags : mappingOf(parsed(written))?.tags;
  if (!Array.isArray(tags)) return undefined;
  return tags.map((tag) => `-t ${String(tag)}`).join(' ');
}

/** Follows the script of a step, and gives what it sets as outputs. */
export function runShell(
  script: string,
  step: Mapping,
  { contexts, env, line }: StepPlace,
  state: JobState,
): Record<string, unknown> {
  const filled = fill(script, contexts, state.cost);
  const shell = fill(textOf(step.shell) ?? state.shell, contexts, state.cost);
  if (!/^(?:\S*\/)?(?:ba|da|z|k)?sh(?:\s|$)/.test(shell))
    return unread(filled, shell, lineOfKey(step, 'run') ?? line, state);
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
    output: (file, name, value) => {
      const set: Record<string, unknown> = file === 'GITHUB_ENV' ? state.env : outputs;
      for (const key of name === undefined ? Object.keys(set) : [name]) set[key] = value;
    },
  });
  if (/\b(?:docker|podman|buildah|skopeo|crane|oras)\s+login\b|az acr login/.test(filled)) state.login = true;
  const isQuiet = state.session.published.length + state.session.byDigest.length === before;
  if (isQuiet && /(?:push|publish|release)/i.test(filled)) state.opaque ??= 'a script';
  return outputs;
}

// Other languages have other words for conditions and variables.
function unread(script: string, shell: string, line: number | undefined, state: JobState): Record<string, unknown> {
  const why = isKnown(shell) ? `a script of ${shell.split(' ')[0] ?? ''} is not understood` : shell;
  if (
    /\b(?:docker|podman|buildah|nerdctl|crane|skopeo|az)\b/.test(script) &&
    /\b(?:push|imagetools|copy|acr\W+build)\b/.test(script)
  )
    publish(state.session, { names: [isKnown(why) ? notKnown(why) : why], by: 'a script', line });
  if (/GITHUB_ENV|set-env/.test(script))
    for (const name of Object.keys(state.env)) state.env[name] = notKnown(`${name}, which a script may set`);
  return {};
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
