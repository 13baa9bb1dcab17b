import { posix } from 'node:path';
import { itemsOf, type Mapping, mappingOf, textOf, textsOf } from '../../json.ts';
import type { ReadText } from '../compose-project.ts';
import type { Cost } from '../cost.ts';
import type { Origin } from '../origin.ts';
import type { ByDigest, JobSession, Published, StepBuild } from '../published.ts';
import { isKnown, notKnown } from '../unknown.ts';
import { lineOfKey, looseYaml } from '../yaml.ts';
import { fill, holds, type JobContexts } from './evaluate.ts';
import { githubBuilderPublishes, isGithubBuilder } from './github-builder.ts';
import { filledMap, matrixRows } from './matrix.ts';
import type { Publication } from './publications.ts';
import { type JobCheckout, type JobState, runSteps } from './steps.ts';

/** What is published by a job. */
export interface JobPublished extends Published {
  /** Such as ".github/workflows/a.yml jobs.build". */
  readonly from: string;
  readonly file: string;
}

/** One run of a workflow, with what it has found by now. */
export interface WorkflowRun {
  readonly read: ReadText;
  /** The folder that .github stands in: paths in a workflow count from there. */
  readonly root: string;
  readonly origin: Origin;
  readonly publication: Publication;
  /** The jobs that call the workflow, each with its row of their matrix. */
  readonly caller: string;
  readonly cost: Cost;
  readonly isThere: (path: string) => boolean;
  readonly published: JobPublished[];
  readonly byDigest: ByDigest[];
  /** Reusable workflows of the repository that it calls. */
  readonly called: Set<string>;
  /** Workflows that were read. */
  readonly files: Map<string, Mapping | undefined>;
}

const deepestCalls = 10;

/** Follows the jobs of a workflow, those that others need first; gives the outputs of a called one. */
export async function runJobs(
  workflow: Mapping,
  path: string,
  contexts: JobContexts,
  run: WorkflowRun,
  around: readonly string[] = [],
): Promise<Mapping> {
  const jobs = mappingOf(workflow.jobs) ?? {};
  const env = filledMap(workflow.env, contexts, run.cost);
  const done = new Map<string, Mapping>();
  const under = new Set<string>();
  const runJob = async (name: string): Promise<void> => {
    const job = mappingOf(jobs[name]);
    if (job === undefined || done.has(name) || under.has(name)) return;
    under.add(name);
    run.cost.values(10);
    const needed = [textOf(job.needs) ?? '', ...textsOf(job.needs)].filter(
      (one) => one !== '' && Object.hasOwn(jobs, one),
    );
    for (const one of needed) await runJob(one);
    const needs = Object.fromEntries(
      needed.map((one) => [one, done.get(one) ?? { result: notKnown('a job in a circle') }]),
    );
    const condition = textOf(job.if) ?? '';
    const outer: JobContexts = { ...contexts, needs };
    const isSkipped =
      Object.values(needs).some(({ result }) => result === 'skipped') &&
      !/always\(|failure\(|!\s*cancelled\(/.test(condition);
    if (isSkipped || holds(condition, outer, run.cost) === false) {
      done.set(name, { result: 'skipped', outputs: {} });
      return;
    }
    const outputs = await runRows(job, { name, path, contexts: outer, env, workflow, around }, run);
    done.set(name, { result: 'success', outputs });
  };
  if (Object.keys(jobs).length > mostJobs) return {};
  for (const name of Object.keys(jobs)) await runJob(name);
  const call = mappingOf(mappingOf(mappingOf(workflow.on)?.workflow_call)?.outputs) ?? {};
  const values = Object.entries(call).map(([key, output]) => [key, textOf(mappingOf(output)?.value) ?? ''] as const);
  const results = Object.fromEntries([...done].map(([name, job]) => [name, job]));
  return filledMap(Object.fromEntries(values), { ...contexts, jobs: results }, run.cost);
}

// Each waits for those that it needs: so many never do so in one row.
const mostJobs = 500;

interface JobPlace {
  readonly name: string;
  readonly path: string;
  readonly contexts: JobContexts;
  readonly env: Readonly<Record<string, string>>;
  readonly workflow: Mapping;
  readonly around: readonly string[];
}

async function runRows(job: Mapping, place: JobPlace, run: WorkflowRun): Promise<Mapping> {
  const outputs: Record<string, string> = {};
  for (const [at, matrix] of matrixRows(job, place.contexts, run.cost).entries()) {
    const contexts: JobContexts = { ...place.contexts, matrix };
    const inner = { ...run, caller: `${run.caller} ${place.name} ${at}` };
    const row =
      textOf(job.uses) === undefined
        ? await runRow(job, contexts, place, inner)
        : await callWorkflow(job, contexts, place, inner);
    for (const [name, value] of Object.entries(row)) {
      const text = textOf(value) ?? '';
      outputs[name] =
        outputs[name] === undefined || outputs[name] === text
          ? text
          : notKnown(`${name}, which jobs of a matrix set each to another value`);
    }
  }
  return outputs;
}

async function runRow(job: Mapping, outer: JobContexts, place: JobPlace, run: WorkflowRun): Promise<Mapping> {
  const env = { ...place.env, ...filledMap(job.env, { ...outer, env: place.env }, run.cost) };
  const session: JobSession = {
    built: new Map(),
    started: new Map(),
    published: [],
    byDigest: [],
    isThere: (path) => run.isThere(posix.join(run.root, path)),
  };
  const folder =
    textOf(mappingOf(mappingOf(job.defaults)?.run)?.['working-directory']) ??
    textOf(mappingOf(mappingOf(place.workflow.defaults)?.run)?.['working-directory']) ??
    '.';
  const { publication, origin, cost, read, root } = run;
  const state: JobState = {
    ...{ publication, origin, cost, read, root, session, env: { ...env }, checkouts: [], login: false },
    folder: fill(folder, { ...outer, env }, cost),
    metadata: undefined,
    opaque: undefined,
  };
  const contexts = await runSteps(
    { steps: itemsOf(job.steps), contexts: { ...outer, env }, around: [], line: undefined },
    state,
  );
  const line = lineOfKey(mappingOf(place.workflow.jobs), place.name);
  if (state.login && state.opaque !== undefined && session.published.length + session.byDigest.length === 0) {
    session.published.push({
      names: [notKnown(`it logs in to a registry, and what ${state.opaque} publishes is not understood`)],
      by: 'the job',
      line,
    });
  }
  const located = <T extends { readonly build?: StepBuild }>(one: T): T =>
    one.build === undefined ? one : { ...one, build: locatedBuild(ofRow(one.build, run), state.checkouts) };
  const from = `${place.path} jobs.${place.name}`;
  for (const one of session.published) run.published.push({ ...located(one), from, file: place.path });
  for (const one of session.byDigest) run.byDigest.push({ ...one, ...located(one) });
  return filledMap(job.outputs, contexts, cost);
}

// A step builds once for each row of the matrix, and once for each job that calls its workflow.
function ofRow(build: StepBuild, { caller }: WorkflowRun): StepBuild {
  return { ...build, step: `${caller} ${build.step ?? ''}` };
}

// Paths count from the workspace, in which the repository may stand in a folder, and others beside it.
function locatedBuild(build: StepBuild, checkouts: readonly JobCheckout[]): StepBuild {
  if (checkouts.length === 0) return build;
  const located = (path: string | undefined): string | undefined => {
    if (path === undefined || !isKnown(path)) return path;
    const normal = posix.normalize(path).replace(/(?<=.)\/$/, '');
    const fitting = checkouts.filter(
      (one) => one.path === '.' || normal === one.path || normal.startsWith(`${one.path}/`),
    );
    const [nearest] = fitting.toSorted((a, b) => b.path.length - a.path.length);
    if (nearest?.isOwn !== true) return undefined;
    return nearest.path === '.' ? path : posix.relative(nearest.path, normal) || '.';
  };
  return { ...build, dockerfile: located(build.dockerfile), context: located(build.context) };
}

async function callWorkflow(job: Mapping, contexts: JobContexts, place: JobPlace, run: WorkflowRun): Promise<Mapping> {
  const uses = textOf(job.uses) ?? '';
  const given = filledMap(job.with, contexts, run.cost);
  const line = lineOfKey(job, 'uses');
  const from = `${place.path} jobs.${place.name}`;
  if (isGithubBuilder(uses)) {
    const published = githubBuilderPublishes(given, line, run);
    for (const one of published) {
      const build = one.build === undefined ? {} : { build: ofRow(one.build, run) };
      run.published.push({ ...one, ...build, from, file: place.path });
    }
    return {};
  }
  const [, inside] = /^(?:\.\/|([\w.-]+\/[\w.-]+)\/(?=\.github\/))(.*?)(?:@.*)?$/.exec(uses)?.slice(0) ?? [];
  const isOwn = uses.startsWith('./') || inside?.toLowerCase() === run.origin.repository?.toLowerCase();
  const file = posix.join(
    run.root,
    uses
      .replace(/^\.\//, '')
      .replace(/^[\w.-]+\/[\w.-]+\/(?=\.github\/)/, '')
      .replace(/@.*$/, ''),
  );
  const isRead = isOwn && !file.startsWith('..') && !place.around.includes(file) && place.around.length < deepestCalls;
  const workflow = isRead ? await workflowAt(file, run) : undefined;
  if (workflow === undefined) {
    if (mayPublish(uses, given)) {
      run.published.push({
        names: [notKnown(`it calls ${uses}, which is not in this checkout`)],
        by: 'a reusable workflow',
        line,
        from,
        file: place.path,
      });
    }
    return {};
  }
  run.called.add(file);
  const declared = mappingOf(mappingOf(mappingOf(workflow.on)?.workflow_call)?.inputs) ?? {};
  const defaults = Object.fromEntries(
    Object.entries(declared).map(([name, input]) => [name, textOf(mappingOf(input)?.default) ?? '']),
  );
  // The environment of the caller is not handed on.
  const { github, vars, secrets } = contexts;
  return runJobs(workflow, file, { github, vars, secrets, inputs: { ...defaults, ...given } }, run, [
    ...place.around,
    place.path,
  ]);
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
  return /docker|image|container|publish|release/i.test(`${uses} ${Object.keys(given).join(' ')}`);
}
