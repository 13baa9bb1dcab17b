import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { useBundles } from '../hosts/bundles.ts';
import { environmentIn } from '../hosts/environment.ts';
import { runProcess } from '../hosts/run.ts';
import { type FleetSite, openFleet } from './site.ts';

const bundles = useBundles();
// Processes are slow on a machine that does much else.
vi.setConfig({ testTimeout: 240_000 });
let site: FleetSite;
afterEach(() => site.close());

type Text = Readonly<Record<string, string>>;

interface Step {
  readonly task?: string;
  readonly name?: string;
  readonly continueOnError?: boolean;
  readonly inputs?: Text;
  readonly env?: Text;
  readonly bash?: string;
  readonly publish?: string;
  readonly download?: string;
  readonly artifact?: string;
  readonly patterns?: string;
}

interface Job {
  readonly job: string;
  readonly dependsOn?: readonly string[];
  readonly condition?: string;
  readonly strategy?: { readonly matrix: string };
  readonly variables?: Text;
  readonly steps: readonly Step[];
}

const template = readFileSync(join(import.meta.dirname, '../../templates/azure/refresh.yml'), 'utf8');

/** The template with its parameters filled in; without connections, the steps of each are none. */
function jobsWith(parameters: Text): readonly Job[] {
  const text = template.replace(/\$\{\{ parameters\.(\w+) \}\}/g, (_, name: string) =>
    JSON.stringify(parameters[name] ?? ''),
  );
  return parse(text).jobs;
}

/** Runs the jobs as Azure would, each step that is ours as a process of its own; answers how each ended. */
async function pipeline(parameters: Text, night: string): Promise<Readonly<Record<string, string>>> {
  const workspace = join(site.folder, '..', night);
  mkdirSync(workspace);
  const outputs = new Map<string, string>();
  const ends: Record<string, string> = {};
  const known = (text: string) =>
    text.replace(/dependencies\.plan\.outputs\['(bir\.\w+)'\]/g, (_, name: string) => outputs.get(name) ?? '');
  for (const job of jobsWith(parameters)) {
    const condition = job.condition ?? 'succeeded()';
    const asked = [...known(condition).matchAll(/\b(eq|ne)\(([^']*), '([^']*)'\)/g)];
    const isDue = asked.every(([, operator, left, right]) => (operator === 'eq') === (left === right));
    if (!isDue) {
      ends[job.job] = 'Skipped';
      continue;
    }
    const matrix = job.strategy?.matrix.replace(/^\$\[ | \]$/g, '');
    const legs: readonly Text[] = matrix === undefined ? [{}] : Object.values(JSON.parse(known(matrix)));
    const variables = Object.fromEntries(
      Object.entries(job.variables ?? {}).map(([name, text]) => [name, known(text.replace(/^\$\[ | \]$/g, ''))]),
    );
    const results: string[] = [];
    for (const [at, leg] of legs.entries()) {
      results.push(
        await runJob(job, { ...variables, ...leg, 'System.JobPositionInPhase': `${at + 1}` }, workspace, outputs),
      );
    }
    ends[job.job] = results.includes('Failed') ? 'Failed' : 'Succeeded';
  }
  return ends;
}

async function runJob(job: Job, variables: Text, workspace: string, outputs: Map<string, string>): Promise<string> {
  const folder = mkdtempSync(`${workspace}-job-`);
  const own: Record<string, string> = {
    ...variables,
    'Agent.OS': 'Linux',
    'Agent.TempDirectory': `${folder}/temp`,
    'Pipeline.Workspace': folder,
    'System.JobAttempt': '1',
  };
  const filled = (text: string) => text.replace(/\$\(([\w.]+)\)/g, (_, name: string) => own[name] ?? '');
  const saves: (() => boolean)[] = [];
  let result = 'Succeeded';
  for (const step of job.steps) {
    if (step.publish !== undefined) {
      const from = filled(step.publish);
      if (existsSync(from)) cpSync(from, join(workspace, filled(step.artifact ?? '')), { recursive: true });
    } else if (step.download !== undefined) {
      const names = step.artifact === undefined ? readdirSync(workspace) : [step.artifact];
      for (const name of names) cpSync(join(workspace, name), join(folder, name), { recursive: true });
    } else if (step.bash !== undefined) {
      const { stdout } = await runProcess('bash', ['-c', filled(step.bash)], {
        env: { PATH: process.env.PATH ?? '' },
        cwd: folder,
      });
      for (const [, name = '', value = ''] of stdout.matchAll(/^##vso\[task\.setvariable variable=(\w+)\](.*)$/gm)) {
        own[name] = value;
      }
    } else if (step.task === 'Cache@2') {
      const { key = '', restoreKeys = '', path = '' } = step.inputs ?? {};
      saves.push(restored(join(dirname(workspace), 'caches'), filled(key), filled(restoreKeys), filled(path)));
    } else if (step.task?.startsWith('BaseImageRefresh@') === true) {
      const inputs = Object.fromEntries(
        Object.entries(step.inputs ?? {}).map(([name, text]) => [name, filled(String(text))]),
      );
      const temporary = mkdtempSync(join(folder, 'step-'));
      const { env: ofHost } = environmentIn(temporary, 'azure', inputs);
      const named = Object.entries(step.env ?? {}).map(([name, text]) => [name, filled(text)]);
      const env = { ...ofHost, ...Object.fromEntries(named) };
      const { stdout } = await runProcess(process.execPath, [bundles().task], { env, cwd: site.folder });
      for (const [, name = '', value = ''] of stdout.matchAll(
        /##vso\[task\.setvariable variable=(\w+);isOutput=true;[^\]]*\](.*)/g,
      )) {
        outputs.set(`${step.name}.${name}`, value);
      }
      if (/task\.complete result=Failed/.test(stdout) && step.continueOnError !== true) result = 'Failed';
    }
  }
  if (result === 'Succeeded') for (const save of saves) if (!save()) result = 'Failed';
  return result;
}

/**
 * Brings the folder of a cache back as Cache@2 does, exactly or by the newest that begins so; what it returns saves it, if
 * nobody has, and says whether it could: without the folder the job fails.
 */
function restored(caches: string, key: string, prefix: string, path: string): () => boolean {
  const nameOf = (text: string) => Buffer.from(text.replaceAll(' ', '')).toString('hex');
  const there = existsSync(caches) ? readdirSync(caches) : [];
  const found = there.find((name) => name === nameOf(key)) ?? there.find((name) => name.startsWith(nameOf(prefix)));
  if (found !== undefined) cpSync(join(caches, found), path, { recursive: true });
  return () => {
    if (found === nameOf(key)) return true;
    if (!existsSync(path)) return false;
    cpSync(path, join(caches, nameOf(key)), { recursive: true });
    return true;
  };
}

test('the template plans, builds level by level and reports; an image that cannot be checked stops no leg', async () => {
  site = await openFleet([{ name: 'golden' }, { name: 'web', on: 'golden' }, { name: 'docs' }]);
  const fault = site.registry.inject({ path: '/v2/fleet/docs/manifests/1', effect: { kind: 'status', status: 403 } });
  const parameters = { config: site.settings, shards: 'auto' };
  expect(await pipeline(parameters, 'first')).toEqual({
    ...{ plan: 'Succeeded', level_1: 'Succeeded', level_2: 'Succeeded', level_3: 'Skipped', level_4: 'Skipped' },
    report: 'Failed',
  });
  // What one job saved of the day, a later one begins with.
  const [day = ''] = new Date().toISOString().split('T');
  const saved = readdirSync(join(site.folder, '..', 'caches')).map((name) => Buffer.from(name, 'hex').toString());
  expect(saved).toEqual([`"base-images"|"v0"|"Linux"|"${day}"`]);
  const isOld = () => site.images.map(({ name }) => site.released(name) === site.old.get(name));
  expect(isOld()).toEqual([false, false, true]);
  fault.remove();
  expect(await pipeline(parameters, 'second')).toMatchObject({
    level_1: 'Succeeded',
    level_2: 'Skipped',
    report: 'Succeeded',
  });
  expect(isOld()).toEqual([false, false, false]);
  expect(await pipeline(parameters, 'third')).toMatchObject({ level_1: 'Skipped', report: 'Succeeded' });
});
