import { posix } from 'node:path';
import { type Mapping, mappingOf, textOf } from '../../json.ts';
import { usual } from '../origin.ts';
import { notKnown } from '../unknown.ts';
import { lineOfKey, looseYaml } from '../yaml.ts';
import type { JobContexts } from './evaluate.ts';
import { githubBuilderPublishes, isGithubBuilder } from './github-builder.ts';
import { ofRow } from './located.ts';
import { filledMap } from './matrix.ts';
import type { JobPlace, RunJobs, WorkflowRun } from './workflow-run.ts';

const deepestCalls = 10;

/** Follows the workflow that a job calls, and gives its outputs. */
export async function callWorkflow(
  job: Mapping,
  contexts: JobContexts,
  place: JobPlace,
  run: WorkflowRun,
  runJobs: RunJobs,
): Promise<Mapping> {
  const uses = textOf(job.uses) ?? '';
  const given = filledMap(job.with, contexts, run.cost);
  const line = lineOfKey(job, 'uses');
  const at = { from: `${place.path} jobs.${place.name}`, file: place.path };
  if (isGithubBuilder(uses)) {
    for (const one of githubBuilderPublishes(given, line, run)) {
      const build = one.build === undefined ? {} : { build: ofRow(one.build, run.caller) };
      run.published.push({ ...one, ...build, ...at });
    }
    return {};
  }
  const file = fileOf(uses, run);
  const isRead = file !== undefined && !place.around.includes(file) && place.around.length < deepestCalls;
  const workflow = isRead ? await workflowAt(file, run) : undefined;
  if (file === undefined || workflow === undefined) {
    if (mayPublish(uses, given)) {
      const names = [notKnown(`it calls ${uses}, which is not in this checkout`)];
      run.published.push({ names, by: 'a reusable workflow', line, ...at });
    }
    return {};
  }
  run.called.add(file);
  const inputs = inputsOf(mappingOf(mappingOf(mappingOf(workflow.on)?.workflow_call)?.inputs) ?? {}, given);
  // The environment of the caller is not handed on.
  const { github, vars, secrets } = contexts;
  return runJobs(workflow, file, { github, vars, secrets, inputs }, run, [...place.around, place.path]);
}

// One that this repository has at another commit is not the one of the checkout.
function fileOf(uses: string, { origin, root }: WorkflowRun): string | undefined {
  const [, own, repository, inside = '', ref = ''] =
    /^(?:(\.\/)|([\w.-]+\/[\w.-]+)\/(?=\.github\/))([^@]*)(?:@(.*))?$/.exec(uses) ?? [];
  const isDefault = ref === origin.defaultBranch || usual(ref) !== undefined;
  const isHere = own !== undefined || (isDefault && repository?.toLowerCase() === origin.repository?.toLowerCase());
  const file = isHere ? posix.join(root, inside) : '';
  return file === '' || file.startsWith('..') ? undefined : file;
}

// A switch is one, whichever way it is handed on: the text "false" would count as true.
function inputsOf(declared: Mapping, given: Readonly<Record<string, string>>): Mapping {
  const defaults = Object.entries(declared).map(([name, input]) => {
    const { type, default: value } = mappingOf(input) ?? {};
    return [name, textOf(type) ?? 'string', textOf(value)] as const;
  });
  const typed = defaults.map(([name, type, value]) => {
    const text = given[name] ?? value ?? '';
    if (type === 'boolean') return [name, /^(?:true|false)?$/.test(text) ? text === 'true' : text] as const;
    return [name, type === 'number' && /^[\d.]*$/.test(text) ? Number(text) : text] as const;
  });
  return { ...given, ...Object.fromEntries(typed) };
}

async function workflowAt(file: string, { files, read, cost }: WorkflowRun): Promise<Mapping | undefined> {
  cost.values(100);
  if (files.has(file)) return files.get(file);
  const text = await read(file);
  const workflow = text === undefined ? undefined : mappingOf(looseYaml(text, file));
  files.set(file, workflow);
  return workflow;
}

function mayPublish(uses: string, given: Readonly<Record<string, string>>): boolean {
  return /docker|image|container|publish|release|build|deploy|push|registry|oci|helm/i.test(
    `${uses.replace('.github/workflows', '')} ${Object.keys(given).join(' ')}`,
  );
}
