import { posix } from 'node:path';
import { createBound, type Spend } from '../bound.ts';
import { fail } from '../failure.ts';
import { itemsOf, type Mapping, mappingOf, textOf, textsOf } from '../json.ts';
import type { ReadText } from './compose-project.ts';
import { type Cost, createCost } from './cost.ts';
import { pipelineCondition } from './pipeline-conditions.ts';
import { type PipelineScript, scriptOf } from './pipeline-scripts.ts';
import { filled, pipelineVariables } from './pipeline-variables.ts';
import { type Notice, pathWithin } from './stated.ts';
import { onlyIf } from './unknown.ts';
import { brokenFile, readLooseYaml } from './yaml.ts';

/** A step of an Azure pipeline that runs the Docker task, with the variables that the file knows filled in. */
export interface DockerStep {
  /** Such as "azure-pipelines.yml jobs.build". */
  readonly from: string;
  /** Inputs by name in lower case; what only a run knows stays as it is written. */
  readonly inputs: ReadonlyMap<string, string>;
  /** Why it may not run. */
  readonly doubt?: string;
}

/** The steps of a pipeline file, and the templates that it takes in. */
export interface PipelineSteps {
  readonly steps: readonly DockerStep[];
  readonly templates: readonly string[];
  readonly scripts: readonly PipelineScript[];
  readonly cost: Cost;
  /** Where the file is no YAML. */
  readonly broken?: Notice;
}

const deepest = 120;
const mostTemplates = 500;

/** Collects the Docker tasks of a pipeline, and of the templates of the repository that it takes in. */
export async function pipelineSteps(read: ReadText, path: string): Promise<PipelineSteps> {
  const template = createBound(path, mostTemplates, 'templates taken in', 'take in fewer templates');
  const found: Found = {
    ...{ steps: [], scripts: [], templates: new Set(), read, files: new Map(), broken: new Map(), template },
    ...{ doubts: new Map(), set: new Set() },
    cost: createCost(path),
  };
  const root = await fileAt(found, path);
  if (root !== undefined) {
    const doubt = isTemplate(root, path)
      ? { doubt: 'only where a pipeline takes this template in, and no pipeline here does' }
      : {};
    await visit(found, root, {
      path,
      place: path,
      around: [],
      names: parametersOf(root, new Map()),
      depth: 0,
      ...doubt,
    });
  }
  const { steps, scripts, templates, cost } = found;
  const broken = found.broken.get(path);
  return { steps, scripts, templates: [...templates], cost, ...(broken === undefined ? {} : { broken }) };
}

const pipelineKeys = ['trigger', 'pr', 'schedules', 'name', 'pool', 'resources', 'extends'];

// Both have parameters, in the older form templates alone: what no pipeline takes in says nothing of what is published.
function isTemplate(root: Mapping, path: string): boolean {
  if (mappingOf(root.parameters) !== undefined) return true;
  const isNamed = /^azure-pipelines?\b/.test(posix.basename(path));
  return itemsOf(root.parameters).length > 0 && !isNamed && !pipelineKeys.some((key) => key in root);
}

interface Found {
  readonly steps: DockerStep[];
  readonly scripts: PipelineScript[];
  readonly broken: Map<string, Notice>;
  readonly templates: Set<string>;
  readonly read: ReadText;
  /** Files that were read. */
  readonly files: Map<string, Mapping | undefined>;
  readonly template: Spend;
  readonly cost: Cost;
  /** Stages and jobs that may not run, by name. */
  readonly doubts: Map<string, string>;
  /** Variables that steps set, in lower case: what the file says of them does not last. */
  readonly set: Set<string>;
}

async function fileAt({ files, read, broken, set }: Found, path: string): Promise<Mapping | undefined> {
  if (files.has(path)) return files.get(path);
  const text = await read(path);
  const yaml = text === undefined ? undefined : readLooseYaml(text, path);
  if (yaml?.kind === 'broken') broken.set(path, brokenFile(path, yaml));
  const file = yaml?.kind === 'read' ? mappingOf(yaml.value) : undefined;
  for (const [, name = ''] of (text ?? '').matchAll(/task\.setvariable\s+variable=([^;\]\s]+)/gi))
    set.add(name.toLowerCase());
  files.set(path, file);
  return file;
}

interface Scope {
  /** The file that is read. */
  readonly path: string;
  readonly place: string;
  /** The files that take this one in: a repository can do so in circles. */
  readonly around: readonly string[];
  /** Values by `parameters.NAME` and `variables.NAME`. */
  readonly names: ReadonlyMap<string, string>;
  readonly depth: number;
  readonly doubt?: string;
}

async function visit(found: Found, node: unknown, outer: Scope): Promise<void> {
  found.cost.values(1);
  if (outer.depth > deepest) {
    throw fail('too-large', outer.path, `is nested more than ${deepest} deep with its templates`, 'nest it less');
  }
  const deeper = { ...outer, depth: outer.depth + 1 };
  await visitItems(found, itemsOf(node), deeper);
  const mapping = mappingOf(node);
  if (mapping === undefined || mapping.enabled === false) return;
  const names = pipelineVariables(mapping, outer.names, found);
  const condition = (textOf(mapping.condition) ?? '').trim();
  const holding = condition === '' || pipelineCondition(condition, names);
  if (holding === false) return;
  const doubt = outer.doubt ?? (holding === true ? waitingFor(mapping, condition, found) : onlyIf(condition));
  const name = textOf(mapping.stage) ?? textOf(mapping.job) ?? textOf(mapping.deployment);
  if (name !== undefined && doubt !== undefined) found.doubts.set(name, doubt);
  const scope: Scope = { ...deeper, place: placeOf(mapping, outer), names, ...(doubt === undefined ? {} : { doubt }) };
  if (/^docker@2(?:\.|$)/i.test(textOf(mapping.task) ?? '')) found.steps.push(stepOf(mapping, scope, found.cost));
  else {
    const script = scriptOf(mapping, scope.names, (text) => filled(text, scope.names, found.cost));
    if (script !== undefined)
      found.scripts.push({ ...script, from: scope.place, file: scope.path, ...(doubt === undefined ? {} : { doubt }) });
  }
  const template = textOf(mapping.template);
  if (template !== undefined) await visitTemplate(found, filled(template, scope.names, found.cost), mapping, scope);
  for (const [key, value] of Object.entries(mapping)) {
    if (key === 'inputs' || key === 'parameters' || key === 'variables') continue;
    const inner = insertedScope(key, scope);
    if (inner !== undefined) await visit(found, value, inner);
  }
}

// A stage waits for the one before it, where it does not say for which.
async function visitItems(found: Found, items: readonly unknown[], scope: Scope): Promise<void> {
  let before: string | undefined;
  for (const item of items) {
    const mapping = mappingOf(item);
    const stage = textOf(mapping?.stage);
    const isBehind = stage !== undefined && mapping?.dependsOn === undefined && before !== undefined;
    const doubt =
      isBehind && !runsAnyway(textOf(mapping?.condition) ?? '') ? found.doubts.get(before ?? '') : undefined;
    await visit(found, item, doubt === undefined ? scope : { ...scope, doubt: scope.doubt ?? doubt });
    if (stage !== undefined) before = stage;
  }
}

function runsAnyway(condition: string): boolean {
  return /\b(?:always|succeededOrFailed|failed|in)\s*\(/i.test(condition);
}

function waitingFor({ dependsOn }: Mapping, condition: string, { doubts }: Found): string | undefined {
  if (runsAnyway(condition)) return undefined;
  const names = [textOf(dependsOn) ?? '', ...textsOf(dependsOn)];
  return names.map((name) => doubts.get(name)).find((one) => one !== undefined);
}

// `${{ if … }}:` takes in what is below it; which branch of several that is, and how often, is not followed.
function insertedScope(key: string, scope: Scope): Scope | undefined {
  const [, word, condition = ''] = /^\$\{\{\s*(if|elseif|else|each)\b([\s\S]*)\}\}$/.exec(key.trim()) ?? [];
  if (word === undefined) return scope;
  const holding = word === 'if' ? pipelineCondition(condition, scope.names) : undefined;
  if (holding === false) return undefined;
  return holding === true
    ? scope
    : { ...scope, doubt: scope.doubt ?? onlyIf(word === 'if' ? condition : `${word} ${condition}`) };
}

function placeOf(mapping: Mapping, { path, place }: Scope): string {
  for (const key of ['job', 'deployment', 'stage'] as const) {
    const name = textOf(mapping[key]);
    if (name !== undefined && name !== '') return `${path} ${key === 'stage' ? 'stages' : 'jobs'}.${name}`;
  }
  return place;
}

function stepOf(step: Mapping, { place, names, doubt }: Scope, cost: Cost): DockerStep {
  const inputs = Object.entries(mappingOf(step.inputs) ?? {}).flatMap(([name, value]) => {
    const text = textOf(value);
    return text === undefined ? [] : [[name.toLowerCase(), filled(text, names, cost)] as const];
  });
  return { from: place, inputs: new Map(inputs), ...(doubt === undefined ? {} : { doubt }) };
}

// `FILE@REPOSITORY` is of another repository. A path with a slash counts from the root, any other from the file.
async function visitTemplate(found: Found, name: string, use: Mapping, scope: Scope): Promise<void> {
  const [file = '', repository = 'self'] = name.split('@', 2);
  const path = file.startsWith('/') ? pathWithin(file.slice(1)) : pathWithin(posix.dirname(scope.path), file);
  const around = [...scope.around, scope.path];
  if (path === undefined || repository !== 'self' || around.includes(path)) return;
  found.template(1);
  const root = await fileAt(found, path);
  if (root === undefined) return;
  found.templates.add(path);
  const given = Object.entries(mappingOf(use.parameters) ?? {}).flatMap(([key, value]) => {
    const known = textOf(value);
    return known === undefined ? [] : [[`parameters.${key}`, filled(known, scope.names, found.cost)] as const];
  });
  found.cost.values(scope.names.size + given.length);
  const variables = [...scope.names].filter(([key]) => key.startsWith('variables.'));
  const names = parametersOf(root, new Map([...variables, ...given]));
  await visit(found, root, { ...scope, path, place: path, around, names, depth: scope.depth + 1 });
}

// Both forms: a list of name and default, and a mapping of defaults.
function parametersOf(root: Mapping, given: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const named = itemsOf(root.parameters).map((item) => [mappingOf(item)?.name, mappingOf(item)?.default] as const);
  const defaults = [...named, ...Object.entries(mappingOf(root.parameters) ?? {})].flatMap(([name, value]) => {
    const [key, text] = [textOf(name), textOf(value)];
    return key === undefined || text === undefined ? [] : [[`parameters.${key}`, text] as const];
  });
  return new Map([...defaults, ...given]);
}
