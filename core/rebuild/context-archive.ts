import { type Pack, pack } from 'tar-stream';
import { bytesOf } from '../bytes.ts';
import { fail } from '../failure.ts';
import type { World } from '../ports.ts';
import { absolute, type ContextEntry, contextEntries, type LeftOut } from './build-context.ts';
import { hasOwnIgnoreFile } from './dockerfile-text.ts';
import type { BuildOrder } from './engine.ts';

/** A build context with a Dockerfile in it, as an archive. */
export interface ContextArchive {
  /** What the Dockerfile is called in it. */
  readonly dockerfile: string;
  /** Made as it is read, once; throws FailureError where a file cannot be read. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

type Reading = Pick<World, 'files' | 'platform' | 'randomHex'>;

const ignoreFileName = '.dockerignore';
const mostBytes = 1024 * 1024 * 1024;

/** The build context as its ignore file lets it through, with a Dockerfile that becomes no part of it. */
export async function contextArchive(
  world: Reading,
  order: BuildOrder,
  dockerfile: string,
  leftOut: LeftOut,
): Promise<ContextArchive> {
  const all = await contextEntries(world, order, leftOut);
  const bytes = all.reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.size : 0), 0);
  if (bytes > mostBytes) {
    const fact = `its build context of ${Math.round(bytes / 1024 / 1024)} MB is too large to be sent`;
    throw fail('build-failed', order.build.name, fact, 'leave out more with .dockerignore');
  }
  const name = `.base-image-refresh-${world.randomHex(8)}.Dockerfile`;
  const added = new Map([
    [ignoreFileName, await ignoreText(world, order, all, name)],
    [name, dockerfile],
  ]);
  const entries = all.filter(({ path }) => !added.has(path));
  return { dockerfile: name, bytes: packed((archive) => fill(world, order, archive, entries, added)) };
}

// Builders take a Dockerfile, and the ignore file itself, out of the context where the ignore file names them.
async function ignoreText(
  world: Reading,
  order: BuildOrder,
  entries: readonly ContextEntry[],
  dockerfile: string,
): Promise<string> {
  const isShipped = entries.some(({ kind, path }) => kind === 'file' && path === ignoreFileName);
  // Beside a Dockerfile's own ignore file its patterns would hold back what is meant to be sent.
  if (!isShipped || (await hasOwnIgnoreFile(world, order))) return `${dockerfile}\n${ignoreFileName}\n`;
  return `${await world.files.readText(absolute(world, order, ignoreFileName), mostBytes)}\n${dockerfile}\n`;
}

async function* packed(fill: (archive: Pack) => Promise<void>): AsyncGenerator<Uint8Array> {
  const archive = pack();
  fill(archive).then(
    () => archive.finalize(),
    (cause: Error) => archive.destroy(cause),
  );
  for await (const chunk of archive) yield bytesOf(chunk);
}

async function fill(
  world: Reading,
  order: BuildOrder,
  archive: Pack,
  entries: readonly ContextEntry[],
  added: ReadonlyMap<string, string>,
): Promise<void> {
  for (const entry of entries) {
    const { kind, path: name, modified: mtime } = entry;
    if (kind === 'directory') archive.entry({ name, type: 'directory', mode: entry.mode, mtime });
    else if (kind === 'symlink') archive.entry({ name, type: 'symlink', linkname: entry.target, mtime });
    else await append(archive, { name, mode: entry.mode, mtime }, await world.files.read(absolute(world, order, name)));
  }
  for (const [name, text] of added) {
    await append(archive, { name, mode: 0o644, mtime: new Date(0) }, Buffer.from(text));
  }
}

// Ends when the content has been taken, so that no more than one file waits in memory.
function append(archive: Pack, header: Parameters<Pack['entry']>[0], content: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    archive.entry(header, Buffer.from(content), (error) => (error ? reject(error) : resolve()));
  });
}
