import { createColors } from 'picocolors';
import { ownWords } from '../core/commands/own-words.ts';
import { createMask } from '../core/masking.ts';
import type { Annotation, Host, Level } from '../core/ports.ts';
import { inertJson, inertLine, plainJson, plainLines } from '../core/untrusted.ts';

/** What the terminal's host needs of its process. */
export interface ProcessTerminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean };
}

/** The host of the command line: results on standard output, everything else on standard error. */
export function createCliHost(inputs: ReadonlyMap<string, string>, terminal: ProcessTerminal): Host {
  const colors = createColors(wantsColour(terminal.env, terminal.stderr));
  // Who pipes the result reads lines with a program: nothing of them is broken or cut.
  const columns = terminal.stdout.isTTY === true ? (terminal.stdout.columns ?? 80) : Number.POSITIVE_INFINITY;
  const screen = { columns, colour: wantsColour(terminal.env, terminal.stdout) };
  const isVerbose = inputs.get('verbose') === 'true';
  const inCi = isCi(terminal.env);
  const safeLines = (text: string) => plainLines(text).map((line) => (inCi ? inertLine(line) : line));
  const mask = createMask(ownWords, { warn: (warning) => writers.warning(warning) });
  const write = (lead: string, text: string, paint: (line: string) => string = (line) => line) => {
    for (const line of safeLines(`${lead}${mask.text(text)}`)) terminal.stderr.write(`${paint(line)}\n`);
  };
  let lastError = '';
  const writers: Readonly<Record<Level, (message: string) => void>> = {
    debug: (message) => isVerbose && write('', message, colors.dim),
    info: (message) => write('', message),
    warning: (message) => write('warning: ', message, colors.yellow),
    error: (message) => {
      lastError = message;
      write('error: ', message, colors.red);
    },
  };
  return {
    kind: 'cli',
    screen,
    input: (name) => inputs.get(name),
    log: (level, message) => writers[level](message),
    // Who sees the table has read it in more words; editors and pipelines that read lines want them.
    annotate: (annotation) => {
      if (terminal.stdout.isTTY === true) writers.debug(annotationLine(annotation));
      else write('', annotationLine(annotation));
    },
    secret: mask.add,
    masked: mask.value,
    print: (text) => {
      const safeJson = inCi ? inertJson : plainJson;
      const printed = isJson(text) ? safeJson(mask.json(text)) : painted(mask.document(text), screen.colour, safeLines);
      terminal.stdout.write(printed.endsWith('\n') ? printed : `${printed}\n`);
    },
    printPieces: (pieces) => {
      const safe = inCi ? inertJson : plainJson;
      let masked: ((piece: string) => string) | undefined;
      for (const piece of pieces) {
        masked ??= isJson(piece) ? mask.json : mask.document;
        terminal.stdout.write(safe(masked(piece)));
      }
    },
    setOutput: (name, value) => writers.debug(`output ${name}: ${value}`),
    summarise: async (_, path) => writers.debug(`summary: ${path}`),
    attach: async (files) => {
      for (const { path } of files) writers.debug(`report: ${path}`);
    },
    conclude: (conclusion, message) => {
      if (conclusion !== 'succeeded' && message !== lastError) write('', message);
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

function annotationLine({ path, line, level, message }: Annotation): string {
  return `${path}:${line}: ${level}: ${message}`;
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
  return stream.isTTY === true && env.TERM !== 'dumb' && !isCi(env);
}
