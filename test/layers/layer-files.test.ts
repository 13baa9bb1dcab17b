import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { readLayerFiles } from '../../core/layers/layer-files.ts';
import { releaseFiles } from '../../core/layers/reading.ts';
import { makeLayer } from '../../testing/images.ts';
import { at, closeAll, createHarness, failureOf, start } from '../registry/harness.ts';

afterEach(closeAll);

const layer = await makeLayer({
  './': { directory: true },
  './etc/os-release': 'ID=debian\n',
  './etc/motd': 'x'.repeat(100_000),
  'app/': { directory: true },
  'app/sh': { symlink: '/bin/sh' },
  [`app/${'long/'.repeat(60)}ü`]: 'long',
  'app/.wh.old': '',
  'srv/.wh..wh..opq': '',
  '.wh..wh.plnk': '',
});
const tar = gunzipSync(layer.bytes);
const names = { attributes: false, texts: new Set(releaseFiles), longestText: 64 * 1024 };

async function read(bytes: Uint8Array, mediaType = 'application/vnd.oci.image.layer.v1.tar') {
  const server = await start();
  const descriptor = server.store.putBlob('team/web', bytes, mediaType);
  const listed = await readLayerFiles(createHarness().registry, at(server, 'team/web'), descriptor, names);
  return listed.kind === 'listed' ? { ...listed.files, entries: Object.fromEntries(listed.files.entries) } : listed.why;
}

/** A frame of stored blocks (RFC 8878, 3.1.1): what any compressor may write. */
function zstd(content: Uint8Array): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(content.length);
  const parts = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0]), size];
  for (let start = 0; start < content.length; start += 65_536) {
    const block = content.subarray(start, start + 65_536);
    const header = Buffer.alloc(3);
    header.writeUIntLE((block.length << 3) | (start + block.length === content.length ? 1 : 0), 0, 3);
    parts.push(header, Buffer.from(block));
  }
  return Buffer.concat(parts);
}

const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);

test.each([
  ['gzip', layer.bytes],
  ['gzip in several members', Buffer.concat([gzipSync(tar.subarray(0, 700)), gzipSync(tar.subarray(700))])],
  ['plain', tar],
  ['zstd', zstd(tar)],
  [
    'zstd in several frames, some to be skipped',
    Buffer.concat([skippable, zstd(tar.subarray(0, 70_000)), skippable, zstd(tar.subarray(70_000))]),
  ],
])('a layer in %s is listed, whatever its media type says', async (_, bytes) => {
  expect(await read(bytes)).toEqual({
    entries: {
      'etc/os-release': { kind: 'file', text: 'ID=debian\n' },
      'etc/motd': { kind: 'file' },
      app: { kind: 'directory' },
      'app/sh': { kind: 'symlink', target: '/bin/sh' },
      [`app/${'long/'.repeat(60)}ü`]: { kind: 'file' },
    },
    whiteouts: ['app/old'],
    opaque: ['srv'],
  });
});

test.each([
  ['cut off', layer.bytes.subarray(0, 200), 'unexpected end of file'],
  ['cut off in zstd', zstd(tar).subarray(0, 500), ''],
  ['no archive', Buffer.from('x'.repeat(2_000)), ''],
  [
    'with a name that leads out',
    gunzipSync((await makeLayer({ '../etc/passwd': 'x' })).bytes),
    'it names "../etc/passwd"',
  ],
])('a layer %s is unreadable', async (_, bytes, reason) => {
  const why = await read(bytes);
  expect(why).toMatch(/^layer sha256:[0-9a-f]{64} cannot be read \(.+\)$/);
  expect(why).toContain(reason);
});

test('an empty layer holds nothing', async () => {
  expect(await read(Buffer.alloc(1_024))).toEqual({ entries: {}, whiteouts: [], opaque: [] });
});

test('bytes that are not those of the digest are no listing', async () => {
  const server = await start();
  const { descriptor } = layer;
  server.store.putBlob('team/web', gzipSync(tar.subarray(0, 1_024)), descriptor.mediaType, descriptor.digest);
  const reading = readLayerFiles(createHarness().registry, at(server, 'team/web'), descriptor, names);
  expect((await failureOf(reading)).code).toBe('digest-mismatch');
});

test('a layer that is not to be distributed is not asked for', async () => {
  const mediaType = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';
  expect(await read(layer.bytes, mediaType)).toContain(`(it is ${mediaType})`);
});
