import type { Cost } from '../cost.ts';
import { isKnown } from '../unknown.ts';
import type { ScriptCommand } from './split.ts';
import { type Before, forget, type ScriptState } from './state.ts';

/** What is known now, for when a subshell or a side of a pipe has ended. */
export function knownNow({ variables, functions, folder, rest, isOver }: ScriptState, cost: Cost): Before {
  cost.values(variables.size + functions.size);
  return { variables: new Map(variables), functions: new Map(functions), folder, rest, isOver };
}

/** Leaves a subshell: nothing that was set in it is set behind it. */
export function leaveSubshell(state: ScriptState, before: Before): void {
  state.variables.clear();
  for (const [name, value] of before.variables) state.variables.set(name, value);
  leaveFunctions(state, before);
  state.folder = before.folder;
}

/** Leaves a side of a pipe, which is a subshell in most shells, and for its last side not in all: what was set in it is not known. */
export function leavePipe(state: ScriptState, before: Before): void {
  for (const [name, value] of state.variables) {
    if (isKnown(value) && before.variables.get(name) !== value) forget(name, state, 'is set in a pipe');
  }
  for (const name of before.variables.keys()) {
    if (!state.variables.has(name)) forget(name, state, 'is unset in a pipe');
  }
  leaveFunctions(state, before);
  // The last side is where most shells have been before it.
  state.folder = before.folder;
}

function leaveFunctions(state: ScriptState, { functions, rest, isOver }: Before): void {
  state.functions.clear();
  for (const [name, range] of functions) state.functions.set(name, range);
  state.rest = rest;
  state.isOver = isOver;
}

/** Whether a command is a side of a pipe, or runs in the background. */
export function isApart({ after, isLeftApart }: ScriptCommand): boolean {
  return after === '|' || isLeftApart === true;
}

/** How what opens at a command is known: several things may. */
export const openingAt = (at: number, nth: number) => `${at}.${nth}`;

const closedBy: Readonly<Record<string, string>> = {
  ...{ if: 'fi', while: 'done', until: 'done', for: 'done', select: 'done', case: 'esac' },
  ...{ '{': '}', '(': ')' },
};
const closing = new Set(Object.values(closedBy));
const passing = new Set(['then', 'elif', 'else', 'do', '!', 'time']);

/** The groups, loops and conditions that are sides of pipes or run in the background, by where they open. */
export function piecesApart(commands: readonly ScriptCommand[]): ReadonlySet<string> {
  const found = new Set<string>();
  const open: { readonly closer: string; readonly key: string; readonly isApart: boolean }[] = [];
  for (const [at, command] of commands.entries()) {
    let nth = 0;
    for (const word of keywordsOf(command.text)) {
      const closer = closedBy[word];
      if (closer !== undefined) {
        open.push({ closer, key: openingAt(at, nth), isApart: nth === 0 && command.after === '|' });
        nth += 1;
      } else if (open.at(-1)?.closer === word) {
        const last = open.pop();
        if (last !== undefined && (last.isApart || command.isLeftApart === true)) found.add(last.key);
      }
    }
  }
  return found;
}

// What opens and closes stands before the command itself.
function keywordsOf(text: string): readonly string[] {
  const words: string[] = [];
  let rest = text.replace(/^function\s+[\w-]+\s*(?=\{)/, '');
  for (;;) {
    const [word = ''] = /^\S+/.exec(rest) ?? [];
    if (closing.has(word) || closedBy[word] !== undefined) words.push(word);
    else if (!passing.has(word)) return words;
    if (closing.has(word) || /^(?:for|select|case)$/.test(word)) return words;
    rest = rest.slice(word.length).trimStart();
  }
}
