import { posix } from 'node:path';
import { readDockerfile } from '../dockerfile/read.ts';
import type { Platform } from '../oci/platform.ts';
import type { World } from '../ports.ts';
import { absolute, ignoreFilter } from './build-context.ts';
import type { BuildOrder } from './engine.ts';
import { readIgnoreFile } from './ignore-file.ts';

/** A source of COPY or ADD that the build context does not have. */
export interface MissingSource {
  readonly source: string;
  readonly line: number;
  /** Whether it is there and the ignore file leaves it out. */
  readonly ignored: boolean;
}

const anywhere: Platform = { os: 'linux', architecture: 'amd64' };

/** The first source that an order's build would not find; undefined where it finds all, or where that is not known. */
export async function missingSource(
  world: Pick<World, 'files' | 'platform'>,
  order: BuildOrder,
  dockerfile: string,
  outputDirectory?: string,
): Promise<MissingSource | undefined> {
  const { args, contexts, target, platforms } = order.build;
  const [platform = anywhere] = platforms;
  const copied: { readonly source: string; readonly line: number }[] = [];
  readDockerfile(dockerfile, {
    args,
    contexts,
    platforms: { build: platform, target: platform },
    onCopy: (source, line) => copied.push({ source, line }),
    ...(target === undefined ? {} : { target }),
  });
  const local = copied.filter(({ source }) => !isRemote(source) && !source.includes('$'));
  if (local.length === 0) return undefined;
  const lets = ignoreFilter((await readIgnoreFile(world, order, outputDirectory)).text);
  for (const { source, line } of local) {
    const path = fixedPart(posix.join('/', source).slice(1));
    if (path === '') continue;
    const { kind } = await world.files.stat(absolute(world, order, path));
    if (kind === 'absent') return { source, line, ignored: false };
    // A pattern with an exclamation mark may bring back what stands below a folder.
    if (path === posix.normalize(source) && !lets(path) && !(kind === 'directory' && lets.hasExceptions))
      return { source, line, ignored: true };
  }
  return undefined;
}

function isRemote(source: string): boolean {
  return /^(?:[a-z][a-z0-9+.-]*:\/\/|git@|<<)/i.test(source);
}

// Of a pattern, the folder that its matches stand in.
function fixedPart(path: string): string {
  const parts = path.split('/');
  const pattern = parts.findIndex((part) => /[*?[\\]/.test(part));
  return (pattern === -1 ? parts : parts.slice(0, pattern)).join('/').replace(/\/$/, '');
}
