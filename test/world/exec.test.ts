import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Command, Exit } from '../../core/ports.ts';
import { createExec } from '../../core/world/exec.ts';

vi.setConfig({ testTimeout: 30_000 });

const env = { PATH: process.env.PATH ?? '' };
const processes = createExec({ os: process.platform });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(process.env.TMPDIR ?? '/tmp', 'exec-'));
});
afterEach(() => processes.close());
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Ran {
  readonly exit: Exit;
  readonly milliseconds: number;
}

type Given = Pick<Command, 'file' | 'args'> & Partial<Command>;

async function run(command: Given): Promise<Ran> {
  const started = performance.now();
  const exit = await processes.exec({ env, timeout: 25_000, ...command });
  return { exit, milliseconds: performance.now() - started };
}

const shell = (script: string, more: Partial<Command> = {}) => run({ file: 'sh', args: ['-c', script], ...more });
const node = (script: string, more: Partial<Command> = {}) =>
  run({ file: process.execPath, args: ['-e', script], ...more });

/** Every process writes its number into a file of its own, so that a test can ask for each of them. */
async function started(name: string): Promise<number> {
  const file = join(folder, name);
  await expect.poll(() => readFile(file, 'utf8').catch(() => ''), { timeout: 5_000 }).toMatch(/^\d+\n$/);
  return Number(await readFile(file, 'utf8'));
}

// One that ended and whom nobody has asked for its end is none that runs.
async function runs(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined);
  return status !== undefined && !/\) [ZX] /.test(status);
}

async function expectEnded(...names: readonly string[]): Promise<void> {
  for (const name of names) {
    const pid = await started(name);
    await expect.poll(() => runs(pid), { timeout: 2_000, message: name }).toBe(false);
  }
}

describe('how a program ends', () => {
  test.each<readonly [string, Exit]>([
    ['echo out; echo err >&2', { kind: 'exited', code: 0, stdout: 'out\n', stderr: 'err\n' }],
    ['echo out; exit 3', { kind: 'exited', code: 3, stdout: 'out\n', stderr: '' }],
    ['echo err >&2; kill -KILL $$', { kind: 'signalled', signal: 'SIGKILL', stdout: '', stderr: 'err\n' }],
    ['kill -TERM $$', { kind: 'signalled', signal: 'SIGTERM', stdout: '', stderr: '' }],
  ])('%s', async (script, exit) => {
    expect((await shell(script)).exit).toEqual(exit);
  });

  test('it has its input, and one that does not read it is judged by its exit', async () => {
    expect((await shell('cat', { stdin: 'text' })).exit).toMatchObject({ kind: 'exited', code: 0, stdout: 'text' });
    const much = 'x'.repeat(4 * 1024 * 1024);
    expect((await shell('exit 5', { stdin: much })).exit).toMatchObject({ kind: 'exited', code: 5 });
  });

  test('it has the environment it is given and no other', async () => {
    const { exit } = await run({ file: '/usr/bin/env', args: [], env: { ONE: '1' } });
    expect(exit).toMatchObject({ stdout: 'ONE=1\n' });
  });
});

describe('why a program does not start', () => {
  beforeAll(async () => {
    const write = async (name: string, text: string, mode: number) => {
      await writeFile(join(folder, name), text);
      await chmod(join(folder, name), mode);
    };
    await write('plain', '#!/bin/sh\n', 0o644);
    await write('orphan', '#!/no/such/interpreter\n', 0o755);
    await mkdir(join(folder, 'directory'));
  });

  const at = (name: string) => ({ file: join(folder, name), args: [] });
  test.each<readonly [string, () => Given, Exit]>([
    ['not on PATH', () => ({ file: 'no-such-program', args: [] }), { kind: 'not-found' }],
    ['no PATH', () => ({ file: 'no-such-program', args: [], env: {} }), { kind: 'not-found' }],
    ['nothing at its path', () => at('nothing'), { kind: 'not-found' }],
    ['not executable', () => at('plain'), { kind: 'not-executable' }],
    ['not executable, on PATH', () => ({ file: 'plain', args: [], env: { PATH: folder } }), { kind: 'not-executable' }],
    ['a folder', () => at('directory'), { kind: 'not-executable' }],
    ['no interpreter', () => at('orphan'), { kind: 'no-interpreter' }],
    [
      'no interpreter, on PATH',
      () => ({ file: 'orphan', args: [], env: { PATH: folder } }),
      { kind: 'no-interpreter' },
    ],
    ['a long argument', () => ({ file: 'true', args: ['x'.repeat(3_000_000)] }), { kind: 'arguments-too-long' }],
    [
      'a long environment',
      () => ({ file: 'true', args: [], env: { ...env, LONG: 'x'.repeat(3_000_000) } }),
      { kind: 'arguments-too-long' },
    ],
    ['NUL in an argument', () => ({ file: 'true', args: ['a\0b'] }), { kind: 'nul-in-arguments' }],
    ['NUL in its name', () => ({ file: 'tr\0ue', args: [] }), { kind: 'nul-in-arguments' }],
    ['NUL in a variable', () => ({ file: 'true', args: [], env: { ...env, A: '\0' } }), { kind: 'nul-in-arguments' }],
    [
      'an aborted signal',
      () => ({ file: 'true', args: [], signal: AbortSignal.abort() }),
      { kind: 'aborted', stdout: '', stderr: '' },
    ],
  ])('%s', async (_, command, exit) => {
    expect((await run(command())).exit).toEqual(exit);
  });

  test.each([
    ['missing', 'nowhere'],
    ['a file', 'plain'],
  ])('working folder: %s', async (_, name) => {
    const cwd = join(folder, name);
    expect((await run({ file: 'true', args: [], cwd })).exit).toEqual({ kind: 'no-working-folder', folder: cwd });
  });

  test('an empty name', async () => {
    expect((await run({ file: '', args: [] })).exit).toMatchObject({ kind: 'not-started' });
  });
});

describe('at its bound a program ends with all that it started', () => {
  const note = (name: string) => `echo $$ > "${folder}/${name}"`;

  test('a child that waits for a child', async () => {
    const script = `echo begun; sh -c '${note('waiting-child')}; exec sleep 20' & ${note('waiting')}; wait`;
    const { exit, milliseconds } = await shell(script, { timeout: 500 });
    expect(exit).toEqual({ kind: 'timed-out', timeout: 500, stdout: 'begun\n', stderr: '' });
    expect(milliseconds).toBeGreaterThanOrEqual(490);
    expect(milliseconds).toBeLessThan(2_400);
    await expectEnded('waiting', 'waiting-child');
  });

  test('a family that ignores SIGTERM is killed after a grace', async () => {
    const child = `trap "" TERM; ${note('deaf-child')}; while :; do sleep 1; done`;
    const script = `trap '' TERM; sh -c '${child}' & ${note('deaf')}; while :; do sleep 1; done`;
    const { exit, milliseconds } = await shell(script, { timeout: 500 });
    expect(exit.kind).toBe('timed-out');
    expect(milliseconds).toBeGreaterThan(2_000);
    expect(milliseconds).toBeLessThan(5_000);
    await expectEnded('deaf', 'deaf-child');
  });

  test('a child that has left the group', async () => {
    const script = `
      const { spawn } = require('node:child_process');
      const child = spawn('sh', ['-c', '${note('apart')}; exec sleep 20'], { detached: true, stdio: 'inherit' });
      child.on('exit', () => process.exit());`;
    const { exit, milliseconds } = await node(script, { timeout: 1_000 });
    expect(exit.kind).toBe('timed-out');
    expect(milliseconds).toBeLessThan(4_000);
    await expectEnded('apart');
  });

  test('what closes its output early is waited for no longer than the bound', async () => {
    const { exit, milliseconds } = await shell(`${note('closing')}; exec >&- 2>&-; sleep 20`, { timeout: 500 });
    expect(exit.kind).toBe('timed-out');
    expect(milliseconds).toBeLessThan(2_400);
    await expectEnded('closing');
  });

  test('on abort', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 300);
    const script = `echo begun; sh -c '${note('aborted-child')}; exec sleep 20' & wait`;
    const { exit, milliseconds } = await shell(script, { signal: controller.signal });
    expect(exit).toEqual({ kind: 'aborted', stdout: 'begun\n', stderr: '' });
    expect(milliseconds).toBeLessThan(2_400);
    await expectEnded('aborted-child');
  });

  test('a bound beyond what a timer can count is none', async () => {
    expect((await shell('sleep 0.2', { timeout: 2 ** 40 })).exit.kind).toBe('exited');
  });

  test('on close', async () => {
    const running = shell(`sh -c '${note('closed-child')}; exec sleep 20' & wait`);
    const pid = await started('closed-child');
    await processes.close();
    expect(await runs(pid)).toBe(false);
    expect((await running).exit.kind).toBe('aborted');
  });

  test('when this process ends without waiting for it', async () => {
    const module = JSON.stringify(join(import.meta.dirname, '../../core/world/exec.ts'));
    const own = join(folder, 'own.test-process.mjs');
    const { build } = await import('esbuild');
    const contents = `import { createExec } from ${module};
      void createExec({ os: process.platform }).exec({ file: 'sh', env: process.env, timeout: 60_000,
        args: ['-c', ${JSON.stringify(`sh -c '${note('left-child')}; exec sleep 20' & ${note('left')}; wait`)}] });
      setTimeout(() => process.exit(0), 1_000);`;
    const stdin = { contents, resolveDir: folder };
    await build({ stdin, outfile: own, bundle: true, platform: 'node', format: 'esm', logLevel: 'error' });
    const child = spawn(process.execPath, [own], { env, stdio: 'inherit' });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    expect(await runs(await started('left'))).toBe(true);
    expect(await ended).toBe(0);
    await expectEnded('left', 'left-child');
  });
});

describe('a program that has ended', () => {
  const note = (name: string) => `echo $$ > "${folder}/${name}"`;

  test('is not waited for until a child of it lets go of its output', async () => {
    const script = `sh -c '${note('holding')}; exec sleep 20' & echo version 4.3`;
    const { exit, milliseconds } = await shell(script, { timeout: 15_000 });
    expect(exit).toEqual({ kind: 'exited', code: 0, stdout: 'version 4.3\n', stderr: '' });
    expect(milliseconds).toBeLessThan(5_000);
    await expectEnded('holding');
  });

  test('has what a child of it writes shortly after', async () => {
    expect((await shell('(sleep 0.2; echo late) & echo early')).exit).toMatchObject({ stdout: 'early\nlate\n' });
  });

  test.each([
    ['let go of its output', 'ignore'],
    ['keeps its output', 'inherit'],
  ])('does not wait for a daemon that %s, and leaves it alone', async (_, stdio) => {
    const name = `daemon-${stdio}`;
    const script = `
      const { spawn } = require('node:child_process');
      spawn('sh', ['-c', '${note(name)}; exec sleep 20'], { detached: true, stdio: '${stdio}' }).unref();`;
    const { exit, milliseconds } = await node(script);
    expect(exit).toEqual({ kind: 'exited', code: 0, stdout: '', stderr: '' });
    expect(milliseconds).toBeLessThan(5_000);
    const pid = await started(name);
    expect(await runs(pid)).toBe(true);
    process.kill(pid, 'SIGKILL');
  });
});

describe('output', () => {
  async function linesOf(script: string, more: Partial<Command> = {}): Promise<readonly string[]> {
    const lines: string[] = [];
    await node(script, { ...more, onLine: (line) => lines.push(line) });
    return lines;
  }

  test('more than is wanted ends a program, and its first bytes are in the answer', async () => {
    const { exit, milliseconds } = await shell('exec yes', { maxOutput: 1_000 });
    expect(exit).toEqual({ kind: 'too-much-output', limit: 1_000, stdout: 'y\n'.repeat(500), stderr: '' });
    expect(milliseconds).toBeLessThan(5_000);
    expect((await shell('printf 12345678', { maxOutput: 7 })).exit).toMatchObject({
      kind: 'too-much-output',
      stdout: '1234567',
    });
    expect((await shell('printf 1234567', { maxOutput: 7 })).exit.kind).toBe('exited');
  });

  test('of stderr the last mebibyte is kept', async () => {
    const { exit } = await node(`process.stderr.write('é'.repeat(3_000_000) + 'x' + 'é'.repeat(2**19 - 1))`);
    if (exit.kind !== 'exited') throw new Error(exit.kind);
    expect(exit.stderr).toBe(`x${'é'.repeat(2 ** 19 - 1)}`);
  });

  test('of the last mebibyte, half a character is left out', async () => {
    const { exit } = await node(`process.stderr.write('€'.repeat(1_000_000))`);
    if (exit.kind !== 'exited') throw new Error(exit.kind);
    expect(exit.stderr).toBe('€'.repeat(Math.floor(2 ** 20 / 3)));
  });

  test.each(['stdout', 'stderr'])('100 MB in one line of %s cost bounded time and memory', async (stream) => {
    const script = `const b = Buffer.alloc(1e6, 'x'); let n = 100;
      (function go() { while (n-- > 0) if (!process.${stream}.write(b)) return process.${stream}.once('drain', go); })();`;
    const lines: string[] = [];
    let peak = 0;
    const before = process.memoryUsage().rss;
    const timer = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss - before);
    }, 20);
    const { exit, milliseconds } = await node(script, { onLine: (line) => lines.push(line), maxOutput: 2e6 });
    clearInterval(timer);
    expect(exit.kind).toBe(stream === 'stdout' ? 'too-much-output' : 'exited');
    expect(milliseconds).toBeLessThan(15_000);
    expect(peak).toBeLessThan(150e6);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^x{65536}… \(\d+ bytes more\)$/);
  });

  test('20 MB of short lines, and all of them in the answer', async () => {
    let count = 0;
    const script = `const b = Buffer.from('0123456789abcde\\n'.repeat(62_500)); let n = 20;
      (function go() { while (n-- > 0) if (!process.stdout.write(b)) return process.stdout.once('drain', go); })();`;
    const onLine = () => {
      count += 1;
    };
    const { exit, milliseconds } = await node(script, { onLine });
    if (exit.kind !== 'exited') throw new Error(exit.kind);
    expect(exit.stdout).toHaveLength(20e6);
    expect(count).toBe(1_250_000);
    expect(milliseconds).toBeLessThan(15_000);
  });

  test('what a program was asked for is no log', async () => {
    const script = "process.stdout.write('{\\n}\\n'); process.stderr.write('working\\n')";
    expect(await linesOf(script, { answers: true })).toEqual(['working']);
    expect((await linesOf(script)).toSorted()).toEqual(['working', '{', '}']);
  });

  test('every kind of line end ends one line, wherever the pieces part', async () => {
    const write = `const put = (s) => new Promise((r) => process.stdout.write(Buffer.from(s, 'hex'), () => setTimeout(r, 60)));`;
    // "one" CR | LF "two" CR "three" LF LF "caf" C3 | A9 " €" split in three, and no end of line.
    const pieces = ['6f6e650d', '0a74776f0d74687265650a0a636166c3', 'a920e2', '82', 'ac'];
    const script = `${write} (async () => { for (const p of ${JSON.stringify(pieces)}) await put(p); })()`;
    expect(await linesOf(script)).toEqual(['one', 'two', 'three', '', 'café €']);
  });

  test('the line of a program that was stopped is handed on too', async () => {
    expect(await linesOf(`process.stdout.write('half'); setTimeout(() => {}, 20_000)`, { timeout: 1_000 })).toEqual([
      'half',
    ]);
  });

  test('a long line is cut between two characters', async () => {
    expect(await linesOf(`process.stdout.write('x' + '€'.repeat(30_000) + '\\nnext\\n')`)).toEqual([
      `x${'€'.repeat(21_845)}… (24465 bytes more)`,
      'next',
    ]);
  });
});
