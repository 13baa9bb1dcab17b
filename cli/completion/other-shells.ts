import type { OfferedCommand, OfferedOption } from './offers.ts';

const program = 'base-image-refresh';
const shells = 'bash zsh fish powershell';

/** Completion for zsh. */
export function zshCompletion(commands: readonly OfferedCommand[]): string {
  const described = commands.map(({ name, about }) => `    '${name}:${zshText(about)}'`);
  const cases = commands.map(({ name, options }) => {
    const specs = options.map((option) => `'${zshSpec(option)}'`);
    return `    ${name}) _arguments ${specs.join(' ')} '*:file:_files' ;;`;
  });
  return `#compdef ${program}
_base_image_refresh() {
  local -a commands
  commands=(
${described.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
    completion) _values shell ${shells} ;;
    help) _describe command commands ;;
${cases.join('\n')}
  esac
}
compdef _base_image_refresh ${program}
`;
}

function zshSpec({ name, about, value }: OfferedOption): string {
  const lead = `*${name}${value.kind === 'none' ? '' : '='}[${zshText(about)}]`;
  if (value.kind === 'none') return lead;
  const action = { path: '_files', text: '', choice: value.kind === 'choice' ? `(${value.of.join(' ')})` : '' };
  return `${lead}:value:${action[value.kind]}`;
}

function zshText(text: string): string {
  return text.replace(/[\\[\]:]/g, '\\$&').replaceAll("'", "'\\''");
}

/** Completion for fish. */
export function fishCompletion(commands: readonly OfferedCommand[]): string {
  const lines = commands.flatMap(({ name, about, options }) => [
    `complete -c ${program} -n __fish_use_subcommand -a ${name} -d '${fishText(about)}'`,
    ...options.map((option) => {
      const start = `complete -c ${program} -n '__fish_seen_subcommand_from ${name}' -l ${option.name.slice(2)}`;
      return `${start}${fishValue(option)} -d '${fishText(option.about)}'`;
    }),
  ]);
  const own = `complete -c ${program} -n '__fish_seen_subcommand_from completion' -f -a '${shells}'`;
  return `# fish completion of ${program}\n${[...lines, own].join('\n')}\n`;
}

function fishValue({ value }: OfferedOption): string {
  if (value.kind === 'none') return '';
  return value.kind === 'choice' ? ` -x -a '${value.of.join(' ')}'` : ' -r';
}

function fishText(text: string): string {
  return text.replace(/[\\']/g, '\\$&');
}

/** Completion for PowerShell. */
export function powershellCompletion(commands: readonly OfferedCommand[]): string {
  const quoted = (words: readonly string[]) => words.map((word) => `'${word.replaceAll("'", "''")}'`).join(', ');
  const table = commands.map(({ name, options }) => `    '${name}' = @(${quoted(options.map((each) => each.name))})`);
  const choices = new Map(
    commands.flatMap(({ options }) =>
      options.flatMap(({ name, value }) => (value.kind === 'choice' ? [[name, value.of] as const] : [])),
    ),
  );
  const values = [...choices].map(([name, of]) => `    '${name}' = @(${quoted(of)})`);
  return `# PowerShell completion of ${program}
Register-ArgumentCompleter -Native -CommandName ${program} -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $options = @{
${table.join('\n')}
    'completion' = @(${quoted(shells.split(' '))})
  }
  $values = @{
${values.join('\n')}
  }
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
  $command = $words | Where-Object { -not $_.StartsWith('-') } | Select-Object -First 1
  $before = if ($wordToComplete) { $words | Select-Object -SkipLast 1 } else { $words }
  $previous = $before | Select-Object -Last 1
  $offered = if ($previous -and $values.ContainsKey($previous)) { $values[$previous] }
    elseif ($command -and $options.ContainsKey($command)) { $options[$command] }
    else { $options.Keys | Sort-Object }
  $offered | Where-Object { $_ -like "$wordToComplete*" } |
    ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
}
`;
}
