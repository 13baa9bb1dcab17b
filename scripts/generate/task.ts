import { outputs } from '../../core/inputs/run.ts';
import { inputSections, inputsOf } from '../../core/inputs.ts';
import { commandDefinitions } from '../../core/settings/commands.ts';
import { camelCase, type InputDefinition } from '../../core/settings/input.ts';
import { manifestDefault, manifestHelp } from './describe.ts';
import { formatJson } from './json.ts';
import { product } from './product.ts';

/** What stands above the groups of the editor: what most pipelines set. */
const firstScreen: readonly string[] = [
  'command',
  'path',
  'image',
  'tags',
  'config',
  'azure-service-connection',
  'registry-connection',
  'kubernetes-connection',
];

const azureInputs = inputsOf('azure');
const groups = inputSections
  .map(({ title, inputs }, index) => ({
    name: `section${index + 1}`,
    title,
    inputs: inputs.filter((input) => azureInputs.includes(input) && !firstScreen.includes(input.name)),
  }))
  .filter(({ inputs }) => inputs.length > 0);

/** The text of ado-task/task.json. */
export function taskJson(): string {
  const { major, minor, patch } = product.parts;
  const names = outputs.map(({ name, help }) => ({ name: camelCase(name), description: help }));
  return formatJson({
    $schema: 'https://raw.githubusercontent.com/Microsoft/azure-pipelines-task-lib/master/tasks.schema.json',
    id: product.taskId,
    name: 'BaseImageRefresh',
    friendlyName: product.name,
    description: product.description,
    helpUrl: product.repository,
    helpMarkDown: `[Documentation](${product.repository})`,
    category: 'Utility',
    visibility: ['Build', 'Release'],
    runsOn: ['Agent', 'MachineGroup'],
    author: product.author,
    version: { Major: major, Minor: minor, Patch: patch },
    minimumAgentVersion: '3.232.1',
    instanceNameFormat: 'Base images: $(command)',
    groups: groups.map(({ name, title, inputs }) => ({
      name,
      displayName: title,
      isExpanded: false,
      ...visibleFor(inputs),
    })),
    inputs: [
      ...firstScreen.flatMap((name) => azureInputs.filter((input) => input.name === name).map(taskInput)),
      ...groups.flatMap(({ name, inputs }) =>
        inputs.map((input) => ({ ...taskInput(input), groupName: name, ...visibleFor([input]) })),
      ),
    ],
    OutputVariables: names,
    restrictions: { settableVariables: { allowed: names.map(({ name }) => name) } },
    execution: { Node20_1: { target: 'dist/index.cjs' }, Node24: { target: 'dist/index.cjs' } },
  });
}

// Where all of them are read by some commands only, the editor shows them with those.
function visibleFor(inputs: readonly InputDefinition[]): { readonly visibleRule?: string } {
  const commands = inputs.map((input) => input.commands);
  if (commands.includes(undefined)) return {};
  const offered = new Set(commands.flatMap((names) => names ?? []));
  const shown = commandDefinitions.filter(({ name }) => name !== 'demo' && offered.has(name));
  return { visibleRule: shown.map(({ name }) => `command = ${name}`).join(' || ') };
}

function taskInput(input: InputDefinition) {
  const value = manifestDefault(input);
  return {
    name: camelCase(input.name),
    type: typeOf(input),
    label: labelOf(input.name),
    ...(value === undefined ? {} : { defaultValue: value }),
    required: input.name === 'command',
    helpMarkDown: manifestHelp(input),
    ...(typeof input.kind === 'object'
      ? { options: Object.fromEntries(input.kind.choice.map((choice) => [choice, choice])) }
      : {}),
  };
}

// Not filePath: the agent turns an empty one into the folder of the sources.
function typeOf(input: InputDefinition): string {
  if (input.connection !== undefined) return `connectedService:${input.connection}`;
  if (typeof input.kind === 'object') return 'pickList';
  switch (input.kind) {
    case 'boolean':
      return 'boolean';
    case 'list':
    case 'pairs':
      return 'multiLine';
    case 'string':
    case 'number':
    case 'duration':
    case 'secret':
    case 'path':
      return 'string';
  }
}

function labelOf(name: string): string {
  const words = name.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The text of ado-task/vss-extension.json. */
export function extensionJson(): string {
  const task = {
    id: 'task',
    type: 'ms.vss-distributed-task.task',
    targets: ['ms.vss-distributed-task.tasks'],
    properties: { name: 'task' },
  };
  const tab = {
    id: 'tab',
    type: 'ms.vss-build-web.build-results-tab',
    targets: ['ms.vss-build-web.build-results-view'],
    properties: { name: 'Base images', uri: 'tab/index.html', supportsTasks: [product.taskId] },
  };
  return formatJson({
    manifestVersion: 1,
    id: 'base-image-refresh',
    publisher: product.publisher,
    version: product.version,
    name: product.name,
    description: product.description,
    categories: ['Azure Pipelines'],
    tags: ['container', 'docker', 'security', 'base image'],
    targets: [{ id: 'Microsoft.VisualStudio.Services' }],
    scopes: ['vso.build'],
    icons: { default: 'images/icon.png' },
    content: { details: { path: 'overview.md' }, license: { path: 'LICENSE' } },
    repository: { type: 'git', uri: product.repository },
    files: [{ path: 'task' }, { path: 'images', addressable: true }, { path: 'tab', addressable: true }],
    contributions: [task, tab],
  });
}
