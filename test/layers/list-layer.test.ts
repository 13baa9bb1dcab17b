import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listLayer } from '../../core/layers/list-layer.ts';
import { makeLayer } from '../../testing/images.ts';
import type { TestRegistry } from '../../testing/registry.ts';
import { at, closeAll, createHarness, start } from '../registry/harness.ts';

const key = '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\n-----END PRIVATE KEY-----\n';
const layer = await makeLayer({
  'etc/': { directory: true },
  'etc/os-release': 'ID=debian\nVERSION_ID=12\n',
  'var/lib/dpkg/status': 'Package: libc6\nStatus: install ok installed\nVersion: 2.36\n',
  'usr/bin/run': { content: '#!/bin/sh\necho run\n', mode: 0o4755, uid: 7, gid: 8 },
  'bin/sh': { symlink: '/usr/bin/dash' },
  'srv/key': key,
  'srv/settings': 'a=1\n',
  'srv/.wh.old': '',
  'opt/.wh..wh..opq': '',
});

let server: TestRegistry;
let folder: string;
beforeEach(async () => {
  server = await start();
  server.store.putBlob('team/base', layer.bytes, layer.descriptor.mediaType);
  folder = await mkdtemp(join(tmpdir(), 'layers-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
  await closeAll();
});

/** A run of its own, and what it lists. */
async function list(asked: readonly string[] = [], settings: { readonly layerDirectory?: string } = {}) {
  server.forgetRequests();
  const { registry, warnings } = createHarness({ layerDirectory: folder, ...settings });
  const listed = await listLayer(registry, at(server, 'team/base'), layer.descriptor, asked);
  if (listed.kind === 'unreadable') throw new Error(listed.why);
  const downloads = server.requests.filter(({ path }) => path.includes('/blobs/')).length;
  return { files: listed.files, downloads, warnings, registry };
}

const entryFile = async () => join(folder, (await readdir(folder))[0] ?? '');

describe('what a layer holds', () => {
  test('is downloaded once, and the same from what an earlier run kept', async () => {
    const first = await list();
    expect(first.downloads).toBe(1);
    const second = await list();
    expect(second.downloads).toBe(0);
    expect(second.files).toEqual(first.files);
    expect(second.files.entries.get('usr/bin/run')).toMatchObject({
      attributes: { mode: 0o4755, uid: 7, gid: 8 },
      program: { kind: 'script', interpreter: '/bin/sh' },
      size: 19,
    });
    expect(second.files.entries.get('srv/key')).toMatchObject({ marked: true });
    expect(second.files).toMatchObject({ whiteouts: ['srv/old'], opaque: ['opt'] });
    expect((await stat(await entryFile())).mode & 0o777).toBe(0o600);
  });

  test('is downloaded once in a run, whoever asks, and kept nowhere without a folder', async () => {
    const { registry } = createHarness();
    server.forgetRequests();
    const read = () => listLayer(registry, at(server, 'team/base'), layer.descriptor);
    const [one, other] = await Promise.all([read(), read()]);
    expect(await read()).toBe(one);
    expect(other).toBe(one);
    expect(server.requests.filter(({ path }) => path.includes('/blobs/'))).toHaveLength(1);
    expect(await readdir(folder)).toEqual([]);
  });

  test('has a text that somebody asks for read once more, and from then on', async () => {
    await list();
    const asked = await list(['srv/settings', 'not/there']);
    expect([asked.downloads, asked.files.entries.get('srv/settings')]).toEqual([
      1,
      expect.objectContaining({ text: 'a=1\n' }),
    ]);
    expect((await list(['srv/settings'])).downloads).toBe(0);
    expect((await list(['srv/key'])).downloads).toBe(1);
    expect((await list(['srv/settings', 'srv/key'])).downloads).toBe(0);
  });

  test('that could not be read is asked for again', async () => {
    const { registry } = createHarness();
    const fault = server.inject({ path: /blobs/, times: 1, effect: { kind: 'status', status: 403 } });
    await expect(listLayer(registry, at(server, 'team/base'), layer.descriptor)).rejects.toThrow();
    expect(fault.hits()).toBe(1);
    expect((await listLayer(registry, at(server, 'team/base'), layer.descriptor)).kind).toBe('listed');
  });
});

test('a few megabytes that unpack to texts without measure are not read, and what is just within it is not kept', async () => {
  const ofTexts = async (count: number) => {
    const texts = Array.from({ length: count }, (_, n) => [
      `var/lib/dpkg/status.d/${n}`,
      '\u0001'.repeat(40 * 1024 ** 2),
    ]);
    const made = await makeLayer({ padding: randomBytes(1024 ** 2).toString('hex'), ...Object.fromEntries(texts) });
    server.store.putBlob('team/base', made.bytes, made.descriptor.mediaType);
    const { registry } = createHarness({ layerDirectory: folder });
    return listLayer(registry, at(server, 'team/base'), made.descriptor);
  };
  const listed = await ofTexts(3);
  expect(listed.kind).toBe('listed');
  expect(await readdir(folder)).toEqual([]);
  const refused = await ofTexts(4);
  expect(refused.kind === 'unreadable' && refused.why).toContain(
    'cannot be read (it has databases and other texts of more than 134217728 characters)',
  );
});

describe('an entry that is not what the run wrote is absent', () => {
  const flipped = async (file: string, at: number) => {
    const bytes = await readFile(file);
    bytes[at < 0 ? bytes.length + at : at] = (bytes.at(at) ?? 0) ^ 1;
    await writeFile(file, bytes);
  };
  test.each<[string, (file: string) => Promise<unknown>]>([
    ['a flipped bit in the content', (file) => flipped(file, -40)],
    ['a flipped bit in the checksum', (file) => flipped(file, 100)],
    ['another version', (file) => flipped(file, 'listing '.length)],
    ['cut off', async (file) => writeFile(file, (await readFile(file)).subarray(0, -10))],
    ['empty', (file) => writeFile(file, '')],
    [
      'a link, even to the right content',
      async (file) => {
        await writeFile(`${file}.other`, await readFile(file));
        await rm(file);
        await symlink(`${file}.other`, file);
      },
    ],
  ])('%s', async (_, damage) => {
    const first = await list();
    await damage(await entryFile());
    const again = await list();
    expect(again.downloads).toBe(1);
    expect(again.files).toEqual(first.files);
    expect(again.warnings).toEqual([]);
  });

  test('of another layer', async () => {
    await list();
    const other = await makeLayer({ other: 'x' });
    server.store.putBlob('team/base', other.bytes, other.descriptor.mediaType);
    const name = `${other.descriptor.digest.replace(':', '-')}.listing`;
    await writeFile(join(folder, name), await readFile(await entryFile()));
    const { registry } = createHarness({ layerDirectory: folder });
    const listed = await listLayer(registry, at(server, 'team/base'), other.descriptor);
    expect(listed.kind === 'listed' ? [...listed.files.entries.keys()] : listed.why).toEqual(['other']);
  });
});
