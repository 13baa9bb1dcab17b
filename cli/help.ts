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

function programHelp(): string {
  const longest = Math.max(...commandDefinitions.map(({ name }) => name.length));
  const rows = commandDefinitions.map(({ name, help }) => hanging(`  ${name.padEnd(longest)}  `, help));
  return [
    'Usage: base-image-refresh COMMAND [OPTION...]',
    '',
    'Keeps container images on fresh, scanned, validated base images.',
    '',
    'Commands:',
    ...rows,
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
  const usage = ['Usage: base-image-refresh', command.name, command.operand?.usage, '[OPTION...]'];
  return [
    usage.filter((word) => word !== undefined).join(' '),
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

function optionSections({ name }: CommandDefinition): readonly string[] {
  const offered = new Set(inputsOf('cli', name));
  return inputSections.flatMap(({ title, inputs }) => {
    const options = inputs.filter((input) => offered.has(input)).flatMap(optionHelp);
    return options.length === 0 ? [] : [`${title}:`, ...options, ''];
  });
}

const common = ['  --help', '      Show this text.', '  --version', '      Show the version.'];

const exitCodes = [
  'Exit codes: 0 done; 1 refused by policy; 2 wrong arguments or configuration;',
  '3 something could not be completed.',
];

function optionHelp(input: InputDefinition): readonly string[] {
  const about = [input.help, ...notes(input)].join(' ');
  return [`  ${optionUsage(input)}`, hanging(' '.repeat(indent), about)];
}

function optionUsage(input: InputDefinition): string {
  if (input.kind === 'secret') return `--${input.name}-stdin`;
  if (input.kind === 'boolean') return `--[no-]${input.name}`;
  if (typeof input.kind === 'object') return `--${input.name} ${input.kind.choice.join('|')}`;
  return `--${input.name} ${input.placeholder ?? 'VALUE'}`;
}

function notes(input: InputDefinition): readonly string[] {
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
