import type { ScriptCommand } from './split.ts';

/** What a command is given to read by a here-document or the command before it in a pipe, as far as the script says it. */
export function fedTo(commands: readonly ScriptCommand[], at: number): string {
  const command = commands[at];
  const before = command?.after === '|' ? commands[at - 1] : undefined;
  return `${command?.here ?? ''}${before === undefined ? '' : `${before.text} ${before.here}`}`;
}

const reader = /^(?:sudo\s+(?:-\S+\s+)?)?(?:\/\S*\/)?(?:(?:ba|da|z|k|a)?sh|ssh|xargs|parallel)(?:\s|$)/;

/** Whether a command is a shell, or another program that runs what it reads. */
export function runsWhatItReads(command: string): boolean {
  return reader.test(command.slice(0, 200));
}
