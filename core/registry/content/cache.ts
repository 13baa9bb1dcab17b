import { createHash } from 'node:crypto';
import { createCacheFolder } from '../../cache-folder.ts';
import { asDigest, type Digest } from '../../oci/digest.ts';
import { formatReference, type Reference } from '../../oci/reference.ts';
import type { World } from '../../ports.ts';
import { manifestLimit } from '../transport/body.ts';

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

/** Bytes of all that is kept: manifests and configurations of some ten thousand images. */
const mostBytes = 256 * 1024 ** 2;

/** The cache in a folder of files, one an entry; what is wrong with it costs a warning and a request, never a run. */
export function createCache(
  world: Pick<World, 'files' | 'now'>,
  path: string,
  warn: (line: string) => void,
  most: number = mostBytes,
): Cache {
  const folder = createCacheFolder(world.files, world.now, {
    ...{ path, called: 'the registry cache', most, warn },
    ...{ names: /^(?:sha\d{3}-[0-9a-f]{64,128}\.json|tag-[0-9a-f]{64})$/, largest: manifestLimit },
  });
  return {
    content: async (digest) => {
      const bytes = await folder.read(contentName(digest));
      if (bytes === undefined || hashOf(digest, bytes) === digest) return bytes;
      warn(`${path}: ${contentName(digest)} is not the content that its name says, so it is not used.`);
      return undefined;
    },
    keepContent: (digest, bytes) => folder.write(contentName(digest), bytes),
    tagged: async (reference) => {
      const bytes = await folder.read(tagName(reference));
      if (bytes === undefined) return undefined;
      const [text = ''] = new TextDecoder().decode(bytes).split('\n', 1);
      const digest = asDigest(text);
      if (digest === undefined) warn(`${path}: ${tagName(reference)} names no digest, so it is not used.`);
      return digest;
    },
    keepTagged: (reference, digest) => {
      const lines = new TextEncoder().encode(`${digest}\n${formatReference(reference)}\n`);
      return folder.write(tagName(reference), lines);
    },
  };
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
