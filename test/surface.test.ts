import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { configShape } from '../core/config/file-shape.ts';
import { permissionNames } from '../core/config/permissions.ts';
import { loadConfig } from '../core/config.ts';
import { outputs } from '../core/inputs/run.ts';
import { inputs, inputsOf } from '../core/inputs.ts';
import { type CommandName, commandDefinitions, commands } from '../core/settings/commands.ts';
import { camelCase } from '../core/settings/input.ts';
import { createWorld } from '../core/world.ts';
import { generatedFiles, generatedParts, withParts } from '../scripts/generate/files.ts';
import { recordingHost } from './hosts/recording-host.ts';
import { repository } from './hosts/repository.ts';

const root = join(import.meta.dirname, '..');
const text = (path: string) => readFileSync(join(root, path), 'utf8');

describe('what is made from the catalogue', () => {
  test.each(Object.entries(generatedFiles()))('%s is as the catalogue says', (path, wanted) => {
    expect(text(path)).toBe(wanted);
  });

  test.each(Object.entries(generatedParts()))(
    'the tables of %s are as the catalogue and the families say',
    (path, parts) => {
      expect(text(path)).toBe(withParts(path, text(path), parts));
    },
  );

  test('a document without its markers is an error, not a silent omission', () => {
    expect(() => withParts('docs/detect.md', '# Detect', { readers: '' })).toThrow(
      'docs/detect.md has no <!-- readers:start -->',
    );
  });
});

describe('catalogue', () => {
  test('names are kebab-case and unique, in every form', () => {
    const names = inputs.map(({ name }) => name);
    expect(names.filter((name) => !/^[a-z]+(?:-[a-z]+)*$/.test(name))).toEqual([]);
    expect(new Set(names.map(camelCase)).size).toBe(names.length);
    expect(new Set(outputs.map(({ name }) => name)).size).toBe(outputs.length);
    const environment = names.map((name) => camelCase(name).toUpperCase());
    expect(new Set(environment).size).toBe(names.length);
  });

  test('no option reads as the negation or the standard input of another', () => {
    const names = new Set(inputs.map(({ name }) => name));
    expect(inputs.filter(({ name }) => name.startsWith('no-') || name.endsWith('-stdin'))).toEqual([]);
    expect(['help', 'version'].filter((name) => names.has(name))).toEqual([]);
  });

  test('defaults are values that the input takes', () => {
    for (const { name, kind, default: value } of inputs) {
      if (value === undefined) continue;
      if (typeof kind === 'object') expect(kind.choice, name).toContain(value);
      if (kind === 'boolean') expect(['true', 'false'], name).toContain(value);
      expect(kind, name).not.toBe('secret');
    }
  });

  test('help is one sentence without markup, and commands are known', () => {
    for (const { name, help } of [...inputs, ...outputs, ...commandDefinitions]) {
      expect(help, name).toMatch(/^[A-Z][^`*_<>|\n]*\.$/);
    }
    for (const command of commandDefinitions) expect(commands).toContain(command.name);
  });

  test('secrets can come from no file', () => {
    expect(inputs.filter(({ kind, config }) => kind === 'secret' && config !== undefined)).toEqual([]);
  });
});

describe('action.yml', () => {
  const action = load(text('action.yml')) as {
    inputs: Record<string, { description: string; default?: string; required: boolean }>;
    outputs: Record<string, { description: string }>;
    runs: unknown;
  };

  test('has every input and output under its name', () => {
    expect(Object.keys(action.inputs)).toEqual(inputsOf('github').map(({ name }) => name));
    expect(Object.keys(action.outputs)).toEqual(outputs.map(({ name }) => name));
    expect(action.runs).toEqual({ using: 'node24', main: 'action/dist/index.cjs' });
  });

  test('states a default only where the configuration file cannot set another', () => {
    for (const { name, config, default: value, githubExpression } of inputsOf('github')) {
      const expected = githubExpression === undefined ? value : `\${{ ${githubExpression} }}`;
      expect(action.inputs[name]?.default, name).toBe(config === undefined ? expected : undefined);
    }
  });
});

describe('task.json', () => {
  const task = JSON.parse(text('ado-task/task.json'));
  const extension = JSON.parse(text('ado-task/vss-extension.json'));

  test('has every input and output under its camelCase name', () => {
    const names = (list: { name: string }[]) => list.map(({ name }) => name);
    expect(names(task.inputs).toSorted()).toEqual(
      inputsOf('azure')
        .map(({ name }) => camelCase(name))
        .toSorted(),
    );
    expect(names(task.OutputVariables)).toEqual(outputs.map(({ name }) => camelCase(name)));
    expect(task.restrictions.settableVariables.allowed).toEqual(names(task.OutputVariables));
    expect(names(task.inputs).filter((name) => !/^[A-Za-z][A-Za-z0-9]*$/.test(name))).toEqual([]);
  });

  test('shows eight inputs first, and every other in a group, beside the commands that read it', () => {
    const shown = (command: string, { visibleRule }: { visibleRule?: string }) =>
      visibleRule === undefined || visibleRule.split(' || ').includes(`command = ${command}`);
    const first = task.inputs.filter(({ groupName }: { groupName?: string }) => groupName === undefined);
    expect(first.map(({ name }: { name: string }) => name)).toEqual([
      'command',
      'path',
      'image',
      'tags',
      'config',
      'azureServiceConnection',
      'registryConnection',
      'kubernetesConnection',
    ]);
    for (const command of task.inputs[0].options === undefined ? [] : Object.keys(task.inputs[0].options)) {
      const groups = new Set(
        task.groups.filter((group: object) => shown(command, group)).map(({ name }: { name: string }) => name),
      );
      const seen = task.inputs.filter(
        (input: { groupName?: string; visibleRule?: string }) =>
          input.groupName === undefined || (shown(command, input) && groups.has(input.groupName)),
      );
      const read = inputsOf('azure', command as CommandName).map(({ name }) => camelCase(name));
      expect(seen.map(({ name }: { name: string }) => name)).toEqual(expect.arrayContaining(read));
      expect(task.inputs.length).toBeGreaterThan(read.length);
    }
  });

  test('states a default only where the configuration file cannot set another', () => {
    const defaults = Object.fromEntries(
      task.inputs.map((input: Record<string, unknown>) => [input.name, input.defaultValue]),
    );
    for (const { name, config, default: value } of inputsOf('azure')) {
      expect(defaults[camelCase(name)], name).toBe(config === undefined ? value : undefined);
    }
  });

  test('runs on both Node versions and its tab belongs to it', () => {
    expect(task.execution).toEqual({ Node20_1: { target: 'dist/index.cjs' }, Node24: { target: 'dist/index.cjs' } });
    const tab = extension.contributions.find((contribution: { id: string }) => contribution.id === 'tab');
    expect(tab.properties.supportsTasks).toEqual([task.id]);
    expect(tab.properties.uri).toBe('tab/index.html');
    expect(task.friendlyName.length).toBeLessThanOrEqual(40);
    const { version } = JSON.parse(text('package.json'));
    expect(extension.version).toBe(version);
    expect(Object.values(task.version).join('.')).toBe(version);
  });
});

describe('the JSON Schema and the loader agree', () => {
  const accepts = new Ajv({ allowUnionTypes: true }).compile(JSON.parse(text('docs/reference/config.schema.json')));

  async function isLoaded(yaml: string): Promise<boolean> {
    const world = createWorld({ cwd: repository({ '.base-image-refresh.yml': yaml }) });
    // What the run has to allow is no matter of the form.
    const allow = permissionNames(configShape()).filter((name) => name !== 'build-secret');
    return loadConfig(recordingHost({ command: 'check', allow: allow.join() }), world).then(
      () => true,
      () => false,
    );
  }

  const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)].filter((path) =>
    path.endsWith('.md'),
  );
  const examples = pages.flatMap((path) =>
    [...text(path).matchAll(/^```ya?ml\n([\s\S]*?)^```/gm)]
      .map(([, yaml = '']) => yaml)
      .filter((yaml) => /^(?:images|gate|scanner|registries|tags|engine):/m.test(yaml)),
  );
  test('the documents show configurations', () => expect(examples.length).toBeGreaterThan(3));

  // "| `known-exploited: critical` with `known-exploited-file: kev.json` | …": keys of gate:, with or without a value.
  const rows = [...text('docs/policy.md').matchAll(/^\| key \| meaning \|\n[|-]+\n((?:\|.*\n)+)/gm)].flatMap(
    ([, body = '']) => body.trim().split('\n'),
  );
  const named = rows.map((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`([a-z-]+(?:: [^`]+)?)`/g)].map(([, k = '']) => k),
  );
  const valued = named.map((keys) => keys.filter((key) => key.includes(': '))).filter((keys) => keys.length > 0);
  test('every key of the policy that is documented is one', () => {
    const gate = JSON.parse(text('docs/reference/config.schema.json')).properties.gate.properties;
    const keys = named.flat().map((key) => key.replace(/:.*/, ''));
    expect(keys.length).toBeGreaterThan(8);
    expect(keys.filter((key) => key !== 'base' && gate[key] === undefined)).toEqual([]);
  });

  test('every key of a gate is documented', () => {
    const gate = JSON.parse(text('docs/reference/config.schema.json')).properties.gate.properties;
    expect(Object.keys(gate).filter((key) => !text('docs/policy.md').includes(key))).toEqual([]);
    const exceptions = gate.exceptions.items.properties;
    expect(
      Object.keys(exceptions).filter(
        (key) => !text('docs/policy.md').includes(`\`${key}\``) && !text('docs/policy.md').includes(`${key}:`),
      ),
    ).toEqual([]);
  });

  test.each<[boolean, string]>([
    ...valued.map((keys): [boolean, string] => [true, `gate:\n${keys.map((key) => `  ${key}\n`).join('')}`]),
    ...examples.map((yaml): [boolean, string] => [true, yaml]),
    [true, 'tags: [1.20, latest]'],
    [true, 'concurrency: 64'],
    [true, 'deadline: 90s\nengine: rebase\nfail-on: stale'],
    [true, 'registries: { mirrors: { docker.io: mirror.example }, insecure: [localhost:5000], concurrency: 1 }'],
    [true, 'scanner: { skip-database-update: true, database-repository: mirror.example/trivy-db:2 }'],
    [false, 'concurrency: 65'],
    [false, 'concurrency: 0'],
    [false, 'deadline: 90'],
    [false, 'engine: kaniko'],
    [false, 'gate: { severity-threshold: severe }'],
    [false, 'gate: { only-fixable: maybe }'],
    [false, 'images: [{ name: web }]'],
    [false, 'images: { web: {} }'],
    [true, 'tags: latest'],
    [false, 'tags: { latest: 1 }'],
    [false, 'registry-password: x'],
    [false, 'scanner: { path: ./trivy }'],
    [false, 'unknown: 1'],
  ])('%s: %s', async (expected, yaml) => {
    expect(yaml).not.toBe('');
    expect(await isLoaded(yaml)).toBe(expected);
    expect(accepts(load(yaml))).toBe(expected);
  });
});
