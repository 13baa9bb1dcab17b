import { notKnown } from '../unknown.ts';
import type { ScriptCommand } from './split.ts';
import { type Certainty, expand, type ScriptPlace, type ScriptState } from './state.ts';

const files = /\$\{?(GITHUB_ENV|GITHUB_OUTPUT)\}?/g;
const redirection = />>?\s*["']?\$\{?(?:GITHUB_ENV|GITHUB_OUTPUT)\}?["']?\s*$/;

/** Whether a command may write to a file that sets variables of later steps. */
export function writesOutput(text: string): boolean {
  return text.includes('GITHUB_ENV') || text.includes('GITHUB_OUTPUT');
}

/** The line that `echo` or `printf` writes, undefined where it is another command or not known as one line. */
export function echoedLine(text: string, state: ScriptState): string | undefined {
  const [, written] = /^(?:echo|printf)\s+((?!-v\b)[\s\S]+)$/.exec(text) ?? [];
  if (written === undefined) return undefined;
  const line = expand(
    written
      .replace(redirection, '')
      .trim()
      .replace(/^-[en]+\s+/, ''),
    state,
  ).replace(/\\n$/, '');
  return line.includes('\n') || line.includes('\\n') || (text.startsWith('printf') && line.includes('%s'))
    ? undefined
    : line;
}

/** Notes what a command writes to such a file. */
export function writeOutput(command: ScriptCommand, place: ScriptPlace, state: ScriptState, run: Certainty): void {
  const { text } = command;
  const group = text.startsWith('}') ? state.grouped : undefined;
  const isTee = command.after === '|' && /^tee\s/.test(text);
  const lines = group ?? [isTee ? state.echoed : redirection.test(text) ? echoedLine(text, state) : undefined];
  for (const file of new Set([...text.matchAll(files)].map(([, name = '']) => name))) {
    for (const line of lines) writeLine(line, command, { file, place, run });
  }
}

interface Writing {
  readonly file: string;
  readonly place: ScriptPlace;
  readonly run: Certainty;
}

function writeLine(line: string | undefined, command: ScriptCommand, { file, place, run }: Writing): void {
  const [, name, value = ''] = /^([A-Za-z_][\w-]*)=([\s\S]*)$/.exec(line ?? '') ?? [];
  if (line !== undefined && name !== undefined) {
    place.output?.(file, name, run === 'sure' ? value : notKnown(`${name}, which a script sets under a condition`));
    return;
  }
  const named = command.here.split('\n').filter((one) => one.trim() !== '');
  const names = named.map((one) => /^\s*([A-Za-z_][\w-]*)(?:=|<<)/.exec(one)?.[1]);
  const isAll = names.length === 0 || names.includes(undefined);
  for (const one of isAll ? [undefined] : names) {
    place.output?.(file, one, notKnown(`${one ?? 'what'}, which a script sets`));
  }
}
