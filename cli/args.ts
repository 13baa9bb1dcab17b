import { parseArgs } from 'node:util';
import { fail } from '../core/failure.ts';
import { inputsOf } from '../core/inputs.ts';
import { type CommandDefinition, commandDefinition, commandDefinitions } from '../core/settings/commands.ts';
import type { InputDefinition } from '../core/settings/input.ts';
import { nearName, quoted } from '../core/settings/value.ts';
import { type CompletionShell, completionShells } from './completion/completion.ts';

/** What the command line asks for. */
export type Request =
  | { readonly kind: 'version' }
  | {
      readonly kind: 'help';
      readonly command: CommandDefinition | null;
      /** The options that are needed first with examples, or everything. */
      readonly extent: 'short' | 'full';
      /** Not so where nothing at all was given, which is a mistake in a script. */
      readonly isAsked: boolean;
    }
  | { readonly kind: 'completion'; readonly shell: CompletionShell }
  | {
      readonly kind: 'run';
      readonly command: CommandDefinition;
      /** Raw values by catalogue name; those of a repeated option are lines. */
      readonly inputs: ReadonlyMap<string, string>;
      /** The secret that is to be read from standard input. */
      readonly stdin: string | null;
    };

const program = 'base-image-refresh';

type Token = NonNullable<ReturnType<typeof tokenise>['tokens']>[number];
type OptionToken = Extract<Token, { readonly kind: 'option' }>;

/** Reads the arguments after the program's name; throws FailureError `usage`. */
export function parseArguments(argv: readonly string[]): Request {
  const { tokens } = tokenise(argv);
  const operands = tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : []));
  const options = tokens.filter((token) => token.kind === 'option');
  const isAsked = (...names: string[]) => options.some(({ name }) => names.includes(name));
  const [name, ...rest] = withoutSpaces(operands);
  if (argv.length === 0) return { kind: 'help', command: null, extent: 'short', isAsked: false };
  if (name === 'completion' && !isAsked('help', 'h')) return { kind: 'completion', shell: findShell(rest) };
  const named = name === 'help' ? rest[0] : name;
  const command = named === undefined || named === 'completion' ? null : findCommand(named);
  if (name === 'help' || isAsked('help')) return { kind: 'help', command, extent: 'full', isAsked: true };
  if (isAsked('h')) return { kind: 'help', command, extent: 'short', isAsked: true };
  if (isAsked('version')) return { kind: 'version' };
  if (command === null) throw missingCommand(options);
  return { kind: 'run', command, ...readOptions(command, options, rest) };
}

// A command may be written as two words: `policy test`.
function withoutSpaces([first, second, ...rest]: readonly string[]): readonly string[] {
  const joined = `${first}-${second}`;
  if (second !== undefined && commandDefinition(joined) !== undefined) return [joined, ...rest];
  return [first, second, ...rest].filter((operand) => operand !== undefined);
}

// parseArgs knows which options take a value; other options are refused here, where the nearest is named.
function tokenise(argv: readonly string[]) {
  const known = [...inputsOf('cli').filter(({ kind }) => kind !== 'boolean' && kind !== 'secret')];
  const options = Object.fromEntries(known.map(({ name }) => [name, { type: 'string' as const }]));
  return parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true });
}

function commandNames(): readonly string[] {
  return commandDefinitions.map(({ name }) => name);
}

function findCommand(name: string): CommandDefinition {
  const found = commandDefinition(name);
  if (found !== undefined) return found;
  const near = nearName(name, [...commandNames(), 'completion', 'help']);
  const remedy = near === undefined ? `${program} --help lists them` : `the nearest valid command is ${near}`;
  throw fail('usage', program, `${quoted(name)} is not a command`, remedy);
}

function findShell([name, ...more]: readonly string[]): CompletionShell {
  const shell = more.length === 0 ? completionShells.find((known) => known === name) : undefined;
  if (shell !== undefined) return shell;
  const detail =
    name === undefined ? 'the shell is missing' : `${quoted([name, ...more].join(' '))} is not a shell that it knows`;
  throw fail('usage', 'completion', detail, `write ${program} completion ${completionShells.join('|')}`);
}

function readOptions(command: CommandDefinition, options: readonly OptionToken[], operands: readonly string[]) {
  const values = new Map<string, string[]>();
  let stdin: string | null = null;
  for (const option of options) {
    const secret = secretFromStdin(command, option);
    if (secret !== null && stdin !== null) {
      throw fail('usage', option.rawName, 'another option reads standard input already', 'keep one of the two');
    }
    stdin = secret ?? stdin;
    if (secret !== null) continue;
    const { name, value } = readOption(command, option);
    values.set(name, isRepeatable(name) ? [...(values.get(name) ?? []), value] : [value]);
  }
  addOperands(command, operands, values);
  return { inputs: new Map([...values].map(([name, given]) => [name, given.join('\n')])), stdin };
}

const mostOperands: Readonly<Record<NonNullable<CommandDefinition['operand']>['count'], number>> = {
  one: 1,
  'at-most-one': 1,
  'at-least-one': Number.POSITIVE_INFINITY,
  any: Number.POSITIVE_INFINITY,
  'folder-or-images': Number.POSITIVE_INFINITY,
};

function addOperands(command: CommandDefinition, operands: readonly string[], values: Map<string, string[]>): void {
  const { operand } = command;
  const most = operand === null ? 0 : mostOperands[operand.count];
  const surplus = operands[most];
  if (surplus !== undefined) {
    const remedy = operand === null ? 'it takes none' : `it takes one ${operand.input}`;
    throw fail('usage', command.name, `${quoted(surplus)} is one argument too many`, remedy);
  }
  if (operand !== null && operands.length > 0) {
    values.set(operand.input, [...operands, ...(values.get(operand.input) ?? [])]);
  }
}

function readOption(
  command: CommandDefinition,
  option: OptionToken,
): { readonly name: string; readonly value: string } {
  const negated = option.name.startsWith('no-') ? option.name.slice(3) : null;
  const offered = inputsOf('cli', command.name);
  const input = offered.find(({ name }) => name === option.name || name === negated);
  if (input === undefined) throw unknownOption(command, option, offered);
  if (input.kind === 'secret') throw secretArgument(input);
  if (input.kind === 'boolean') {
    if (input.name !== negated) return { name: input.name, value: option.value ?? 'true' };
    if (option.value === undefined) return { name: input.name, value: 'false' };
  }
  if (input.name === negated) throw unknownOption(command, option, offered);
  // parseArgs takes whatever comes next; a value that begins with a dash has to stand behind "=".
  const isNext = option.inlineValue !== true && option.value?.startsWith('-') === true;
  if (option.value !== undefined && option.value !== '' && !isNext) return { name: input.name, value: option.value };
  throw fail(
    'usage',
    option.rawName,
    'the value is missing',
    `write ${option.rawName} ${input.placeholder ?? 'VALUE'}`,
  );
}

function secretFromStdin(command: CommandDefinition, option: OptionToken): string | null {
  const name = option.name.replace(/-stdin$/, '');
  const isSecret = inputsOf('cli', command.name).some((input) => input.name === name && input.kind === 'secret');
  return isSecret && name !== option.name ? name : null;
}

function isRepeatable(name: string): boolean {
  return inputsOf('cli').some((input) => input.name === name && (input.kind === 'list' || input.kind === 'pairs'));
}

// Arguments are read by every process of the machine and kept in shells' histories.
function secretArgument(input: InputDefinition) {
  const remedy = `set ${environmentName(input.name)} or use --${input.name}-stdin`;
  return fail('usage', `--${input.name}`, 'secrets are not taken as arguments', remedy);
}

/** The environment variable from which the command line takes a secret. */
export function environmentName(name: string): string {
  return `BASE_IMAGE_REFRESH_${name.toUpperCase().replaceAll('-', '_')}`;
}

function unknownOption(command: CommandDefinition | null, option: OptionToken, offered: readonly InputDefinition[]) {
  const elsewhere = inputsOf('cli').find(({ name }) => name === option.name)?.commands;
  if (command !== null && elsewhere !== undefined) {
    const remedy = `use it with ${elsewhere.join(', ').replace(/, (?=[^,]*$)/, ' or ')}`;
    return fail('usage', command.name, `${option.rawName} is not an option of this command`, remedy);
  }
  const names = [...offered.filter(({ kind }) => kind !== 'secret').map(({ name }) => name), 'help', 'version'];
  const near = nearName(option.name, names);
  const list = [program, ...(command === null ? [] : [command.name]), '--help'].join(' ');
  const remedy = near === undefined ? `${list} lists them` : `the nearest valid option is --${near}`;
  return fail('usage', command?.name ?? program, `${option.rawName} is not an option`, remedy);
}

function missingCommand(options: readonly OptionToken[]) {
  const known = new Set(inputsOf('cli').map(({ name }) => name));
  const unknown = options.find(({ name }) => !known.has(name.replace(/^no-|-stdin$/g, '')));
  if (unknown !== undefined) return unknownOption(null, unknown, inputsOf('cli'));
  return fail('usage', program, 'no command was given', `give one of ${commandNames().join(', ')}`);
}
