import { given } from '../../table.ts';
import type { Cost } from '../cost.ts';
import { onlyIf } from '../unknown.ts';
import { knownNow, leavePipe, leaveSubshell, openingAt } from './apart.ts';
import type { ScriptCommand } from './split.ts';
import { both, type Certainty, type Frame, forget, runHere, type ScriptState, wordsOf } from './state.ts';

/** Where the commands go on, and what is left of one behind its keywords. */
export interface Opened {
  readonly text: string;
  /** It is the opposite that counts. */
  readonly isNot?: true;
  /** It is no command but a part of what is around it. */
  readonly isDone?: true;
  /** The command that comes next, where that is another than the one behind it. */
  readonly next?: number;
}

const passing = new Set(['time', 'sudo', 'exec', 'command', 'env', 'nohup', '-E']);
const mostWords = 100;

/** Goes into and out of what stands around commands: conditions, loops, groups. */
export function openFrames(commands: readonly ScriptCommand[], at: number, state: ScriptState, cost: Cost): Opened {
  let nth = 0;
  const open = (kind: Frame['kind'], run: Certainty, loop?: Frame['loop']) => {
    const isApart = state.apart.has(openingAt(at, nth));
    nth += 1;
    push(state, kind, run, { ...given('loop', loop), ...(isApart ? { saved: knownNow(state, cost) } : {}) });
  };
  let text = commands[at]?.text ?? '';
  let isNot = false;
  for (;;) {
    const [first = ''] = /^\S+/.exec(text) ?? [];
    const rest = text.slice(first.length).trimStart();
    if (first === 'if' || first === 'while' || first === 'until') {
      open(first === 'if' ? 'if' : 'loop', 'sure');
    } else if (first === 'then' || first === 'elif' || first === 'else') branch(first, state);
    else if (first === 'for' || first === 'select') {
      openLoop(commands, at, { text: rest, isFor: first === 'for', open }, state);
      return { text: '', isDone: true };
    } else if (first === 'do') enterLoop(state);
    else if (first === 'case') {
      open('case', { doubt: onlyIf(text) });
      return { text: '', isDone: true };
    } else if (first === '{') open('group', 'sure');
    else if (first === 'fi' || first === 'esac' || first === '}') {
      const frame = pop(state, first === 'fi' ? 'if' : first === 'esac' ? 'case' : 'group');
      state.grouped = frame?.written ?? [undefined];
      state.status = 'assumed';
      return { text, ...(/\bGITHUB_(?:ENV|OUTPUT)\b/.test(rest) ? {} : { isDone: true }) };
    } else if (first === 'done') {
      const { loop } = state.frames.at(-1) ?? {};
      if (loop !== undefined && loop.words.length > 0) return { text: '', isDone: true, next: loop.start };
      pop(state, 'loop');
      return { text, ...(/\bGITHUB_(?:ENV|OUTPUT)\b/.test(rest) ? {} : { isDone: true }) };
    } else if (first === '!') isNot = !isNot;
    else if (!passing.has(first)) return { text, ...(isNot ? { isNot } : {}) };
    text = rest;
  }
}

function push(state: ScriptState, kind: Frame['kind'], run: Certainty, more: Pick<Frame, 'loop' | 'saved'> = {}): void {
  state.frames.push({ kind, run, taken: false, written: [], ...more });
}

function pop(state: ScriptState, kind: Frame['kind']): Frame | undefined {
  const frame = state.frames.at(-1)?.kind === kind ? state.frames.pop() : undefined;
  if (frame?.saved !== undefined && kind !== 'subshell') leavePipe(state, frame.saved);
  return frame;
}

function branch(keyword: string, state: ScriptState): void {
  const frame = state.frames.at(-1);
  if (frame?.kind !== 'if') return;
  if (keyword !== 'then') {
    frame.run =
      frame.taken === true
        ? 'skipped'
        : frame.taken === false
          ? 'sure'
          : { doubt: onlyIf(`not ${frame.condition ?? ''}`) };
    return;
  }
  frame.condition = state.tested;
  if (frame.run === 'skipped' || state.status === false) frame.run = 'skipped';
  else if (state.status === true) {
    frame.taken = frame.taken === false ? true : frame.taken;
  } else {
    frame.run = { doubt: onlyIf(state.tested) };
    frame.taken = undefined;
  }
}

/** Enters a subshell, whose variables and folder end with it. */
export function openSubshell(state: ScriptState, cost: Cost): void {
  push(state, 'subshell', 'sure', { saved: knownNow(state, cost) });
}

/** Leaves a subshell; the end of a pattern of `case` is not one. */
export function closeSubshell(state: ScriptState): void {
  const saved = pop(state, 'subshell')?.saved;
  if (saved !== undefined) leaveSubshell(state, saved);
}

interface Loop {
  readonly text: string;
  readonly isFor: boolean;
  readonly open: (kind: 'loop', run: Certainty, loop?: Frame['loop']) => void;
}

// A loop over words that are written out does what stands in it for each of them.
function openLoop(
  commands: readonly ScriptCommand[],
  at: number,
  { text, isFor, open }: Loop,
  state: ScriptState,
): void {
  const [, name, , listed] = /^(\w+)(\s+in\s+([\s\S]*))?$/.exec(text) ?? [];
  forget(name, state, 'is set by a loop');
  const words = isFor && listed !== undefined ? listedWords(listed, state) : undefined;
  const end = endOf(commands, at, /^(?:for|select|while|until)\b/, /^done\b/);
  const inside = words === undefined ? [] : commands.slice(at, end);
  const isPlain = words !== undefined && !inside.some((one) => /\b(?:break|continue|return|exit)\b/.test(one.text));
  const cost = (words?.length ?? 0) * inside.length;
  if (name !== undefined && words !== undefined && isPlain && cost <= state.repeats) {
    state.repeats -= cost;
    open('loop', words.length === 0 ? 'skipped' : 'sure', { name, words: [...words], start: at + 1 });
  } else open('loop', { doubt: onlyIf('the loop comes to it') });
}

function listedWords(listed: string, state: ScriptState): readonly string[] | undefined {
  if (/[*?[{~]|\$[@*]/.test(listed.replace(/\$\{\w+\}/g, ''))) return undefined;
  const words = wordsOf(listed, state);
  if (words === undefined || words.some((word) => word.includes('\0'))) return undefined;
  if (!listed.includes('$')) return words.slice(0, mostWords + 1).length > mostWords ? undefined : words;
  // The shell takes apart what a variable holds, but not within quotes.
  if (/["']/.test(listed)) return undefined;
  const apart = words.flatMap((word) => word.split(/\s+/)).filter((word) => word !== '');
  return apart.length > mostWords ? undefined : apart;
}

function enterLoop(state: ScriptState): void {
  const frame = state.frames.at(-1);
  if (frame?.kind !== 'loop') return;
  const { loop } = frame;
  if (loop === undefined) frame.run = { doubt: onlyIf('the loop comes to it') };
  else {
    const value = loop.words.shift();
    if (value !== undefined && runHere(state) === 'sure') state.variables.set(loop.name, value);
    else forget(loop.name, state, 'is set by a loop');
  }
}

/** The end of what begins at a command: the place behind its last one. */
export function endOf(commands: readonly ScriptCommand[], start: number, opens: RegExp, closes: RegExp): number {
  let depth = 0;
  for (let at = start; at < commands.length; at += 1) {
    const text = (commands[at]?.text ?? '').replace(/^(?:(?:then|else|do|if|!)\s+)+(?=[\w{}])/, '');
    if (opens.test(text)) depth += 1;
    if (closes.test(text)) depth -= 1;
    if (depth <= 0) return at + 1;
  }
  return commands.length;
}

/** Whether a command runs, by what joins it to the one before. */
export function runBehind({ after }: ScriptCommand, { status, ran, tested }: ScriptState): Certainty {
  if (after === '') return 'sure';
  if (after === '|') return ran;
  if (status === undefined) return { doubt: onlyIf(after === '&&' ? tested : `not ${tested}`) };
  if (status === 'assumed') return after === '&&' ? 'sure' : { doubt: onlyIf(`not ${tested}`) };
  return status === (after === '&&') ? 'sure' : 'skipped';
}

/** Ends the script, or the function or subshell that it stands in. */
export function leave(state: ScriptState, run: Certainty): void {
  const rest: Certainty = run === 'sure' ? 'skipped' : { doubt: onlyIf('the script has not ended before') };
  state.rest = both(state.rest, rest);
}
