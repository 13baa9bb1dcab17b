import { helpText } from '../../cli/help.ts';
import { configShape } from '../../core/config/file-shape.ts';
import { guardedKeys, permissionOf } from '../../core/config/permissions.ts';
import { outputs } from '../../core/inputs/run.ts';
import { inputSections, inputsOf } from '../../core/inputs.ts';
import { commandDefinitions } from '../../core/settings/commands.ts';
import { camelCase, type InputDefinition } from '../../core/settings/input.ts';
import type { Key, Shape } from '../../core/settings/shape.ts';
import { code, evaluated, namesOf, table, valuesOf } from './describe.ts';

/** docs/reference/cli.md: every help text. */
export function cliReference(): string {
  const block = (text: string) => `\`\`\`text\n${text.trimEnd()}\n\`\`\``;
  return [
    '# Command line',
    '',
    block(helpText(null)),
    '',
    ...commandDefinitions.flatMap((command) => [`## ${command.name}`, '', block(helpText(command)), '']),
    '## Secrets',
    '',
    'Secrets are not taken as arguments, which every process of a machine can read. Each comes from an environment',
    'variable, or from standard input with the option that ends in `-stdin`; a run can read one that way.',
    '',
    table(['secret', 'environment variable', 'option'], secretRows()),
    '',
  ].join('\n');
}

function secretRows() {
  const secrets = inputsOf('cli').filter(({ kind }) => kind === 'secret');
  return secrets.map(({ name }) => [
    name,
    code(`BASE_IMAGE_REFRESH_${name.toUpperCase().replaceAll('-', '_')}`),
    code(`--${name}-stdin`),
  ]);
}

/** docs/reference/inputs.md: every input on every host, and the outputs. */
export function inputReference(): string {
  const head = ['GitHub', 'Azure', 'command line', 'takes', 'default', 'commands', 'key of the file', 'does'];
  const sections = inputSections.flatMap(({ title, inputs }) => [
    `## ${title}`,
    '',
    table(
      head,
      inputs.map((input) => [
        ...namesOf(input),
        valuesOf(input),
        code(input.default ?? evaluated(input) ?? ''),
        input.commands?.join(', ') ?? 'all',
        keyOf(input),
        input.help,
      ]),
    ),
    '',
  ]);
  return [
    '# Inputs and outputs',
    '',
    'An input overrides `.base-image-refresh.yml`, which overrides the default. Build arguments and mirrors of both are',
    'merged by name. Paths are relative to the working directory unless stated otherwise.',
    '',
    'Whoever can open a pull request can change a file of the repository, so a key marked with "needs allow" counts there',
    'only if the run permits it with `allow`: see [who may say what](configuration.md#who-may-say-what).',
    '',
    ...sections,
    '## Outputs',
    '',
    outputTable(),
    '',
  ].join('\n');
}

// Where a file of the repository can say the same, and whether it may.
function keyOf({ config, from, names }: InputDefinition): string {
  if (config === undefined) return '';
  return `${code(config)}${guarded({ from, names })}`;
}

function guarded({
  from,
  names,
}: Pick<InputDefinition, 'from'> & { readonly names: InputDefinition['names'] }): string {
  if (names !== undefined) return ', some values need allow';
  return from === 'run' ? ', needs allow' : '';
}

function outputTable(): string {
  return table(
    ['GitHub', 'Azure', 'holds'],
    outputs.map(({ name, help }) => [code(name), code(camelCase(name)), help]),
  );
}

/** docs/reference/configuration.md: every key of the configuration file. */
export function configurationReference(): string {
  return [
    '# Configuration',
    '',
    'The configuration file is `.base-image-refresh.yml` (or `.yaml`, but not both) in the folder of the repository, or the one',
    'that `--config` names. For completion and checks in an editor, put `# yaml-language-server: $schema=…/config.schema.json` on its',
    'first line. An unknown key or a wrong value is an error that names the line and the nearest valid key; one run says them all. Values are',
    'read as text, so the tag `1.20` stays `1.20`. A list of one word may be written as the word (`tags: latest`), and the',
    'names that a key offers in any case (`HIGH`).',
    '',
    table(['key', 'takes', 'default', 'does'], keyRows('', configShape().keys)),
    '',
    ...whoMaySay(),
    '',
    'Credentials do not belong in the file: give them as inputs, or use the logins of Docker.',
    '',
  ].join('\n');
}

function whoMaySay(): readonly string[] {
  const rows = guardedKeys(configShape())
    .filter((key) => !key.startsWith('images[].'))
    .map((key) => [code(key), code(permissionOf(key))]);
  return [
    '## Who may say what',
    '',
    'Inputs are from the run. This file is from the repository: anybody who can open a pull request can propose what it says.',
    'It can make a run stricter, but names nothing of the runner: no variable, no file outside the repository (an absolute',
    'path, `..`, a link that leaves it, `.git`), no program, no address. What it names all the same is refused with exit',
    'code 2, and the message says what to allow. The run allows items with the input `allow`: by name, or one value only',
    'with `NAME=VALUE`, such as `allow: build-secret=NPM_TOKEN, scanner-command`. `build-secret` always needs its value:',
    'the variable or the path.',
    '',
    table(['key', 'item of `allow`'], rows),
    '',
    'Files of the repository at keys for files, and caches in a registry, need no permission. A configuration file outside',
    'the repository that `config` names is from the run: all of this holds in it as in inputs.',
  ];
}

function requiredWords({ required }: Key): string {
  if (required === undefined) return '';
  return required === true ? ' Required.' : ` Required unless \`${required.unless}\` is given.`;
}

function keyRows(prefix: string, keys: Readonly<Record<string, Key>>): string[][] {
  return Object.entries(keys).flatMap(([name, key]) => {
    const path = `${prefix}${name}`;
    const { shape } = key;
    const fallback = shape.kind === 'value' ? (shape.input.default ?? '') : '';
    const help = `${key.help}${requiredWords(key)}`;
    return [[code(path), takes(shape), code(fallback), help], ...below(path, shape)];
  });
}

function below(path: string, shape: Shape): string[][] {
  if (shape.kind === 'mapping') return keyRows(`${path}.`, shape.keys);
  if (shape.kind === 'list' && shape.items.kind === 'mapping') return keyRows(`${path}[].`, shape.items.keys);
  return [];
}

function takes(shape: Shape): string {
  if (shape.kind !== 'value') return shape.kind;
  if (shape.input.kind === 'list') return 'list';
  if (shape.input.kind === 'pairs') return 'mapping of names to values';
  return valuesOf({ name: '', help: '', ...shape.input });
}
