import { createColors } from 'picocolors';
import { ownWords } from '../core/commands/own-words.ts';
import { createMask } from '../core/masking.ts';
import type { Host, Level } from '../core/ports.ts';
import { inertJson, inertLine, plainJson, plainLines } from '../core/untrusted.ts';
import { columnsOf, createLiveLine } from './live-line.ts';
import { jsonLog, type LogWriter, maskedLog, textLog } from './log.ts';

/** What the terminal's host needs of its process. */
export interface ProcessTerminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };
  now(): Date;
}

/** The host of the command line: results on standard output, everything else on standard error. */
export function createCliHost(inputs: ReadonlyMap<string, string>, terminal: ProcessTerminal): Host {
  // Who pipes the result reads lines with a program: nothing of them is broken or cut.
  const columns = terminal.stdout.isTTY === true ? columnsOf(terminal.stdout) : Number.POSITIVE_INFINITY;
  const screen = { columns, colour: wantsColour(terminal.env, terminal.stdout) };
  const inCi = isCi(terminal.env);
  const safeJson = inCi ? inertJson : plainJson;
  const safeLines = (text: string) => plainLines(text).map((line) => (inCi ? inertLine(line) : line));
  const mask = createMask(ownWords, { warn: (warning) => log('warning', warning) });
  const live = createLiveLine(terminal.stderr);
  const print = (text: string) => live.above(() => terminal.stdout.write(text));
  const line = (text: string) => live.above(() => terminal.stderr.write(text));
  const write = maskedLog(logOf(inputs, terminal, { line, safeLines, safeJson }), mask.text);
  const isQuiet = inputs.get('quiet') === 'true';
  const isShown: Readonly<Record<Level, boolean>> = {
    debug: inputs.get('verbose') === 'true' && !isQuiet,
    info: !isQuiet,
    warning: true,
    error: true,
  };
  const log: Host['log'] = (level, message, subject) => {
    if (level === 'error') lastError = message;
    if (isShown[level]) write({ level, message, subject });
  };
  const isLive = !isQuiet && inputs.get('log-format') !== 'json' && isScreen(terminal.env, terminal.stderr);
  let lastError = '';
  return {
    kind: 'cli',
    screen,
    input: (name) => inputs.get(name),
    log,
    ...(isLive ? { live: (line) => live.show(line === undefined ? line : safeLines(mask.text(line)).join(' ')) } : {}),
    annotate: ({ path, line, level, message }) => {
      const entry = { level, message, place: { path, line } };
      // Who sees the table has read it in more words; editors and pipelines that read lines want them.
      if (isShown[terminal.stdout.isTTY === true ? 'debug' : level === 'notice' ? 'info' : level]) write(entry);
    },
    secret: mask.add,
    masked: mask.value,
    print: (text) => {
      const printed = isJson(text) ? safeJson(mask.json(text)) : painted(mask.document(text), screen.colour, safeLines);
      print(printed.endsWith('\n') ? printed : `${printed}\n`);
    },
    printPieces: (pieces) => {
      let masked: ((piece: string) => string) | undefined;
      for (const piece of pieces) {
        masked ??= isJson(piece) ? mask.json : mask.document;
        print(safeJson(masked(piece)));
      }
    },
    setOutput: (name, value) => log('debug', `output ${name}: ${value}`),
    summarise: async (_, path) => log('debug', `summary: ${path}`),
    attach: async (files) => {
      for (const { path } of files) log('debug', `report: ${path}`);
    },
    conclude: (conclusion, message) => {
      if (conclusion !== 'succeeded' && message !== lastError) write({ level: 'result', message });
    },
  };
}

// What our pens write (core/text/terminal.ts) stays where the terminal shows it; everything else that steers a terminal goes,
// other colours too: what is hidden by them is there all the same.
function painted(text: string, colour: boolean, safeLines: (text: string) => readonly string[]): string {
  if (!colour) return safeLines(text).join('\n');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this is what a colour is on a terminal.
  const pieces = text.split(/(\u001b\[(?:1|2|22|31|32|33|39)m)/);
  return pieces.map((piece, at) => (at % 2 === 1 ? piece : safeLines(piece).join('\n'))).join('');
}

function isJson(text: string): boolean {
  return /^\s*[[{]/.test(text);
}

interface LogWays {
  readonly line: (text: string) => void;
  readonly safeLines: (text: string) => readonly string[];
  readonly safeJson: (json: string) => string;
}

function logOf(inputs: ReadonlyMap<string, string>, terminal: ProcessTerminal, ways: LogWays): LogWriter {
  const line = (text: string) => ways.line(`${text}\n`);
  if (inputs.get('log-format') === 'json') return jsonLog(line, ways.safeJson, () => terminal.now());
  return textLog(line, ways.safeLines, createColors(wantsColour(terminal.env, terminal.stderr)));
}

// A log of GitHub or Azure is read for commands whatever program writes it.
function isCi(env: ProcessTerminal['env']): boolean {
  return [env.GITHUB_ACTIONS, env.TF_BUILD, env.CI].some(
    (value) => value !== undefined && value !== '' && value !== 'false',
  );
}

/** Whether a stream is a terminal that shows colours. https://no-color.org: NO_COLOR counts when it is not empty. */
export function wantsColour(env: ProcessTerminal['env'], stream: { readonly isTTY?: boolean }): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  return isScreen(env, stream);
}

// Whether somebody sees what moves on it.
function isScreen(env: ProcessTerminal['env'], stream: { readonly isTTY?: boolean }): boolean {
  return stream.isTTY === true && env.TERM !== 'dumb' && !isCi(env);
}
