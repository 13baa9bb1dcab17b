import { createHash } from 'node:crypto';
import { join } from 'node:path/posix';
import { asDigest, type Digest } from '../../oci/digest.ts';
import { formatReference, type Reference } from '../../oci/reference.ts';
import type { World } from '../../ports.ts';

/**
 * What earlier runs learnt: manifests and configurations by digest, and which digest a tag named. Nothing of it has to
 * be trusted: content is verified anew, and a tag counts only when its registry confirms the digest.
 */
export interface Cache {
  /** The bytes that have this digest, undefined where there are none. */
  content(digest: Digest): Promise<Uint8Array | undefined>;
  keepContent(digest: Digest, bytes: Uint8Array): Promise<void>;
  /** What a tag named when it was last read. */
  tagged(reference: Reference): Promise<Digest | undefined>;
  keepTagged(reference: Reference, digest: Digest): Promise<void>;
}

interface Folder {
  readonly world: Pick<World, 'files'>;
  readonly path: string;
  readonly warn: (line: string) => void;
}

/** With more entries than this a cache is begun anew: most of them are of images that have moved on. */
const mostEntries = 5_000;

/** The cache in a folder of files, one an entry; what is wrong with it costs a warning and a request, never a run. */
export function createCache(world: Pick<World, 'files'>, path: string, warn: (line: string) => void): Cache {
  const folder: Folder = { world, path, warn };
  let opening: Promise<void> | undefined;
  const open = () => {
    opening ??= harmless(folder, () => sweep(folder), undefined);
    return opening;
  };
  return {
    content: async (digest) => {
      await open();
      const bytes = await readEntry(folder, contentName(digest));
      if (bytes === undefined || hashOf(digest, bytes) === digest) return bytes;
      warn(`${path}: ${contentName(digest)} is not the content that its name says, so it is not used.`);
      return undefined;
    },
    keepContent: (digest, bytes) => writeEntry(folder, contentName(digest), bytes),
    tagged: async (reference) => {
      await open();
      const bytes = await readEntry(folder, tagName(reference));
      if (bytes === undefined) return undefined;
      const [text = ''] = new TextDecoder().decode(bytes).split('\n', 1);
      const digest = asDigest(text);
      if (digest === undefined) warn(`${path}: ${tagName(reference)} names no digest, so it is not used.`);
      return digest;
    },
    keepTagged: (reference, digest) => {
      const lines = new TextEncoder().encode(`${digest}\n${formatReference(reference)}\n`);
      return writeEntry(folder, tagName(reference), lines);
    },
  };
}

async function sweep({ world, path }: Folder): Promise<void> {
  const { kind } = await world.files.stat(path);
  if (kind !== 'directory') return;
  if ((await world.files.list(path)).length > mostEntries) await world.files.remove(path);
}

async function readEntry(folder: Folder, name: string): Promise<Uint8Array | undefined> {
  const file = join(folder.path, name);
  const read = async () =>
    (await folder.world.files.stat(file)).kind === 'file' ? await folder.world.files.read(file) : undefined;
  return harmless(folder, read, undefined);
}

function writeEntry(folder: Folder, name: string, bytes: Uint8Array): Promise<void> {
  return harmless(folder, () => folder.world.files.write(join(folder.path, name), bytes), undefined);
}

async function harmless<T>({ path, warn }: Folder, work: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    warn(`${path}: the registry cache cannot be used: ${why}`);
    return otherwise;
  }
}

function contentName(digest: Digest): string {
  return `${digest.replace(':', '-')}.json`;
}

function tagName(reference: Reference): string {
  return `tag-${createHash('sha256').update(formatReference(reference)).digest('hex')}`;
}

function hashOf(digest: Digest, bytes: Uint8Array): string {
  const [algorithm = 'sha256'] = digest.split(':');
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}
