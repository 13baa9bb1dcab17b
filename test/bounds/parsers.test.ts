import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleBounds } from '../../scripts/fuzz/bundle.mjs';
import { growsTooFast } from './measure.ts';
import { parsers } from './parsers.ts';

// Processor time, which a busy machine stretches less than the clock; memory beyond that of the program itself.
const most = { milliseconds: 1_000, bytes: 256 * 1024 ** 2 };
/** What hangs is ended: on a busy machine the many texts of some parsers take minutes. */
const patience = 900_000;
/** Starting a program takes longer than most parsers. */
const processes = 6;

let folder: string;
let program: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bir-bounds-'));
  program = await bundleBounds('measure', folder);
});

afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

type Line =
  | { readonly parser: string }
  | { readonly begins: string }
  | { readonly ended: string; readonly message?: string; readonly nested: string }
  | {
      readonly ended: string;
      readonly message?: string;
      readonly atSmall: number;
      readonly atMiddle: number;
      readonly atLarge: number;
    }
  | { readonly memory: number };

interface Measured {
  readonly code: number | null;
  readonly lines: readonly Line[];
}

/** Runs all texts of some parsers in a process of their own, whose heap is bounded. */
async function measure(names: readonly string[]): Promise<Measured> {
  const flags = ['--expose-gc', '--max-old-space-size=192', '--max-semi-space-size=8'];
  const child = spawn(process.execPath, [...flags, program, 'measure', ...names], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), patience);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.resume();
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearTimeout(timer);
  const lines = output.split('\n').filter((line) => line.endsWith('}'));
  return { code, lines: lines.map((line) => JSON.parse(line) as Line) };
}

const all = parsers.map(({ name }) => name);
const together = new Map<number, Promise<Measured>>();
const tried = new Set<string>();

/** What a parser's texts came to: beside others at first, and alone where it is tried again or another one ended the process. */
async function measured(name: string): Promise<Measured> {
  const group = all.indexOf(name) % processes;
  if (tried.has(name)) return measure([name]);
  tried.add(name);
  const begun = together.get(group) ?? measure(all.filter((_, at) => at % processes === group));
  together.set(group, begun);
  const { lines } = await begun;
  const from = lines.findIndex((line) => 'parser' in line && line.parser === name);
  const to = lines.findIndex((line, at) => at > from && 'memory' in line);
  return from === -1 || to === -1 ? measure([name]) : { code: 0, lines: lines.slice(from, to + 1) };
}

function faultOf(line: Line): string | undefined {
  if (!('ended' in line)) return undefined;
  const { ended, message } = line;
  if (message !== undefined) return `${ended}: ${message}`;
  if ('nested' in line) return line.nested === 'refused' ? undefined : `${ended} is ${line.nested}`;
  const { atSmall, atMiddle, atLarge } = line;
  if (atLarge > most.milliseconds) return `${ended} takes ${atLarge} ms`;
  return growsTooFast(line) ? `${ended} takes ${atSmall}, ${atMiddle} and ${atLarge} ms` : undefined;
}

describe('a megabyte of any token of its grammar, and a nesting of a hundred thousand', () => {
  it.each(all)(
    '%s: costs little, in proportion, and is at most refused',
    // A busy machine stretches even processor time: what is slow twice more is slow.
    { timeout: patience + 60_000, retry: 2 },
    async (name) => {
      const { code, lines } = await measured(name);
      const last = lines.findLast((line) => 'begins' in line);
      expect({ code, last: code === 0 ? undefined : last }).toEqual({ code: 0, last: undefined });
      expect(lines.flatMap((line) => faultOf(line) ?? [])).toEqual([]);
      const memory = lines.find((line) => 'memory' in line);
      expect(memory?.memory).toBeLessThan(most.bytes);
    },
  );
});
