import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sweepFolders } from '../../core/prune/folders.ts';
import { createFiles } from '../../core/world/files.ts';
import { livenessOf, type ProcessIdentity, type ProcessTable, processTable } from '../../core/world/processes.ts';
import { ownerFile, temporaryPrefix } from '../../core/world/temporary.ts';

let root: string;
let child: ChildProcess | undefined;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'temporary-test-'));
});
afterEach(() => {
  child?.kill('SIGKILL');
  child = undefined;
  rmSync(root, { recursive: true, force: true });
});

const table = processTable();

/** A folder that a run with this identity left. */
function leave(name: string, owner: Partial<ProcessIdentity> | string | undefined, hoursAgo = 0): string {
  const folder = join(root, `${temporaryPrefix}${name}`);
  mkdirSync(join(folder, 'scan-1', 'home'), { recursive: true });
  writeFileSync(join(folder, 'scan-1', 'home', 'config.json'), '{"auths":{"r.example":{"auth":"c2VjcmV0"}}}');
  const text = typeof owner === 'string' ? owner : JSON.stringify({ ...table.self, ...owner });
  if (owner !== undefined) writeFileSync(join(folder, ownerFile), text);
  const then = new Date(Date.now() - hoursAgo * 3_600_000);
  utimesSync(folder, then, then);
  return folder;
}

/** The number of a process that has ended. */
async function deadPid(): Promise<number> {
  const one = spawn('true');
  await new Promise((ended) => one.on('exit', ended));
  return one.pid ?? 0;
}

describe('folders of other runs', () => {
  test('that are dead are removed, with what they hold', async () => {
    const folder = leave('dead', { pid: await deadPid() });
    const { files } = createFiles(root);
    expect(await files.leftovers()).toMatchObject([{ path: folder, state: 'dead' }]);
    expect(await sweepFolders(files)).toMatchObject({ removed: [{ path: folder }], failed: [] });
    expect(existsSync(folder)).toBe(false);
  });

  test('that live are left, and removed once their process has been killed', async () => {
    child = spawn('sleep', ['60']);
    const pid = child.pid ?? 0;
    const folder = leave('live', { pid, started: table.startOf(pid) ?? null });
    const { files } = createFiles(root);
    expect(await files.leftovers()).toEqual([]);
    const ended = new Promise((resolve) => child?.on('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    await sweepFolders(files);
    expect(existsSync(folder)).toBe(false);
  });

  test.skipIf(process.platform !== 'linux')('whose number another process has now are removed', async () => {
    child = spawn('sleep', ['60']);
    const folder = leave('reused', { pid: child.pid ?? 0, started: '1' });
    await sweepFolders(createFiles(root).files);
    expect(existsSync(folder)).toBe(false);
  });

  test.each<[string, Partial<ProcessIdentity> | string | undefined]>([
    ['in another container', { space: 'pid:[1]' }],
    ['on another machine', { boot: 'another', host: 'another' }],
    ['on a machine of the same name that shares the folder', { boot: 'another' }],
    ['without an owner', undefined],
    ['with an owner that is not understood', '{"pid":"1"}'],
    ['with an owner that is no process', JSON.stringify({ ...table.self, pid: 0 })],
  ])('%s are left', async (_, owner) => {
    const folder = leave('other', typeof owner === 'object' ? { pid: await deadPid(), ...owner } : owner, 0);
    expect((await sweepFolders(createFiles(root).files)).removed).toEqual([]);
    expect(existsSync(join(folder, 'scan-1', 'home', 'config.json'))).toBe(true);
  });

  test('that were only begun are removed when an hour old, if they are empty', async () => {
    const [old, fresh] = ['old', 'fresh'].map((name) => join(root, `${temporaryPrefix}${name}`));
    for (const folder of [old, fresh]) mkdirSync(folder ?? '');
    const then = new Date(Date.now() - 2 * 3_600_000);
    utimesSync(old ?? '', then, then);
    await sweepFolders(createFiles(root).files);
    expect([old, fresh].map((folder) => existsSync(folder ?? ''))).toEqual([false, true]);
  });

  test('that are links, files or of other names are none', async () => {
    const elsewhere = join(root, 'elsewhere');
    mkdirSync(elsewhere);
    writeFileSync(join(elsewhere, ownerFile), JSON.stringify({ ...table.self, pid: await deadPid() }));
    symlinkSync(elsewhere, join(root, `${temporaryPrefix}link`));
    writeFileSync(join(root, `${temporaryPrefix}file`), '');
    await sweepFolders(createFiles(root).files);
    expect(existsSync(join(elsewhere, ownerFile))).toBe(true);
  });

  test('lose their credentials before any of them is removed', async () => {
    const folders = [leave('one', { pid: await deadPid() }), leave('two', { pid: await deadPid() })];
    const { files } = createFiles(root);
    const removed: string[] = [];
    await sweepFolders({
      ...files,
      remove: async (path) => {
        removed.push(path);
        await files.remove(path);
      },
    });
    const credentials = removed.slice(0, 2);
    expect(credentials.every((path) => path.endsWith('/home/config.json'))).toBe(true);
    expect(removed.slice(2).sort()).toEqual(folders.sort());
  });
});

test('a run says whose its folder is before there is anything in it, and takes all of it away', async () => {
  const { files, removeTemporary } = createFiles(root);
  const folder = await files.temporaryDirectory('scan');
  const own = join(folder, '..');
  expect(JSON.parse(await files.readText(join(own, ownerFile)))).toEqual(table.self);
  expect((await files.entry(own)).mode).toBe(0o700);
  expect(await files.leftovers()).toEqual([]);
  const other = await files.temporaryDirectory('scan');
  await files.remove(folder);
  expect(existsSync(own)).toBe(true);
  // With the last of them nothing is left, though the run goes on.
  await files.remove(other);
  expect(existsSync(own)).toBe(false);
  const next = await files.temporaryDirectory('scan');
  expect(existsSync(next)).toBe(true);
  await removeTemporary();
  expect(existsSync(join(next, '..'))).toBe(false);
});

describe('a process', () => {
  const self: ProcessIdentity = { pid: 7, started: '70', boot: 'now', space: 'pid:[1]', host: 'here' };
  const bootedAt = new Date('2026-11-30T00:00:00Z');
  const [before, after] = [new Date('2026-11-29T00:00:00Z'), new Date('2026-11-30T01:00:00Z')];
  const among = (starts: Readonly<Record<number, string | null>>): ProcessTable => ({
    self,
    bootedAt,
    startOf: (pid) => starts[pid],
  });
  const owner = { ...self, pid: 9, started: '90' };
  test.each<[string, Partial<ProcessIdentity>, Date, Readonly<Record<number, string | null>>, string]>([
    ['that is there', {}, after, { 9: '90' }, 'alive'],
    ['that is gone', {}, after, {}, 'dead'],
    ['whose number was given again', {}, after, { 9: '91' }, 'dead'],
    ['of whose number the beginning is not said', {}, after, { 9: null }, 'alive'],
    ['that did not know its own beginning', { started: null }, after, { 9: '91' }, 'alive'],
    ['of an earlier boot', { boot: 'then' }, before, { 9: '90' }, 'dead'],
    ['of another boot, that wrote in this one', { boot: 'then' }, after, {}, 'unknown'],
    ['of another machine', { boot: 'then', host: 'there' }, before, {}, 'unknown'],
    ['of another container', { space: 'pid:[2]' }, after, {}, 'unknown'],
  ])('%s is told from others', (_, changes, wrote, starts, expected) => {
    expect(livenessOf({ ...owner, ...changes }, wrote, among(starts))).toBe(expected);
  });

  test('of systems that say nothing of boots is told by its machine', () => {
    const bare = { ...self, boot: null, space: null };
    const bareTable = { ...among({}), self: bare };
    expect(livenessOf({ ...bare, pid: 9 }, after, bareTable)).toBe('dead');
    expect(livenessOf({ ...bare, pid: 9, host: hostname() }, after, bareTable)).toBe('unknown');
  });
});

describe('a folder into which a child still writes while it is removed', () => {
  const writer = `
    const { mkdirSync, writeFileSync } = require('node:fs');
    const until = Date.now() + 600;
    while (Date.now() < until) {
      try { mkdirSync(process.argv[1]); } catch {}
      try { writeFileSync(process.argv[1] + '/' + Math.random(), ''); } catch {}
    }`;

  test.each(['by itself', 'with the run'])('goes whole, %s', async (how) => {
    const { files, removeTemporary } = createFiles(root);
    const folder = await files.temporaryDirectory('scan');
    const home = join(folder, 'home');
    child = spawn(process.execPath, ['-e', writer, home]);
    const ended = new Promise((resolve) => child?.on('exit', resolve));
    while (!existsSync(home)) await new Promise((soon) => setTimeout(soon, 5));
    await (how === 'by itself' ? files.remove(folder) : removeTemporary());
    await ended;
    expect(existsSync(folder)).toBe(false);
  });
});
