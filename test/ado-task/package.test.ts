import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { runProcess } from '../hosts/run.ts';

const root = join(import.meta.dirname, '../..');

/** The files of a ZIP archive, by its central directory (APPNOTE 4.3.12). */
function unzip(bytes: Buffer): ReadonlyMap<string, Buffer> {
  const files = new Map<string, Buffer>();
  const end = bytes.lastIndexOf(Buffer.from('PK\u0005\u0006', 'latin1'));
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset));
    const name = bytes.toString('utf8', at + 46, at + 46 + (nameLength ?? 0));
    const local = bytes.readUInt32LE(at + 42);
    const data = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const packed = bytes.subarray(data, data + bytes.readUInt32LE(at + 20));
    if (!name.endsWith('/')) files.set(name, bytes.readUInt16LE(at + 10) === 0 ? packed : inflateRawSync(packed));
    at += 46 + (nameLength ?? 0) + (extra ?? 0) + (comment ?? 0);
  }
  return files;
}

test('the extension packs without network, with a task that its bundle runs and a tab that belongs to it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bir-vsix-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const env = { PATH: process.env.PATH ?? '', HOME: folder };
  const packed = await runProcess(process.execPath, ['scripts/package-ado.mjs', folder], { env, cwd: root });
  expect(packed).toMatchObject({ code: 0, stderr: '' });
  const [name = ''] = readdirSync(folder).filter((file) => file.endsWith('.vsix'));
  expect(packed.stdout).toBe(`${join(folder, name)}\n`);

  const files = unzip(readFileSync(join(folder, name)));
  const text = (path: string) => files.get(path)?.toString('utf8') ?? '';
  expect([...files.keys()].sort()).toEqual([
    'LICENSE',
    '[Content_Types].xml',
    'extension.vsixmanifest',
    'extension.vsomanifest',
    'images/icon.png',
    'overview.md',
    'tab/index.html',
    'tab/licenses.txt',
    'tab/tab.js',
    'task/dist/index.cjs',
    'task/dist/licenses.txt',
    'task/icon.png',
    'task/task.json',
  ]);
  expect(text('task/task.json')).toBe(readFileSync(join(root, 'ado-task/task.json'), 'utf8'));
  for (const { target } of Object.values<{ target: string }>(JSON.parse(text('task/task.json')).execution)) {
    expect(files.has(`task/${target}`)).toBe(true);
  }
  const { contributions, scopes } = JSON.parse(text('extension.vsomanifest'));
  expect(contributions.map(({ type }: { type: string }) => type)).toEqual([
    'ms.vss-distributed-task.task',
    'ms.vss-build-web.build-results-tab',
  ]);
  expect(scopes).toEqual(['vso.build']);
  expect(text('extension.vsixmanifest')).toMatch(/<Asset Type="tab\/index\.html"[^>]*Addressable="true"/);
}, 60_000);
