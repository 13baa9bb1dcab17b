import { posix } from 'node:path';
import { expandWord, expandWords } from '../../dockerfile/expand.ts';
import { createSteps, SubstitutionError } from '../../dockerfile/substitution.ts';
import type { Cost } from '../cost.ts';
import type { JobSession } from '../published.ts';
import { isKnown, notKnown } from '../unknown.ts';
import { runProgram } from './programs.ts';
import { type ScriptCommand, splitScript } from './split.ts';

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
  /** What a line of output comes to, such as what sets a variable of later steps. */
  readonly output?: (name: string, value: string) => void;
}

/** Follows a shell script as far as it builds, tags and pushes images; what it does under a condition counts as done. */
export function runScript(script: string, place: ScriptPlace): void {
  const state: State = { variables: new Map(place.variables), folder: place.folder, depth: 0, steps: createSteps() };
  place.cost.values(1 + script.length / 16);
  const commands = splitScript(script, (inside) => substituted(inside, place, state));
  if (commands === undefined) {
    if (mayPublish(script))
      place.session.published.push({
        names: [notKnown('the script is not understood')],
        by: 'a script',
        line: place.line,
      });
    return;
  }
  for (const command of commands) runCommand(command, place, state);
}

interface State {
  readonly variables: Map<string, string>;
  folder: string;
  /** Conditions, loops and functions around a command. */
  depth: number;
  readonly steps: (count: number) => void;
}

function mayPublish(text: string): boolean {
  return /\b(?:push|--push|imagetools|acr\s+build|executor)\b/.test(text);
}

function lookup({ variables }: State) {
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

function expand(text: string, state: State): string {
  try {
    return expandWord(lowered(text), lookup(state), { escapeToken: '\\', steps: state.steps });
  } catch (error) {
    if (!(error instanceof SubstitutionError)) throw error;
    return notKnown(`${text} is not understood`);
  }
}

const lowering =
  /^(?:echo|printf)\s+(?:-n\s+)?([^|]+?)\s*\|\s*tr\s+['"]?(?:\[:upper:\]|\[?A-Z\]?)['"]?\s+['"]?(?:\[:lower:\]|\[?a-z\]?)['"]?$/;
const loweringHere = /^tr\s+['"]?(?:\[:upper:\]|\[?A-Z\]?)['"]?\s+['"]?(?:\[:lower:\]|\[?a-z\]?)['"]?\s*<<<\s*(.+)$/;

function substituted(inside: string, place: ScriptPlace, state: State): string {
  const text = inside.trim();
  const known = place.substitution?.(text);
  if (known !== undefined) return known;
  const [, echoed] = lowering.exec(text.slice(0, 500)) ?? loweringHere.exec(text.slice(0, 500)) ?? [];
  // Variables are those at the beginning of the script: one that it sets itself is in nobody's name.
  if (echoed !== undefined && !echoed.includes('$(')) return expand(echoed, state).toLowerCase();
  return notKnown(`$(${text}), which only a run knows`);
}

const opening = new Set(['if', 'for', 'while', 'until', 'case', 'select', '{', 'function']);
const closing = new Set(['fi', 'done', 'esac', '}']);
const passing = new Set(['then', 'else', 'elif', 'do', '!', 'time', 'sudo', 'exec', 'command', 'env', 'nohup', '-E']);
const assignment = /^([A-Za-z_]\w*)(\+?)=([\s\S]*)$/;

function runCommand(command: ScriptCommand, place: ScriptPlace, state: State): void {
  let text = command.text;
  for (;;) {
    const [first = ''] = /^\S+/.exec(text) ?? [];
    if (opening.has(first)) state.depth += 1;
    else if (closing.has(first)) state.depth = Math.max(0, state.depth - 1);
    if (first === 'for' || first === 'select') {
      forget(/^\w+\s+(\w+)/.exec(text)?.[1], state, 'is set by a loop');
      return;
    }
    if (!passing.has(first) && first !== '{' && first !== 'if' && first !== 'while' && first !== 'until') break;
    text = text.slice(first.length).trimStart();
  }
  const written = /^(?:echo|printf)\s+([\s\S]+?)\s*>>\s*["']?\$\{?(GITHUB_ENV|GITHUB_OUTPUT)\}?["']?$/.exec(text);
  if (written !== null) writeOutput(written[1] ?? '', written[2] ?? '', command, place, state);
  else if (text.includes('GITHUB_ENV') || text.includes('GITHUB_OUTPUT')) writeUnknown(text + command.here, place);
  else if (!assigned(text, command, state)) runWords(wordsOf(text, state), command, place, state);
}

// What echo writes to the file of variables, where that is one NAME=VALUE.
function writeOutput(written: string, file: string, command: ScriptCommand, place: ScriptPlace, state: State): void {
  const line = expand(written.replace(/^-[en]+\s+/, ''), state);
  const [, name, , value = ''] = assignment.exec(line.replace(/\\n$/, '')) ?? [];
  const isSure =
    state.depth === 0 &&
    command.after !== '&&' &&
    command.after !== '||' &&
    name !== undefined &&
    !value.includes('\n');
  if (isSure) place.output?.(`${file}.${name}`, value);
  else writeUnknown(line, place);
}

function writeUnknown(text: string, { output }: ScriptPlace): void {
  for (const [, name = ''] of text.slice(0, 10_000).matchAll(/([A-Za-z_][\w-]*)(?:=|<<)/g)) {
    for (const file of ['GITHUB_ENV', 'GITHUB_OUTPUT'])
      output?.(`${file}.${name}`, notKnown(`${name}, which a script sets`));
  }
}

function forget(name: string | undefined, { variables }: State, why: string): void {
  if (name !== undefined) variables.set(name, notKnown(`$${name} ${why}`));
}

// NAME=VALUE alone, with or without export.
function assigned(text: string, command: ScriptCommand, state: State): boolean {
  const bare = text.replace(/^(?:export|local|readonly|declare(?:\s+-\w+)*|typeset)\s+/, '');
  if (!assignment.test(bare)) return false;
  const words = wordsOf(bare, state);
  const single = /^[A-Za-z_]\w*=(?:"[^"]*"|'[^']*'|[^\s"']*)$/.test(bare);
  const pairs = single ? [expand(bare, state)] : words;
  if (!pairs.every((word) => assignment.test(word))) return false;
  for (const pair of pairs) {
    const [, name = '', plus = '', value = ''] = assignment.exec(pair) ?? [];
    const isConditional = state.depth > 0 || command.after === '&&' || command.after === '||';
    if (isConditional) forget(name, state, 'is set under a condition');
    else state.variables.set(name, plus === '' ? value : (state.variables.get(name) ?? notKnown(`$${name}`)) + value);
  }
  return true;
}

function wordsOf(text: string, state: State): readonly string[] {
  try {
    return expandWords(lowered(text), lookup(state), { escapeToken: '\\', steps: state.steps });
  } catch (error) {
    if (!(error instanceof SubstitutionError)) throw error;
    return mayPublish(text) ? ['\0', notKnown(`${text} is not understood`)] : [];
  }
}

function runWords(words: readonly string[], { line }: ScriptCommand, place: ScriptPlace, state: State): void {
  let rest = words;
  while (assignment.test(rest[0] ?? '')) rest = rest.slice(1);
  const [program = '', ...given] = rest;
  const at = place.line === undefined ? undefined : place.line + line;
  switch (program) {
    case '\0':
      place.session.published.push({ names: [given[0] ?? ''], by: 'a script', line: at });
      return;
    case 'cd':
    case 'pushd':
      state.folder = folderFrom(state, given[0]);
      return;
    case 'popd':
      state.folder = notKnown('the folder after popd');
      return;
    case 'read':
    case 'unset':
    case 'mapfile':
    case 'readarray':
      for (const name of given) forget(name, state, `is set by ${program}`);
      return;
    case 'source':
    case '.':
    case 'eval':
      // Whatever is set in there.
      state.variables.clear();
      return;
    default:
      runProgram({ program, words: given, folder: state.folder, variables: state.variables, line: at }, place.session);
  }
}

function folderFrom({ folder, depth }: State, to = ''): string {
  if (depth > 0 || !isKnown(folder) || !isKnown(to) || to === '' || to === '-' || to.startsWith('~'))
    return notKnown('the folder that a script changes to');
  return posix.isAbsolute(to) ? notKnown('a folder outside the repository') : posix.join(folder, to);
}
