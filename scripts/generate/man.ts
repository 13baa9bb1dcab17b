import { optionUsage } from '../../cli/help.ts';
import { inputSections } from '../../core/inputs.ts';
import { commandDefinitions } from '../../core/settings/commands.ts';
import type { InputDefinition } from '../../core/settings/input.ts';

/** docs/reference/base-image-refresh.1: the manual page of the command line, in man macros. */
export function manualPage(): string {
  return [
    '.TH BASE\\-IMAGE\\-REFRESH 1 "" "base\\-image\\-refresh" "User Commands"',
    section('NAME', ['base\\-image\\-refresh \\- keeps container images on fresh, scanned, validated base images']),
    section('SYNOPSIS', ['.B base\\-image\\-refresh', '.I COMMAND', '[OPTION...]']),
    section('DESCRIPTION', [
      text(
        'Finds out which base image published container images were built on, and whether that base has moved since. If it has, the image is rebuilt on exactly the new digest and scanned, and its release tag moves only if policy allows it.',
      ),
    ]),
    section('COMMANDS', commandDefinitions.flatMap(commandLines)),
    ...inputSections.flatMap(({ title, inputs }) => {
      const options = inputs.filter(isOption);
      return options.length === 0 ? [] : [section(`OPTIONS: ${title.toUpperCase()}`, options.flatMap(optionLines))];
    }),
    section(
      'EXIT STATUS',
      exits.flatMap(([code, meaning]) => [`.TP\n.B ${code}`, text(meaning)]),
    ),
    section('FILES', ['.TP\n.I .base\\-image\\-refresh.yml', text('The configuration of a repository.')]),
    section(
      'EXAMPLES',
      examples.flatMap((example) => [`.PP\n.RS\n.EX`, text(example), '.EE\n.RE']),
    ),
    '',
  ].join('\n');
}

const exits = [
  ['0', 'Done, and nothing is against policy.'],
  ['1', 'Policy refused something: a gate or tests failed, or an image is stale and --fail-on stale is set.'],
  ['2', 'An argument or the configuration is wrong.'],
  ['3', 'Something could not be checked or completed.'],
] as const;

const examples = ['base-image-refresh check', 'base-image-refresh doctor', 'base-image-refresh refresh --dry-run'];

function section(title: string, lines: readonly string[]): string {
  return [`.SH ${text(title)}`, ...lines].join('\n');
}

function commandLines({ name, help, operand }: (typeof commandDefinitions)[number]): readonly string[] {
  const usage = operand === null ? '' : ` ${operand.usage}`;
  return [`.TP\n.B ${text(`${name}${usage}`)}`, text(help)];
}

function isOption({ hosts }: InputDefinition): boolean {
  return hosts === undefined || hosts.includes('cli');
}

function optionLines(input: InputDefinition): readonly string[] {
  const { help, commands } = input;
  const only = commands === undefined ? '' : ` With ${commands.join(', ')}.`;
  return [`.TP\n.B ${text(optionUsage(input))}`, text(`${help}${only}`)];
}

// What roff reads: the escape character, hyphens that are to be copied, and a control character at a line's start.
function text(words: string): string {
  return words
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/, '\\&$1');
}
