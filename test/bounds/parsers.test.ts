import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleBounds } from '../../scripts/fuzz/bundle.mjs';
import { parsers } from './parsers.ts';

// Processor time, which a busy machine stretches less than the clock; memory beyond that of the program itself.
const most = { milliseconds: 1_000, bytes: 256 * 1024 ** 2 };
/** What hangs is ended: on a busy machine a parser's many texts take minutes. */
const patience = 900_000;

let folder: string;
let program: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bir-bounds-'));
  program = await bundleBounds('measure', folder);
});

afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

type Line =
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

/** Runs all texts of one parser in a process of its own, whose heap is bounded. */
async function measured(name: string): Promise<{ readonly code: number | null; readonly lines: readonly Line[] }> {
  const flags = ['--expose-gc', '--max-old-space-size=192', '--max-semi-space-size=8'];
  const child = spawn(process.execPath, [...flags, program, 'measure', name], { stdio: ['ignore', 'pipe', 'pipe'] });
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

function faultOf(line: Line): string | undefined {
  if (!('ended' in line)) return undefined;
  const { ended, message } = line;
  if (message !== undefined) return `${ended}: ${message}`;
  if ('nested' in line) return line.nested === 'refused' ? undefined : `${ended} is ${line.nested}`;
  const { atSmall, atMiddle, atLarge } = line;
  if (atLarge > most.milliseconds) return `${ended} takes ${atLarge} ms`;
  // Ten times the text takes ten times as long: what takes a hundred times as long is none of that.
  const grows = atLarge > 40 * atMiddle + 200 || (atLarge > 100 && atMiddle > 40 * atSmall + 200);
  return grows ? `${ended} takes ${atSmall}, ${atMiddle} and ${atLarge} ms` : undefined;
}

describe('a megabyte of any token of its grammar, and a nesting of a hundred thousand', () => {
  it.each(parsers.map(({ name }) => name))(
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
