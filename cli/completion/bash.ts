import type { OfferedCommand, OfferedOption } from './offers.ts';

/** Completion for bash: commands, their options, and the words that an option takes. */
export function bashCompletion(commands: readonly OfferedCommand[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  const options = commands.map(
    (command) => `    ${command.name}) options='${command.options.map(({ name }) => name).join(' ')}' ;;`,
  );
  const values = distinct(commands).map((option) => `    ${option.name}) ${valueWords(option)} ;;`);
  return `# bash completion of base-image-refresh
_base_image_refresh() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command='' options='' word
  COMPREPLY=()
  # "--format=json" is three words to bash.
  if [[ $current == '=' ]]; then current=''
  elif [[ $previous == '=' ]]; then previous=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [[ $word != -* ]]; then command=$word; break; fi
  done
  case $previous in
${values.join('\n')}
  esac
  case $command in
    '') options='${names} completion help --help --version' ;;
    completion) options='bash zsh fish powershell' ;;
    help) options='${names}' ;;
${options.join('\n')}
  esac
  if [[ -z $command || $command == completion || $command == help || $current == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  fi
}
complete -o default -F _base_image_refresh base-image-refresh
`;
}

// An option takes the same words with every command.
function distinct(commands: readonly OfferedCommand[]): readonly OfferedOption[] {
  const all = commands.flatMap(({ options }) => options).filter(({ value }) => value.kind !== 'none');
  return [...new Map(all.map((option) => [option.name, option])).values()];
}

// Without an answer bash offers files, which is right for a path and harmless for a text.
function valueWords({ value }: OfferedOption): string {
  if (value.kind !== 'choice') return 'return';
  return `COMPREPLY=($(compgen -W '${value.of.join(' ')}' -- "$current")); return`;
}
