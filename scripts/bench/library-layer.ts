import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import { digestOf } from '../../core/oci/digest.ts';
import type { Layer } from '../../testing/images.ts';
import { cacheRoot } from '../provision/cache.mjs';

const mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip';
const libraries = '/usr/lib';

/** A layer of the Debian pair as provisioning made it; undefined where it is not here. */
export async function pairLayer(version: 'v1' | 'v2'): Promise<Layer | undefined> {
  const folder = join(cacheRoot(), 'debian-pair', version);
  if (!existsSync(join(folder, 'layer.tar.gz'))) return undefined;
  const bytes = await readFile(join(folder, 'layer.tar.gz'));
  const { diffId } = JSON.parse(await readFile(join(folder, 'layer.json'), 'utf8'));
  return { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, diffId };
}

/** A layer of so many MB of libraries and programs of this machine, packed as builders do (gzip, level 6); made once. */
export async function libraryLayer(version: 'v1' | 'v2', megabytes: number): Promise<Layer> {
  const folder = join(cacheRoot(), 'bench');
  const file = join(folder, `libraries-${version}-${megabytes}.tar.gz`);
  if (!existsSync(file)) {
    await mkdir(folder, { recursive: true });
    await make(version, megabytes * 1e6, file);
  }
  const [bytes, diffId] = [await readFile(file), await readFile(`${file}.diff-id`, 'utf8')];
  return {
    bytes,
    descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length },
    diffId: diffId as Layer['diffId'],
  };
}

async function make(version: string, most: number, file: string): Promise<void> {
  const archive = pack();
  const hash = createHash('sha256');
  const chunks: Buffer[] = [];
  const packed = pipeline(
    Readable.from(archive),
    async function* (source: AsyncIterable<Buffer>) {
      for await (const chunk of source) {
        hash.update(chunk);
        yield chunk;
      }
    },
    createGzip({ level: 6 }),
    async (source: AsyncIterable<Buffer>) => {
      for await (const chunk of source) chunks.push(chunk);
    },
  );
  archive.entry({ name: 'usr/share/libraries-version', mtime: new Date(0), mode: 0o644 }, version);
  let total = 0;
  for (const name of filesBelow(libraries)) {
    if (total >= most) break;
    const content = readFileSync(name);
    total += content.length;
    const header = { name: name.replace('/usr/lib/', 'usr/lib/libraries/'), mtime: new Date(0), mode: 0o644 };
    await new Promise<void>((resolve, reject) => {
      archive.entry(header, content, (error) => (error ? reject(error) : resolve()));
    });
  }
  archive.finalize();
  await packed;
  await writeFile(`${file}.diff-id`, `sha256:${hash.digest('hex')}`);
  await writeFile(`${file}.partial`, Buffer.concat(chunks));
  await rename(`${file}.partial`, file);
}

function* filesBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    // What is very large is one program, and no image is made of three of them.
    else if (entry.isFile() && lstatSync(path).size < 60e6) yield path;
  }
}
