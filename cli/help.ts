import { inputSections, inputsOf } from '../core/inputs.ts';
import { type CommandDefinition, commandDefinitions } from '../core/settings/commands.ts';
import type { InputDefinition } from '../core/settings/input.ts';
import { environmentName } from './args.ts';

const width = 80;
const indent = 6;

/** The text of `--help`: of the program, or of one command. At most 80 columns wide. */
export function helpText(command: CommandDefinition | null): string {
  return command === null ? programHelp() : commandHelp(command);
}

/** The text of `-h`: what is needed first, and three examples. */
export function shortHelp(command: CommandDefinition | null): string {
  const options = inputsOf('cli', command?.name).filter(
    ({ isFirst, commands }) => isFirst === true && (command !== null || commands === undefined),
  );
  const examples = command?.examples ?? ['demo', 'check', 'refresh --dry-run'];
  return [
    usageOf(command),
    '',
    hanging('', command?.help ?? about),
    '',
    ...(command === null ? ['Commands:', ...commandRows(), ''] : []),
    'Options needed first:',
    ...options.flatMap(optionHelp),
    '',
    'Examples:',
    ...examples.map((example) => `  base-image-refresh ${example}`),
    '',
    `All options: base-image-refresh ${command === null ? 'COMMAND' : command.name} --help`,
    '',
  ].join('\n');
}

const about = 'Keeps container images on fresh, scanned, validated base images.';

function usageOf(command: CommandDefinition | null): string {
  const words = ['Usage: base-image-refresh', command?.name ?? 'COMMAND', command?.operand?.usage, '[OPTION...]'];
  return words.filter((word) => word !== undefined).join(' ');
}

function commandRows(): readonly string[] {
  const rows = [...commandDefinitions, ...ownCommands];
  const longest = Math.max(...rows.map(({ name }) => name.length));
  return rows.map(({ name, help }) => hanging(`  ${name.padEnd(longest)}  `, help));
}

// What the command line does by itself, without a run.
const ownCommands = [
  { name: 'completion', help: 'Prints the completion script of bash, zsh, fish or powershell.' },
  { name: 'help', help: 'Shows all options of a command.' },
];

function programHelp(): string {
  return [
    usageOf(null),
    '',
    about,
    '',
    'Commands:',
    ...commandRows(),
    '',
    'Options of every command:',
    ...inputsOf('cli')
      .filter(({ commands }) => commands === undefined)
      .flatMap(optionHelp),
    ...common,
    '',
    'base-image-refresh COMMAND --help lists the options of a command.',
    '',
    ...exitCodes,
    '',
  ].join('\n');
}

function commandHelp(command: CommandDefinition): string {
  return [
    usageOf(command),
    '',
    hanging('', command.help),
    '',
    ...optionSections(command),
    'Other options:',
    ...common,
    '',
    ...exitCodes,
    '',
  ].join('\n');
}

// What people need first stands first, and once.
function optionSections({ name }: CommandDefinition): readonly string[] {
  const offered = inputsOf('cli', name);
  const first = offered.filter(({ isFirst }) => isFirst === true);
  const others = new Set(offered.filter((input) => !first.includes(input)));
  const sections = inputSections.map(({ title, inputs }) => ({
    title,
    inputs: inputs.filter((input) => others.has(input)),
  }));
  return [{ title: 'Needed first', inputs: first }, ...sections].flatMap(({ title, inputs }) =>
    inputs.length === 0 ? [] : [`${title}:`, ...inputs.flatMap(optionHelp), ''],
  );
}

const common = [
  '  -h',
  '      Show what is needed first, and examples.',
  '  --help',
  '      Show this text.',
  '  --version',
  '      Show the version.',
];

const exitCodes = [
  'Exit codes: 0 done; 1 refused by policy; 2 wrong arguments or configuration;',
  '3 something could not be completed.',
];

function optionHelp(input: InputDefinition): readonly string[] {
  const about = [input.help, ...notes(input)].join(' ');
  return [`  ${optionUsage(input)}`, hanging(' '.repeat(indent), about)];
}

/** How an option is written: `--file FILE`, `--[no-]write`. */
export function optionUsage(input: InputDefinition): string {
  if (input.kind === 'secret') return `--${input.name}-stdin`;
  if (input.kind === 'boolean') return `--[no-]${input.name}`;
  const choices = choicesOf(input);
  if (choices !== undefined) return `--${input.name} ${isLong(choices) ? 'NAME' : choices.join('|')}`;
  return `--${input.name} ${input.placeholder ?? 'VALUE'}`;
}

function choicesOf({ kind }: InputDefinition): readonly string[] | undefined {
  return typeof kind === 'object' ? kind.choice : undefined;
}

// More than stands on a line beside the option's name.
function isLong(choices: readonly string[]): boolean {
  return choices.join('|').length > width - 20;
}

function notes(input: InputDefinition): readonly string[] {
  const choices = choicesOf(input) ?? [];
  if (isLong(choices)) return [`One of ${choices.join(', ')}.`, `Default: ${input.default ?? choices[0]}.`];
  if (input.kind === 'secret') return [`Read from standard input, or from ${environmentName(input.name)}.`];
  const repeated = input.kind === 'list' || input.kind === 'pairs' ? ['Can be repeated.'] : [];
  const isOff = input.kind === 'boolean' && input.default === 'false';
  return input.default === undefined || isOff ? repeated : [...repeated, `Default: ${input.default}.`];
}

// Wraps at words; the lines after the first stand below the end of the lead.
function hanging(lead: string, text: string): string {
  const lines: string[] = [];
  let line = lead;
  for (const word of text.split(' ')) {
    if (line.trim() !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = ' '.repeat(lead.length);
    }
    line += line === '' || line.endsWith(' ') ? word : ` ${word}`;
  }
  return [...lines, line].join('\n');
}
