import { posix } from 'node:path';
import { dialectIn } from '../discover/read-build.ts';
import { readDockerfile } from '../dockerfile/read.ts';
import { attempt } from '../failure.ts';
import type { Platform } from '../oci/platform.ts';
import type { World } from '../ports.ts';
import { absolute, ignoreFilter } from './build-context.ts';
import { folderContexts } from './contexts.ts';
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
    ...dialectIn(order.build),
  });
  const local = copied.filter(({ source }) => !isRemote(source) && !source.includes('$'));
  // What stands outside of the repository is no business of a look ahead.
  if (local.length === 0 || leavesRoot(order)) return undefined;
  const lets = ignoreFilter((await readIgnoreFile(world, order, outputDirectory)).text);
  for (const { source, line } of local) {
    const path = fixedPart(posix.join('/', source).slice(1));
    if (path === '') continue;
    const kind = await kindOf(world, order, path);
    if (kind === 'linked') continue;
    if (kind === 'absent') return { source, line, ignored: false };
    // A pattern with an exclamation mark may bring back what stands below a folder.
    if (path === posix.normalize(source) && !lets(path) && !(kind === 'directory' && lets.hasExceptions))
      return { source, line, ignored: true };
  }
  return undefined;
}

function leavesRoot({ build: { context, contexts } }: BuildOrder): boolean {
  return [context, ...Object.values(folderContexts(contexts))].some((path) => {
    const place = posix.normalize(path.replaceAll('\\', '/'));
    return /^(?:\.\.(?:\/|$)|\/|[A-Za-z]:)/.test(place);
  });
}

// Part by part: a link may lead out of the repository, and is not followed.
async function kindOf(world: Pick<World, 'files' | 'platform'>, order: BuildOrder, path: string) {
  const parts = path.split('/');
  for (const [at] of parts.entries()) {
    const place = absolute(world, order, parts.slice(0, at + 1).join('/'));
    const found = await attempt(place, () => world.files.entry(place));
    if (found.kind === 'failed') return 'absent';
    if (found.value.target !== undefined) return 'linked';
  }
  return (await world.files.stat(absolute(world, order, path))).kind;
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
