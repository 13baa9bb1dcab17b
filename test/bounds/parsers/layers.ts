import { gzipSync } from 'node:zlib';
import { fail } from '../../../core/failure.ts';
import { readAccounts } from '../../../core/layers/accounts.ts';
import { distributionOf } from '../../../core/layers/distribution.ts';
import { layered } from '../../../core/layers/filesystem.ts';
import { readLayerFiles } from '../../../core/layers/layer-files.ts';
import { programIn } from '../../../core/layers/program.ts';
import { everything } from '../../../core/layers/reading.ts';
import { asDigest } from '../../../core/oci/digest.ts';
import { installedIn } from '../../../core/packages/databases.ts';
import type { Registry } from '../../../core/registry/registry.ts';
import { eachRepeated, type Growth, type Parser, repeated } from '../growth.ts';

const known = asDigest(`sha256:${'a'.repeat(64)}`);
if (known === undefined) throw new Error('not a digest');
const descriptor = { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: known, size: 1 };

/** Reads bytes as a layer, lays it over itself, and asks what stands in it. */
async function layer(text: string): Promise<unknown> {
  const bytes = Buffer.from(text, 'latin1');
  async function* blobStream() {
    for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
  }
  const listed = await readLayerFiles(
    { blobStream } as unknown as Registry,
    { registry: 'r.io', repository: 'a' },
    descriptor,
    everything,
  );
  if (listed.kind === 'unreadable') throw fail('malformed', 'layer', listed.why);
  const files = layered([listed.files, listed.files]);
  let count = 0;
  for (const path of files.paths()) if (files.at(path) !== undefined) count += 1;
  return [count, distributionOf(files)?.id, installedIn(files).kind];
}

function numberedLines(size: number, line: (at: number) => string): string {
  let text = '';
  for (let at = 0; text.length < size; at += 1) text += line(at);
  return text.slice(0, size);
}

interface Header {
  readonly name: string;
  readonly type?: string;
  readonly link?: string;
  readonly content?: string;
}

/** One entry of a tar archive (POSIX ustar), as characters. */
export function entry({ name, type = '0', link = '', content = '' }: Header): string {
  const header = Buffer.alloc(512);
  header.write(name.slice(0, 100), 0, 'latin1');
  header.write('0000644\0', 100);
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('        ', 148);
  header.write(type, 156);
  header.write(link.slice(0, 100), 157, 'latin1');
  header.write('ustar\u000000', 257);
  header.write(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  );
  return header.toString('latin1') + content + '\0'.repeat((512 - (content.length % 512)) % 512);
}

function pax(fields: Readonly<Record<string, string>>): string {
  const records = Object.entries(fields).map(([key, value]) => {
    const rest = ` ${key}=${value}\n`;
    const length = rest.length + String(rest.length + 6).length;
    return `${length}${rest}`;
  });
  return records.join('');
}

/** Entries that are each another. */
function entries(of: (at: number) => Header, before = ''): Growth {
  return {
    label: `entries such as ${JSON.stringify(of(7)).slice(0, 80)}`,
    of: (size) => {
      const parts = [before];
      for (let at = 0, length = 0; length < size; at += 1) {
        const text = entry(of(at));
        parts.push(text);
        length += text.length;
      }
      return parts.join('');
    },
  };
}

const longPath = 'a/'.repeat(40);
const paxKeys = Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`k${at}`, 'v']));

const tarGrowths: readonly Growth[] = [
  entries((at) => ({ name: `f${at}` })),
  entries((at) => ({ name: `d${at}/`, type: '5' })),
  entries((at) => ({ name: `.wh.f${at}` })),
  entries((at) => ({ name: `a/d${at}/.wh..wh..opq` }), entry({ name: 'a/', type: '5' })),
  entries((at) => ({ name: `l${at}`, type: '2', link: `l${at + 1}` })),
  entries((at) => ({ name: at === 0 ? 'l' : `l/l${at}`, type: '2', link: longPath })),
  entries((at) => ({ name: `l${at % 40}/x${at}`, type: at < 40 ? '2' : '0', link: `l${(at % 40) + 1}/${longPath}` })),
  entries((at) => ({ name: `h${at}`, type: '1', link: 'h0' })),
  entries((at) => ({ name: `${longPath}${at}` })),
  entries((at) => ({ name: 'x', type: 'x', content: pax({ path: `p${at}` }) })),
  entries(
    (at) => (at % 2 === 0 ? { name: 'x', type: 'x', content: pax({ a: 'b' }) } : { name: `f${at}` }),
    entry({ name: 'g', type: 'g', content: pax(paxKeys) }),
  ),
  entries((at) => ({ name: 'n', type: 'L', content: `${'a/'.repeat(2000)}${at}` })),
  {
    label: 'one long name',
    of: (size) => entry({ name: 'n', type: 'L', content: 'a/'.repeat(size / 2) }) + entry({ name: 'b' }),
  },
  repeated('\0', entry({ name: 'a' })),
  repeated('a'),
];

const databases = [
  ...[
    'Package: a\nVersion: 1\nStatus: install ok installed\n\n',
    '\n',
    ' ',
    ': ',
    'a: b\n',
    ' a\n',
    'P:a\nV:1\n\n',
    '\r',
    '\n \n',
    'ID=a\n',
    '"',
    "'",
    '=',
  ],
];

/** A zstd frame of one kind of blocks, over and over (RFC 8878, 3.1.1). */
function zstd(descriptorByte: number, block: readonly number[]): Growth {
  const head = String.fromCharCode(0x28, 0xb5, 0x2f, 0xfd, 0, descriptorByte);
  return repeated(String.fromCharCode(...block), head);
}

const block = (kind: number, size: number, ...content: readonly number[]) => [
  ((size << 3) | (kind << 1)) & 255,
  (size >> 5) & 255,
  (size >> 13) & 255,
  ...content,
];
// A compressed block of 131,071 times one byte: literals of one kind, and no sequences.
const repeatedLiterals = [0x0d | 0xf0, 0xff, 0x1f, 0x61, 0];

const zstdGrowths: readonly Growth[] = [
  zstd(0x68, block(1, 131_072, 0x61)),
  zstd(0x68, block(1, 1, 0x61)),
  zstd(0x68, block(0, 0)),
  zstd(0x68, block(0, 4, 1, 2, 3, 4)),
  zstd(0x68, block(2, repeatedLiterals.length, ...repeatedLiterals)),
  zstd(0x88, block(2, repeatedLiterals.length, ...repeatedLiterals)),
  zstd(0x68, [...block(1, 131_072, 0x61), ...block(2, repeatedLiterals.length, ...repeatedLiterals)]),
  zstd(0x68, block(2, 4, 0x08, 0x61, 0, 0)),
  zstd(0xff, block(1, 131_072, 0x61)),
  repeated(
    String.fromCharCode(
      0x28,
      0xb5,
      0x2f,
      0xfd,
      0,
      0x68,
      ...block(1, 131_072, 0x61).map((byte, at) => (at === 0 ? byte | 1 : byte)),
    ),
  ),
  repeated('\u0050\u002a\u004d\u0018\0\0\0\0'),
];

const zeros = gzipSync(Buffer.alloc(16 * 1024 ** 2)).toString('latin1');
const member = gzipSync(Buffer.alloc(0)).toString('latin1');
const gzipHead = '\u001f\u008b\u0008\0\0\0\0\0\0\u00ff';

/** The header of a 64-bit program, behind which its segments follow (System V ABI, 4). */
function elfHeader(segments: number): string {
  const bytes = Buffer.alloc(64);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
  bytes.writeUInt16LE(62, 18);
  bytes.writeBigUInt64LE(64n, 32);
  bytes.writeUInt16LE(56, 54);
  bytes.writeUInt16LE(segments, 56);
  return bytes.toString('latin1');
}

// A program that is loaded as a whole, with a table of dynamic tags to its end that begins with this one.
function dynamicElf(tag: number): string {
  const segment = (kind: number, offset: number) => {
    const bytes = Buffer.alloc(56);
    bytes.writeUInt32LE(kind, 0);
    bytes.writeBigUInt64LE(BigInt(offset), 8);
    bytes.writeBigUInt64LE(BigInt(offset), 16);
    bytes.writeBigUInt64LE(0x1000_0000n, 32);
    return bytes.toString('latin1');
  };
  const tags = Buffer.alloc(64);
  for (const [at, [name, value]] of [
    [tag, 240],
    [5, 176],
    [0x6fffffff, 0xffff],
    [0x6ffffffd, 0xffff],
  ].entries()) {
    tags.writeBigUInt64LE(BigInt(name ?? 0), at * 16);
    tags.writeBigUInt64LE(BigInt(value ?? 0), at * 16 + 8);
  }
  return elfHeader(2) + segment(1, 0) + segment(2, 176) + tags.toString('latin1');
}

/** Parsers of layers: their compression, their archive, and the files in them that are read. */
export const layerParsers: readonly Parser[] = [
  {
    name: 'tar',
    heavy: true,
    sources: ['core/layers/layer-files.ts', 'core/layers/filesystem.ts'],
    parse: layer,
    growths: tarGrowths,
    nested: [
      {
        label: 'folders',
        of: (depth) => entry({ name: 'n', type: 'L', content: 'a/'.repeat(depth) }) + entry({ name: 'b' }),
      },
    ],
    tokens: [
      ...[
        entry({ name: 'a' }),
        entry({ name: 'a/b', content: 'x' }),
        entry({ name: 'a', type: '2', link: 'b' }),
        entry({ name: 'b', type: '2', link: 'a' }),
      ],
      ...[
        entry({ name: '.wh.a' }),
        entry({ name: '.wh..wh..opq' }),
        entry({ name: '../x' }),
        entry({ name: 'h', type: '1', link: 'a' }),
      ],
      ...[
        entry({ name: 'n', type: 'L', content: 'long' }),
        entry({ name: 'x', type: 'x', content: pax({ path: 'p', size: '9' }) }),
        '\0'.repeat(512),
        'x',
        '\0',
      ],
      entry({ name: 'etc/os-release', content: 'ID=a\nVERSION_ID=1\n' }),
    ],
  },
  {
    name: 'programs',
    sources: ['core/layers/elf.ts', 'core/layers/program.ts'],
    parse: (text) => programIn(Buffer.from(text, 'latin1')),
    growths: [
      repeated('a', '#!'),
      ...[dynamicElf(1), dynamicElf(29), dynamicElf(0x6ffffffe), dynamicElf(0x6ffffffc)].flatMap((before) => [
        repeated('\u0001\0\0\0\0\0\0\0', before),
        repeated('\u0001\0', before),
        repeated('a', before),
        repeated('\u00ff', before),
      ]),
      repeated('\u0001', elfHeader(0xffff)),
    ],
    nested: [],
    tokens: [elfHeader(1), elfHeader(2), dynamicElf(1), '#!/bin/sh\n', '\0', '\u0001', '\u0005', '\u00ff', 'a'],
  },
  {
    name: 'zstd',
    heavy: true,
    sources: ['core/layers/zstd.ts', 'core/layers/byte-reader.ts', 'core/layers/decompress.ts'],
    parse: layer,
    growths: zstdGrowths,
    nested: [],
    tokens: [
      ...[
        '\u0028\u00b5\u002f\u00fd',
        '\0',
        '\u0068',
        '\u0020',
        '\u0001',
        '\u0050\u002a\u004d\u0018',
        '\u00ff',
        '\u0061',
        '\u0004',
      ],
      ...[
        block(1, 9, 0x61),
        block(0, 2, 1, 2),
        block(2, repeatedLiterals.length, ...repeatedLiterals),
        block(3, 1),
      ].map((bytes) => String.fromCharCode(...bytes)),
    ],
  },
  {
    name: 'gzip',
    heavy: true,
    sources: ['core/layers/decompress.ts'],
    parse: layer,
    growths: [
      repeated(zeros),
      repeated(member),
      repeated('\0', gzipHead),
      repeated('\u0000\u0001\u0000\u00fe\u00ffa', gzipHead),
      repeated('\u00ff', gzipHead),
    ],
    nested: [],
    tokens: [gzipHead, member, gzipSync('a').toString('latin1'), '\0', '\u00ff', '\u0001', 'a'],
  },
  {
    name: 'users and groups',
    sources: ['core/layers/accounts.ts'],
    parse: (text) => readAccounts(text, text),
    growths: [
      ...eachRepeated(['a:x:1:a\n', 'a:x:0:0::/:\n', 'a,', ':', '\n'], ['', 'a:x:1:']),
      { label: 'groups of one user', of: (size) => numberedLines(size, (at) => `g${at}:x:${at}:app\n`) },
    ],
    nested: [],
    tokens: ['a', ':', ',', '\n', '0', 'app'],
  },
  {
    name: 'package databases and os-release',
    heavy: true,
    sources: ['core/packages/databases.ts', 'core/layers/distribution.ts'],
    parse: (text) =>
      layer(
        ['var/lib/dpkg/status', 'lib/apk/db/installed', 'etc/os-release']
          .map((name) => entry({ name, content: text }))
          .join(''),
      ),
    growths: eachRepeated(databases, ['', 'ID="', 'Package: ', '\n']),
    nested: [],
    tokens: [
      'Package: a\n',
      'Version: 1\n',
      'Status: ',
      'installed',
      '\n',
      ' ',
      'P:a\n',
      'V:1\n',
      'ID=',
      '"',
      "'",
      'VERSION_ID=1\n',
      '\\',
    ],
  },
];
