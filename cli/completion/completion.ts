import { namesOf } from '../../core/table.ts';
import { bashCompletion } from './bash.ts';
import { offers } from './offers.ts';
import { fishCompletion, powershellCompletion, zshCompletion } from './other-shells.ts';

const scripts = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
  powershell: powershellCompletion,
} as const;

export type CompletionShell = keyof typeof scripts;

/** The shells whose completion can be printed. */
export const completionShells: readonly CompletionShell[] = namesOf(scripts);

/** The script that completes commands, options and values in a shell. */
export function completionScript(shell: CompletionShell): string {
  return scripts[shell](offers());
}
