import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { parse } from 'yaml';
import { createCost } from '../../core/discover/cost.ts';
import { fillValue, holds } from '../../core/discover/workflow/evaluate.ts';
import { environmentIn, readEnvironmentFile } from '../hosts/environment.ts';
import { runProcess } from '../hosts/run.ts';

const root = join(import.meta.dirname, '../..');

/** A checkout, the bundle of the action, and where artifacts of the run are kept. */
export interface Machine {
  readonly action: string;
  readonly workspace: string;
  readonly artifacts: string;
}

const secrets = { 'fleet-token': '', 'registry-username': '', 'registry-password': '' };

type Text = Readonly<Record<string, string>>;
type Contexts = Readonly<Record<string, unknown>>;

interface Step {
  readonly id?: string;
  readonly if?: string;
  readonly uses: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly 'continue-on-error'?: boolean;
}

interface Job {
  readonly needs?: string | readonly string[];
  readonly if?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly outputs?: Text;
  readonly strategy?: { readonly matrix: string };
  readonly steps?: readonly Step[];
}

/** How a job ended: `skipped` where its condition did not hold. */
export interface JobEnd {
  readonly result: 'success' | 'failure' | 'skipped';
  readonly outputs: Text;
}

/** Runs a workflow that others call as GitHub would, each step that is ours as a process of its own. */
export async function callWorkflow(
  machine: Machine,
  path: string,
  inputs: Text,
): Promise<Readonly<Record<string, JobEnd>>> {
  const workflow = parse(readFileSync(join(root, path), 'utf8'));
  const given: Record<string, unknown> = {};
  for (const [name, input] of Object.entries<{ default?: unknown }>(workflow.on.workflow_call.inputs)) {
    given[name] = inputs[name] ?? input.default ?? '';
  }
  const ends: Record<string, JobEnd> = {};
  for (const [name, job] of Object.entries<Job>(workflow.jobs)) {
    const needs = Object.fromEntries([job.needs ?? []].flat().map((one) => [one, ends[one]]));
    ends[name] = await runJob(machine, job, { inputs: given, needs, secrets, github: { actor: 'me', token: 'token' } });
  }
  return ends;
}

async function runJob(machine: Machine, job: Job, contexts: Contexts): Promise<JobEnd> {
  const needed = Object.values(contexts.needs as Readonly<Record<string, JobEnd>>);
  const isFine = needed.every(({ result }) => result === 'success');
  const condition = job.if ?? 'success()';
  if (!(/\w+\(\)/.test(condition) || isFine) || !isTrue(condition, contexts, isFine))
    return { result: 'skipped', outputs: {} };
  if (job.uses !== undefined) {
    const ends = Object.values(await callWorkflow(machine, job.uses.slice(2), filled(job.with, contexts)));
    return { result: ends.every(({ result }) => result === 'success') ? 'success' : 'failure', outputs: {} };
  }
  if (job.strategy === undefined) return runSteps(machine, job, contexts);
  const { include } = fillValue(job.strategy.matrix, contexts, createCost('workflow')) as {
    include: readonly unknown[];
  };
  const limit = pLimit(2);
  const legs = await Promise.all(
    include.map((matrix, at) =>
      limit(() => runSteps(machine, job, { ...contexts, matrix, strategy: { 'job-index': at } })),
    ),
  );
  return { result: legs.every(({ result }) => result === 'success') ? 'success' : 'failure', outputs: {} };
}

async function runSteps(machine: Machine, { steps = [], outputs = {} }: Job, contexts: Contexts): Promise<JobEnd> {
  const temp = mkdtempSync(`${machine.artifacts}-job-`);
  const known: Record<string, { outputs: Text }> = {};
  const all = { ...contexts, runner: { temp }, steps: known };
  let isFine = true;
  for (const step of steps) {
    if (!isTrue(step.if ?? 'success()', all, isFine)) continue;
    const { code, outputs: own } = await runStep(machine, step, filled(step.with, all));
    if (step.id !== undefined) known[step.id] = { outputs: own };
    isFine &&= code === 0 || step['continue-on-error'] === true;
  }
  return { result: isFine ? 'success' : 'failure', outputs: filled(outputs, all) };
}

async function runStep({ action, workspace, artifacts }: Machine, { uses }: Step, inputs: Text) {
  const nothing = { code: 0, outputs: {} };
  if (uses.startsWith('actions/upload-artifact@')) {
    if (existsSync(inputs.path ?? ''))
      cpSync(inputs.path ?? '', join(artifacts, inputs.name ?? ''), { recursive: true });
    return nothing;
  }
  if (uses.startsWith('actions/download-artifact@')) {
    const isOne = inputs.name !== undefined;
    const prefix = inputs.pattern?.replace('*', '') ?? '';
    const names = isOne ? [inputs.name ?? ''] : readdirSync(artifacts).filter((name) => name.startsWith(prefix));
    for (const name of names)
      cpSync(join(artifacts, name), join(inputs.path ?? '', isOne ? '' : name), { recursive: true });
    return nothing;
  }
  if (!uses.startsWith('base-image-refresh/base-image-refresh@')) return nothing;
  const folder = join(mkdtempSync(`${artifacts}-step-`), 'files');
  mkdirSync(folder);
  const { env, file } = environmentIn(folder, 'github', inputs);
  const ended = await runProcess(process.execPath, [action], { env, cwd: workspace });
  if (ended.code !== 0) console.log(ended.stdout.slice(-2000));
  return { code: ended.code, outputs: readEnvironmentFile(file('OUTPUT')) };
}

function filled(values: Readonly<Record<string, unknown>> = {}, contexts: Contexts): Text {
  const text = (value: unknown) => String(fillValue(String(value), contexts, createCost('workflow')) ?? '');
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, text(value)]));
}

// What a run alone knows of conditions: nobody cancels it.
function isTrue(condition: string, contexts: Contexts, isFine: boolean): boolean {
  const known = condition.replace(/(\w+)\(\)/g, (_, name) => String(name === 'success' ? isFine : name === 'always'));
  const held = holds(known, contexts, createCost('workflow'));
  if (held === undefined) throw new Error(`${condition} is not understood`);
  return held && (isFine || /\w+\(\)/.test(condition));
}
