import { notKnown } from '../unknown.ts';
import { type Certainty, expand, forget, type ScriptState, wordsOf } from './state.ts';

/** `NAME=VALUE` and `NAME+=VALUE`. */
export const assignment = /^([A-Za-z_]\w*)(\+?)=([\s\S]*)$/;

/** Sets the variables that a command is about and nothing else; false for any other command. */
export function assigned(text: string, run: Certainty, isPiped: boolean, state: ScriptState): boolean {
  const [, program] = /^(export|local|readonly|declare|typeset)\b/.exec(text) ?? [];
  if (program === undefined && !assignment.test(text)) return false;
  const bare = program === undefined ? text : text.slice(program.length).trimStart();
  const isSingle = /^[A-Za-z_]\w*\+?=(?:"[^"]*"|'[^']*'|[^\s"']*)$/.test(bare);
  const words = isSingle ? [expand(bare, state)] : wordsOf(bare, state);
  if (program === undefined && words?.every((word) => assignment.test(word)) !== true)
    return words === undefined && forgetNamed(text, state);
  // Options change how values are read, but for those that hand variables on or protect them.
  const isPlain = words?.every((word) => !/^[-+]/.test(word) || /^-[xrg]+$/.test(word)) === true;
  if (!isPlain) return forgetNamed(bare, state);
  for (const word of words) {
    const [, name = '', plus = '', value = ''] = assignment.exec(word) ?? [];
    if (name === '') {
      if (/^\w+$/.test(word) && program !== 'export' && program !== 'readonly')
        forget(word, state, `is set by ${program ?? ''}`);
    } else if (run !== 'sure') forget(name, state, 'is set under a condition');
    else if (isPiped) forget(name, state, 'is set in a pipe');
    else state.variables.set(name, plus === '' ? value : (state.variables.get(name) ?? notKnown(`$${name}`)) + value);
  }
  return true;
}

/** Leaves every variable open that a text may set. */
export function forgetNamed(text: string, state: ScriptState): true {
  for (const [, name] of text.matchAll(/(?:^|[\s,;(])([A-Za-z_]\w*)/g))
    forget(name, state, 'is set in a way that is not understood');
  return true;
}
