import { createCipheriv, createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { digestOf } from '../../core/oci/digest.ts';
import type { Layer } from '../../testing/images.ts';

const fileSize = 100 * 1000;

/** A layer of so many MB that do not compress, in files of 100 kB, the same bytes for the same name. */
export async function bigLayer(name: string, megabytes: number): Promise<Layer> {
  const archive = pack();
  const stream = noise(name);
  for (let number = 0; number < megabytes * 10; number++) {
    archive.entry({ name: `usr/share/${name}/${number}`, mtime: new Date(0), mode: 0o644 }, stream(fileSize));
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  const tar = Buffer.concat(chunks);
  // What does not compress needs no effort.
  const bytes = gzipSync(tar, { level: 0 });
  bytes[9] = 255;
  const mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip';
  return { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, diffId: digestOf(tar) };
}

function noise(seed: string): (size: number) => Buffer {
  const key = createHash('sha256').update(seed).digest();
  const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  return (size) => cipher.update(Buffer.alloc(size));
}
