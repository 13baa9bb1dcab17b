import { posix } from 'node:path';
import { itemsOf, type Mapping, mappingOf, textOf, textsOf } from '../../json.ts';
import { createJobSession, publish, type StepBuild } from '../published.ts';
import { notKnown, onlyIf } from '../unknown.ts';
import { lineOfKey } from '../yaml.ts';
import { callWorkflow } from './calls.ts';
import { fill, holds, type JobContexts, nothingSet } from './evaluate.ts';
import type { JobState } from './job-state.ts';
import { locatedBuild, ofRow } from './located.ts';
import { filledMap, matrixRows } from './matrix.ts';
import { runSteps } from './steps.ts';
import type { JobPlace, WorkflowRun } from './workflow-run.ts';

/** Follows the jobs of a workflow, those that others need first; gives the outputs of a called one. */
export async function runJobs(
  workflow: Mapping,
  path: string,
  contexts: JobContexts,
  run: WorkflowRun,
  around: readonly string[] = [],
): Promise<Mapping> {
  const jobs = mappingOf(workflow.jobs) ?? {};
  if (Object.keys(jobs).length > mostJobs) {
    const names = [notKnown(`it has more than ${mostJobs} jobs, which is the bound`)];
    run.published.push({ names, by: 'the workflow', line: undefined, from: path, file: path });
    return {};
  }
  const env = filledMap(workflow.env, contexts, run.cost);
  const following: Following = { jobs, workflow, path, contexts, env, run, around, done: new Map(), under: new Set() };
  for (const name of Object.keys(jobs)) await runJob(name, following);
  const call = mappingOf(mappingOf(mappingOf(workflow.on)?.workflow_call)?.outputs) ?? {};
  const values = Object.entries(call).map(([key, output]) => [key, textOf(mappingOf(output)?.value) ?? ''] as const);
  const results = Object.fromEntries([...following.done].map(([name, { facts }]) => [name, facts]));
  return filledMap(Object.fromEntries(values), { ...contexts, jobs: results }, run.cost);
}

// Each waits for those that it needs: so many never do so in one row.
const mostJobs = 500;

interface Following extends Omit<JobPlace, 'name'> {
  readonly jobs: Mapping;
  readonly run: WorkflowRun;
  /** Jobs with what others see of them, and why they may not run. */
  readonly done: Map<string, { readonly facts: Mapping; readonly doubt?: string }>;
  readonly under: Set<string>;
}

async function runJob(name: string, following: Following): Promise<void> {
  const { jobs, done, under, run, contexts } = following;
  const job = mappingOf(jobs[name]);
  if (job === undefined || done.has(name) || under.has(name)) return;
  under.add(name);
  run.cost.values(10);
  const needed = [textOf(job.needs) ?? '', ...textsOf(job.needs)].filter((one) => Object.hasOwn(jobs, one));
  for (const one of needed) await runJob(one, following);
  const circle = { result: notKnown('a job in a circle') };
  const needs = Object.fromEntries(needed.map((one) => [one, done.get(one)?.facts ?? circle]));
  const condition = textOf(job.if) ?? '';
  const outer: JobContexts = { ...contexts, needs };
  const isWaiting = !/always\(|failure\(|!\s*cancelled\(/.test(condition);
  const holding = holds(condition, outer, run.cost);
  if (holding === false || (isWaiting && Object.values(needs).some(({ result }) => result === 'skipped'))) {
    done.set(name, { facts: { result: 'skipped', outputs: nothingSet } });
    return;
  }
  const doubts = isWaiting ? needed.flatMap((one) => done.get(one)?.doubt ?? []) : [];
  const doubt = holding === true ? doubts[0] : onlyIf(condition);
  const inner = doubt === undefined ? run : { ...run, doubt: run.doubt ?? doubt };
  const outputs = await runRows(job, { ...following, name, contexts: outer }, inner);
  done.set(name, doubt === undefined ? { facts: { result: 'success', outputs } } : doubtful(name, outputs, doubt));
}

function doubtful(name: string, outputs: Mapping, doubt: string) {
  const open = Object.keys(outputs).map((key) => [key, notKnown(`${key}, which the job ${name} sets ${doubt}`)]);
  const facts = { result: notKnown(`whether the job ${name} runs`), outputs: Object.fromEntries(open) };
  return { facts, doubt };
}

async function runRows(job: Mapping, place: JobPlace, run: WorkflowRun): Promise<Mapping> {
  const outputs: Record<string, string> = {};
  for (const [at, matrix] of matrixRows(job, place.contexts, run.cost).entries()) {
    const contexts: JobContexts = { ...place.contexts, matrix };
    const inner = { ...run, caller: `${run.caller} ${place.name} ${at}` };
    const row =
      textOf(job.uses) === undefined
        ? await runRow(job, contexts, place, inner)
        : await callWorkflow(job, contexts, place, inner, runJobs);
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
  const session = createJobSession((path) => run.isThere(posix.join(run.root, path)), run.doubt);
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
    publish(session, {
      names: [notKnown(`it logs in to a registry, and what ${state.opaque} publishes is not understood`)],
      by: 'the job',
      line,
    });
  }
  const located = <T extends { readonly build?: StepBuild }>(one: T): T =>
    one.build === undefined ? one : { ...one, build: locatedBuild(ofRow(one.build, run.caller), state.checkouts) };
  const from = `${place.path} jobs.${place.name}`;
  for (const one of session.published) run.published.push({ ...located(one), from, file: place.path });
  for (const one of session.byDigest) run.byDigest.push({ ...one, ...located(one) });
  return filledMap(job.outputs, contexts, cost);
}
