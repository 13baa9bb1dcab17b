import { expandWord, expandWords } from '../../dockerfile/expand.ts';
import { SubstitutionError } from '../../dockerfile/substitution.ts';
import type { Cost } from '../cost.ts';
import { type JobSession, publish } from '../published.ts';
import { isKnown, notKnown } from '../unknown.ts';
import type { ScriptCommand } from './split.ts';

/** Where a script runs. */
export interface ScriptPlace {
  /** Values of the environment by name; what is absent is not known. */
  readonly variables: ReadonlyMap<string, string>;
  /** Its folder, relative to the root of the repository. */
  readonly folder: string;
  /** The line that its first line stands on in its file. */
  readonly line: number | undefined;
  readonly session: JobSession;
  readonly cost: Cost;
  /** What `$(…)` with this inside comes to, where what runs the script knows it. */
  readonly substitution?: (inside: string) => string | undefined;
  /** What a line of output comes to, such as what sets a variable of later steps; without a name all may be set. */
  readonly output?: (file: string, name: string | undefined, value: string) => void;
}

/** Whether a command is run: a reason where only a run knows. */
export type Certainty = 'sure' | 'skipped' | { readonly doubt: string };

/** What the commands before have left. */
export interface ScriptState {
  readonly variables: Map<string, string>;
  folder: string;
  readonly frames: Frame[];
  /** Functions by name: where their commands begin and end. */
  readonly functions: Map<string, readonly [number, number]>;
  /** Whether the command before succeeded; `assumed` where it did so for all that is known. */
  status: boolean | 'assumed' | undefined;
  /** That command. */
  tested: string;
  /** The whole script ends. */
  isOver: boolean;
  /** Whether the command before was run. */
  ran: Certainty;
  /** Whether what comes now is run at all: a script may have ended. */
  rest: Certainty;
  /** What `echo` wrote last. */
  echoed: string | undefined;
  /** What the group that ends wrote. */
  grouped: readonly (string | undefined)[];
  /** Commands that loops and calls may still repeat. */
  repeats: number;
  readonly steps: (count: number) => void;
  /** Groups, loops and conditions that are processes of their own, by where they open. */
  apart: ReadonlySet<string>;
}

/** What a script knew before a process of its own began. */
export interface Before extends Pick<ScriptState, 'folder' | 'rest' | 'isOver'> {
  readonly variables: ReadonlyMap<string, string>;
  readonly functions: ScriptState['functions'];
}

/** What stands around a command. */
export interface Frame {
  readonly kind: 'if' | 'loop' | 'case' | 'group' | 'subshell' | 'function';
  run: Certainty;
  /** Of `if`: whether a branch has been taken. */
  taken: boolean | undefined;
  /** Of `if`: what its last branch depends on. */
  condition?: string;
  /** Of what is a process of its own: what was so before it. */
  readonly saved?: Before;
  /** Of a loop over words: those that are left, and where its commands begin. */
  readonly loop?: { readonly name: string; readonly words: string[]; readonly start: number };
  /** Of a group: what it writes, where that is known. */
  readonly written: (string | undefined)[];
}

/** Whether a command within others is run. */
export function both(outer: Certainty, inner: Certainty): Certainty {
  if (outer === 'skipped' || inner === 'skipped') return 'skipped';
  return outer === 'sure' ? inner : outer;
}

/** Whether what stands here is run, by all that is around it. */
export function runHere({ frames, rest }: ScriptState): Certainty {
  return frames.reduce<Certainty>((run, frame) => both(run, frame.run), rest);
}

/** Whether a command may build or publish something. */
export function mayPublish(text: string): boolean {
  return /\b(?:push|--push|imagetools|acr\s+build|executor)\b/.test(text);
}

/** Notes that something may be published which is not understood. */
export function publishUnclear(place: ScriptPlace, why: string, line: number | undefined): void {
  publish(place.session, { names: [notKnown(why)], by: 'a script', line });
}

/** The line of a command in its file. */
export function lineInFile({ line }: ScriptCommand, place: ScriptPlace): number | undefined {
  return place.line === undefined ? undefined : place.line + line;
}

function lookup({ variables }: ScriptState) {
  const value = (name: string) => variables.get(name) ?? notKnown(`$${name}, which only a run knows`);
  return {
    has: () => true,
    get: (name: string) => (name.endsWith('__lower') ? value(name.slice(0, -7)).toLowerCase() : value(name)),
  };
}

// ${NAME,,} is of bash alone.
function lowered(text: string): string {
  return text.replace(/\$\{(\w+),,\}/g, (_, name: string) => `\${${name}__lower}`);
}

// What is cut out of a value that is not known is not known either; nor are quotes of bash alone.
function isCut(text: string, { variables }: ScriptState): boolean {
  if (/\$['"]/.test(text.replace(/\\./g, '')) && /(?:^|[\s=])\$['"]/.test(text)) return true;
  for (const [, name = ''] of text.matchAll(/\$\{(\w+)(?:[#%/^@]|,(?!,\})|:[^-+=?])/g)) {
    if (!isKnown(variables.get(name) ?? '\0')) return true;
  }
  return false;
}

/** A word with its variables filled in. */
export function expand(text: string, state: ScriptState): string {
  if (isCut(text, state)) return notKnown(`${text} is not understood`);
  try {
    return expandWord(lowered(text), lookup(state), { escapeToken: '\\', steps: state.steps });
  } catch (error) {
    if (!(error instanceof SubstitutionError)) throw error;
    return notKnown(`${text} is not understood`);
  }
}

/** The words of a command with their variables filled in; undefined where it cannot be taken apart. */
export function wordsOf(text: string, state: ScriptState): readonly string[] | undefined {
  if (isCut(text, state)) return undefined;
  try {
    return expandWords(lowered(text), lookup(state), { escapeToken: '\\', steps: state.steps });
  } catch (error) {
    if (!(error instanceof SubstitutionError)) throw error;
    return undefined;
  }
}

/** Leaves open what a variable holds. */
export function forget(name: string | undefined, { variables }: ScriptState, why: string): void {
  if (name !== undefined && /^\w+$/.test(name)) variables.set(name, notKnown(`$${name} ${why}`));
}
