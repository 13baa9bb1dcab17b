import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { fail } from '../../failure.ts';
import type { World } from '../../ports.ts';
import { absolute, contextEntries } from '../build-context.ts';
import type { BuildOrder } from '../engine.ts';

/** What is sent to be built. */
export interface SourceArchive {
  readonly bytes: Uint8Array;
  /** Where the pinned Dockerfile stands in it. */
  readonly dockerfile: string;
}

const mostBytes = 1024 * 1024 * 1024;

/** The build context as its ignore file lets it through, with the pinned Dockerfile in it, as a gzipped archive. */
export async function sourceArchive(
  world: Pick<World, 'files' | 'platform' | 'randomHex'>,
  order: BuildOrder,
  dockerfile: string,
  outputDirectory: string,
): Promise<SourceArchive> {
  const all = await contextEntries(world, order, outputDirectory);
  // It has done its work here; where the build runs it would be read once more.
  const entries = all.filter(({ path }) => path !== '.dockerignore');
  const bytes = entries.reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.size : 0), 0);
  if (bytes > mostBytes) {
    const fact = `its build context of ${Math.round(bytes / 1024 / 1024)} MB is too large to be sent`;
    throw fail('build-failed', order.build.name, fact, 'leave out more with .dockerignore');
  }
  const archive = pack();
  const mtime = new Date(0);
  for (const entry of entries) {
    const { path: name } = entry;
    if (entry.kind === 'directory') archive.entry({ name, type: 'directory', mode: entry.mode, mtime });
    else if (entry.kind === 'symlink') archive.entry({ name, type: 'symlink', linkname: entry.target, mtime });
    else
      archive.entry(
        { name, mode: entry.mode, mtime },
        Buffer.from(await world.files.read(absolute(world, order, name))),
      );
  }
  const name = `.base-image-refresh-${world.randomHex(8)}.Dockerfile`;
  archive.entry({ name, mode: 0o644, mtime }, dockerfile);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(Buffer.from(chunk as Uint8Array));
  return { bytes: gzipSync(Buffer.concat(chunks)), dockerfile: name };
}
