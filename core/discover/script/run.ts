import { createSteps } from '../../dockerfile/substitution.ts';
import { underDoubt } from '../published.ts';
import { notKnown } from '../unknown.ts';
import { isApart, knownNow, leavePipe, piecesApart } from './apart.ts';
import { assigned, assignment } from './assign.ts';
import { builtins, positions } from './builtins.ts';
import { testOf } from './conditions.ts';
import { fedTo, runsWhatItReads } from './fed.ts';
import { closeSubshell, endOf, openFrames, openSubshell, runBehind } from './frames.ts';
import { echoedLine, writeOutput, writesOutput } from './output.ts';
import { runProgram } from './programs.ts';
import { type ScriptCommand, splitScript } from './split.ts';
import {
  type Before,
  both,
  type Certainty,
  expand,
  forget,
  lineInFile,
  mayPublish,
  publishUnclear,
  runHere,
  type ScriptPlace,
  type ScriptState,
  wordsOf,
} from './state.ts';
import { succeeds } from './success.ts';

const mostRepeats = 2_000;
const deepestFrames = 100;

/** Follows a shell script as far as it builds, tags and pushes images; what only a run decides is doubtful. */
export function runScript(script: string, place: ScriptPlace): void {
  const state: ScriptState = {
    ...{ variables: new Map(place.variables), folder: place.folder, frames: [], functions: new Map() },
    ...{ status: 'assumed', tested: '', ran: 'sure', rest: 'sure', isOver: false, echoed: undefined, grouped: [] },
    ...{ repeats: mostRepeats, steps: createSteps(), apart: new Set() },
  };
  place.cost.values(1 + script.length / 16);
  const commands = splitScript(script, (inside) => substituted(inside, place, state));
  if (commands !== undefined && isClosed(commands)) {
    state.apart = piecesApart(commands);
    runRange([...commands], [0, commands.length], place, state);
  } else if (mayPublish(script)) publishUnclear(place, 'the script is not understood', place.line);
}

// The conditions of cmd and PowerShell end with no `fi`.
function isClosed(commands: readonly ScriptCommand[]): boolean {
  let open = 0;
  for (const { text } of commands) {
    if (/^(?:(?:then|else|do|!|\{|time|function\s+[\w-]+\s*\{)\s+)*if(?:\s|$)/.test(text)) open += 1;
    else if (/^fi(?:\s|$)/.test(text)) open -= 1;
  }
  return open === 0;
}

const lowering =
  /^(?:echo|printf)\s+(?:-n\s+)?([^|]+?)\s*\|\s*tr\s+['"]?(?:\[:upper:\]|\[?A-Z\]?)['"]?\s+['"]?(?:\[:lower:\]|\[?a-z\]?)['"]?$/;
const loweringHere = /^tr\s+['"]?(?:\[:upper:\]|\[?A-Z\]?)['"]?\s+['"]?(?:\[:lower:\]|\[?a-z\]?)['"]?\s*<<<\s*(.+)$/;

function substituted(inside: string, place: ScriptPlace, state: ScriptState): string {
  const text = inside.trim();
  const known = place.substitution?.(text);
  if (known !== undefined) return known;
  const [, echoed] = lowering.exec(text.slice(0, 500)) ?? loweringHere.exec(text.slice(0, 500)) ?? [];
  // Variables are those at the beginning of the script: one that it sets itself is not among them.
  if (echoed !== undefined && !echoed.includes('$(')) return expand(echoed, state).toLowerCase();
  if (/\b(?:docker|podman|buildah|nerdctl|crane|skopeo)\b[^|;&]*\s(?:--push|push|copy|cp)\b/.test(text.slice(0, 2_000)))
    publishUnclear(place, `$(${text}) is not understood`, place.line);
  return notKnown(`$(${text}), which only a run knows`);
}

type Range = readonly [number, number];

function runRange(commands: ScriptCommand[], [start, end]: Range, place: ScriptPlace, state: ScriptState): void {
  for (let at = start; at < end; ) at = runAt(commands, at, place, state);
}

// Runs one command, and gives the place of the next.
function runAt(commands: ScriptCommand[], at: number, place: ScriptPlace, state: ScriptState): number {
  const command = commands[at];
  if (command === undefined) return at + 1;
  if (state.frames.length > deepestFrames) {
    if (commands.slice(at).some(({ text }) => mayPublish(text)))
      publishUnclear(place, `the script is nested more than ${deepestFrames} deep`, lineInFile(command, place));
    return commands.length;
  }
  if (command.text === '(' && commands[at + 1]?.text === ')') return define(commands, at + 2, commands[at - 1], state);
  const [, name, body] = /^function\s+([\w-]+)\s*(\{[\s\S]*)$/.exec(command.text) ?? [];
  if (name !== undefined && body !== undefined) {
    commands[at] = { ...command, text: body };
    return define(commands, at, { ...command, text: name }, state);
  }
  if (command.text === '(') openSubshell(state, place.cost);
  else if (command.text === ')') closeSubshell(state);
  else {
    const behind = runBehind(command, state);
    const opened = openFrames(commands, at, state, place.cost);
    if (opened.next !== undefined) return opened.next;
    const joined = { behind, isNot: opened.isNot === true, fed: fedTo(commands, at) };
    if (opened.isDone !== true && opened.text !== '')
      runCommand({ ...command, text: opened.text }, joined, place, state, commands);
  }
  return at + 1;
}

// What a function does is done where it is called.
function define(
  commands: ScriptCommand[],
  start: number,
  named: ScriptCommand | undefined,
  state: ScriptState,
): number {
  const isSubshell = commands[start]?.text === '(';
  const end = isSubshell
    ? endOf(commands, start, /^\($/, /^\)$/)
    : endOf(commands, start, /^\{(?:\s|$)/, /^\}(?:\s|$)/);
  const name = /[\w-]+$/.exec((named?.text ?? '').slice(-100))?.[0];
  if (name !== undefined) state.functions.set(name, [start, end]);
  return end;
}

interface Joined {
  readonly behind: Certainty;
  readonly isNot: boolean;
  /** What it is given to read, as far as it stands in the script. */
  readonly fed: string;
}

function runCommand(
  command: ScriptCommand,
  { behind, isNot, fed }: Joined,
  place: ScriptPlace,
  state: ScriptState,
  commands: ScriptCommand[],
): void {
  const run = both(runHere(state), behind);
  state.ran = behind;
  if (run === 'skipped') return;
  const { text } = command;
  if (runsWhatItReads(text) && mayPublish(fed))
    publishUnclear(place, 'a script that is handed to a shell is not understood', lineInFile(command, place));
  const group = state.frames.findLast(({ kind }) => kind === 'group');
  for (const [, name] of text.matchAll(/\$\{(\w+):?=/g)) forget(name, state, 'is given a default');
  const line = echoedLine(text, state);
  const [, element] = /^([A-Za-z_]\w*)\[[^\]]*\]\+?=/.exec(text) ?? [];
  forget(element, state, 'is a list');
  if (writesOutput(text)) writeOutput(command, place, state, run);
  else if (/^(?:\[\[?|test)\s/.test(text) || /^(?:true|false|:)$/.test(text)) {
    const outcome = testOf(text, state);
    state.status = outcome === undefined || !isNot ? outcome : !outcome;
    state.tested = isNot ? `not ${text}` : text;
    return;
  } else if (line !== undefined) {
    state.echoed = line;
    group?.written.push(run === 'sure' ? line : undefined);
  } else if (!assigned(text, run, isApart(command), state)) {
    group?.written.push(undefined);
    underDoubt(place.session, run === 'sure' ? undefined : run.doubt, () =>
      runWords(command, run, place, state, commands),
    );
  }
  [state.status, state.tested] = [succeeds(text) && !isNot ? 'assumed' : undefined, isNot ? `not ${text}` : text];
}

function runWords(
  command: ScriptCommand,
  run: Certainty,
  place: ScriptPlace,
  state: ScriptState,
  commands: ScriptCommand[],
): void {
  const line = lineInFile(command, place);
  const words = wordsOf(command.text, state);
  if (words === undefined) {
    if (mayPublish(command.text)) publishUnclear(place, `${command.text} is not understood`, line);
    return;
  }
  let rest = words;
  while (assignment.test(rest[0] ?? '')) rest = rest.slice(1);
  const [program = '', ...given] = rest;
  const called = state.functions.get(program);
  const builtin = builtins[program];
  const isOwn = isApart(command) && (called !== undefined || (builtin !== undefined && program !== 'printf'));
  const before = isOwn ? knownNow(state, place.cost) : undefined;
  if (called !== undefined) call(called, given, { run, place, state, commands, line, before });
  else if (builtin !== undefined) builtin({ text: command.text, given, run, place, state, line });
  else {
    // Variables before a command are of its environment alone; only bake and Compose look at that.
    const looks = given.includes('bake') || given.includes('compose') || program.endsWith('docker-compose');
    const own = looks ? words.slice(0, words.length - rest.length) : [];
    const pairs = own.flatMap((word) => [[assignment.exec(word)?.[1] ?? '', word] as const]);
    const variables = pairs.length === 0 ? state.variables : new Map([...state.variables, ...pairs]);
    place.cost.values(pairs.length === 0 ? 0 : variables.size);
    runProgram({ program, words: given, folder: state.folder, variables, line }, place.session);
  }
  if (before !== undefined) leavePipe(state, before);
}

interface Call {
  readonly run: Certainty;
  readonly place: ScriptPlace;
  readonly state: ScriptState;
  readonly commands: ScriptCommand[];
  readonly line: number | undefined;
  /** What was so before it, where it is a process of its own. */
  readonly before: Before | undefined;
}

const deepestCalls = 10;

function call(
  range: Range,
  given: readonly string[],
  { run, place, state, commands, line, before: saved }: Call,
): void {
  const { variables, frames } = state;
  const depth = frames.filter(({ kind }) => kind === 'function').length;
  state.repeats -= range[1] - range[0];
  if (state.repeats < 0 || depth >= deepestCalls) {
    publishUnclear(place, 'the script calls its functions more often than is followed', line);
    return;
  }
  const [outer, height, before] = [state.rest, frames.length, new Map(variables)];
  positions.forEach((name, at) => {
    variables.set(name, given[at] ?? '');
  });
  const all = given.length === 1 ? (given[0] ?? '') : notKnown('the arguments of a function');
  for (const name of ['@', '*']) variables.set(name, all);
  frames.push({ kind: 'function', run, taken: false, written: [], ...(saved === undefined ? {} : { saved }) });
  runRange(commands, range, place, state);
  frames.length = height;
  if (!state.isOver) state.rest = outer;
  for (const name of [...positions, '@', '*']) {
    const value = before.get(name);
    if (value === undefined) variables.delete(name);
    else variables.set(name, value);
  }
  const text = commands
    .slice(...range)
    .map((one) => one.text)
    .join('\n');
  for (const [, names = ''] of text.matchAll(/\b(?:local|declare|typeset)\s+([^\n]*)/g)) {
    // What is of the function alone leaves the variable outside as it was.
    for (const [, name = ''] of names.matchAll(/(?:^|\s)([A-Za-z_]\w*)/g)) {
      const value = before.get(name);
      if (value === undefined) variables.delete(name);
      else variables.set(name, value);
    }
  }
}
