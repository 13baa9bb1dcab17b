import { type InputDefinition, inputLabel } from '../../core/settings/input.ts';

/** What an input takes, in a word or a list of choices. */
export function valuesOf(input: InputDefinition): string {
  if (typeof input.kind === 'object') return input.kind.choice.join(', ');
  switch (input.kind) {
    case 'boolean':
      return 'true, false';
    case 'number':
      return input.range === undefined ? 'number' : `${input.range.minimum} to ${input.range.maximum}`;
    case 'list':
      return input.commas === true ? 'lines or commas' : 'lines';
    case 'pairs':
      return 'NAME=VALUE lines';
    case 'duration':
      return 'time';
    case 'secret':
      return 'secret';
    case 'path':
      return 'path';
    case 'string':
      return 'text';
  }
}

/** The one-paragraph description of an input in a manifest. */
export function manifestHelp(input: InputDefinition): string {
  const choices = typeof input.kind === 'object' ? [`One of ${input.kind.choice.join(', ')}.`] : [];
  const lines = input.kind === 'list' || input.kind === 'pairs' ? ['One per line.'] : [];
  const fallback =
    manifestDefault(input) === undefined && input.default !== undefined ? [`Default: ${input.default}.`] : [];
  return [input.help, ...choices, ...lines, ...fallback].join(' ');
}

/** The expression that stands for an input that was not given on GitHub. */
export function evaluated({ githubExpression }: InputDefinition): string | undefined {
  return githubExpression === undefined ? undefined : `\${{ ${githubExpression} }}`;
}

/**
 * The default that a manifest states. What the configuration file can set has none there: the host would hand it over
 * like a value that somebody chose, and it would win over the file.
 */
export function manifestDefault(input: InputDefinition): string | undefined {
  return input.config === undefined ? input.default : undefined;
}

/** A Markdown table, its columns aligned as Biome aligns them. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|').replaceAll('<', '&lt;')));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[], fill: string) =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width, fill)).join(' | ')} |`;
  const [first = [], ...others] = cells.map((row) => line(row, ' '));
  return [first, line([], '-'), ...others].join('\n');
}

export function code(text: string): string {
  return text === '' ? '' : `\`${text}\``;
}

/** Names of an input on all three hosts where it is offered; empty where it is not. */
export function namesOf(input: InputDefinition): readonly [github: string, azure: string, cli: string] {
  const on = (host: 'github' | 'azure' | 'cli') =>
    input.hosts === undefined || input.hosts.includes(host) ? code(cliSuffix(host, input)) : '';
  return [on('github'), on('azure'), on('cli')];
}

function cliSuffix(host: 'github' | 'azure' | 'cli', input: InputDefinition): string {
  const label = inputLabel(host, input.name);
  return host === 'cli' && input.kind === 'secret' ? `${label}-stdin` : label;
}
