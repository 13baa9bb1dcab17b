import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type Extract, extract } from 'tar-stream';
import { bytesOf } from '../../bytes.ts';
import { fail } from '../../failure.ts';

// Several times what a scanner has today; an archive that unpacks to more is not one.
const largestProgram = 1024 * 1024 * 1024;

/**
 * One regular file of a gzipped tar; undefined where there is none of that name. Nothing else is unpacked, and an archive
 * with a name that leads out of a folder is refused as a whole.
 */
export async function memberOf(archive: Uint8Array, name: string, subject: string): Promise<Buffer | undefined> {
  const entries = extract();
  try {
    const [, found] = await Promise.all([
      pipeline(Readable.from([archive]), createGunzip(), entries),
      readMember(entries, name, subject),
    ]);
    return found;
  } catch (thrown) {
    entries.destroy();
    if (thrown instanceof Error && thrown.name === 'FailureError') throw thrown;
    throw fail('malformed', subject, 'is not a whole archive');
  }
}

async function readMember(entries: Extract, name: string, subject: string): Promise<Buffer | undefined> {
  let found: Buffer | undefined;
  for await (const entry of entries) {
    if (leadsOut(entry.header.name)) throw fail('malformed', subject, 'holds a name that leads out of its folder');
    const wanted = entry.header.name === name && entry.header.type === 'file';
    if (wanted && (entry.header.size ?? 0) > largestProgram)
      throw fail('too-large', subject, `holds a ${name} too large`);
    const chunks: Uint8Array[] = [];
    // Entries that are not wanted must be read too, or the next never comes.
    for await (const chunk of entry) if (wanted) chunks.push(bytesOf(chunk));
    if (wanted) found = Buffer.concat(chunks);
  }
  return found;
}

function leadsOut(name: string): boolean {
  return /^(?:[\\/]|[A-Za-z]:)/.test(name) || name.split(/[\\/]/).includes('..');
}
