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
  readonly done: Map<string, Done>;
  readonly under: Set<string>;
}

interface Done {
  readonly facts: Mapping;
  /** Why it may not run, or one that it waits for. */
  readonly doubt?: string;
  /** It is skipped, or one of those before it. */
  readonly isCut: boolean;
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
  // GitHub, workflow syntax: a skip applies to all jobs in the chain of those that need each other.
  const isCut = needed.some((one) => done.get(one)?.isCut === true);
  const condition = textOf(job.if) ?? '';
  const outer: JobContexts = { ...contexts, needs };
  const isWaiting = !/always\(|failure\(|!\s*cancelled\(/.test(condition);
  const holding = holds(condition, outer, run.cost);
  if (holding === false || (isWaiting && isCut)) {
    done.set(name, { facts: { result: 'skipped', outputs: nothingSet }, isCut: true });
    return;
  }
  const [before] = needed.flatMap((one) => done.get(one)?.doubt ?? []);
  const doubt = holding === true ? (isWaiting ? before : undefined) : onlyIf(condition);
  const inner = doubt === undefined ? run : { ...run, doubt: run.doubt ?? doubt };
  const outputs = await runRows(job, { ...following, name, contexts: outer }, inner);
  const facts = doubt === undefined ? { result: 'success', outputs } : doubtful(name, outputs, doubt);
  const later = doubt ?? before;
  done.set(name, { facts, isCut, ...(later === undefined ? {} : { doubt: later }) });
}

function doubtful(name: string, outputs: Mapping, doubt: string) {
  const open = Object.keys(outputs).map((key) => [key, notKnown(`${key}, which the job ${name} sets ${doubt}`)]);
  return { result: notKnown(`whether the job ${name} runs`), outputs: Object.fromEntries(open) };
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

// GitHub, workflow syntax: jobs.<job_id>.steps[*].shell.
function usualShell(job: Mapping, contexts: JobContexts, { cost }: WorkflowRun): string {
  const labels = [textOf(job['runs-on']) ?? '', ...textsOf(job['runs-on'])].map((label) => fill(label, contexts, cost));
  return labels.some((label) => /windows/i.test(label)) ? 'pwsh' : 'bash';
}

async function runRow(job: Mapping, outer: JobContexts, place: JobPlace, run: WorkflowRun): Promise<Mapping> {
  const env = { ...place.env, ...filledMap(job.env, { ...outer, env: place.env }, run.cost) };
  const session = createJobSession((path) => run.isThere(posix.join(run.root, path)), run.doubt);
  const folder =
    textOf(mappingOf(mappingOf(job.defaults)?.run)?.['working-directory']) ??
    textOf(mappingOf(mappingOf(place.workflow.defaults)?.run)?.['working-directory']) ??
    '.';
  const shell =
    textOf(mappingOf(mappingOf(job.defaults)?.run)?.shell) ??
    textOf(mappingOf(mappingOf(place.workflow.defaults)?.run)?.shell) ??
    usualShell(job, outer, run);
  const { publication, origin, cost, read, root } = run;
  const state: JobState = {
    ...{ publication, origin, cost, read, root, session, env: { ...env }, checkouts: [], login: false },
    folder: fill(folder, { ...outer, env }, cost),
    shell,
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
