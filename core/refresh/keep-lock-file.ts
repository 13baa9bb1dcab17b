import { resolve } from 'node:path';
import { type LockedImage, renderLockFile, withEntry } from '../baseline/lock-file.ts';
import { attempt, type Failure } from '../failure.ts';
import { formatReference } from '../oci/reference.ts';
import { readLockFile } from './check-builds.ts';
import type { Run } from './context.ts';
import { type ImageResult, releasedIn } from './image-result.ts';

/** Enters what a refresh has promoted in the lock file, where the user keeps one; returns what went wrong. */
export async function keepLockFile(run: Run, results: readonly ImageResult[]): Promise<readonly Failure[]> {
  const { lockFile, root } = run.config;
  const entries = results.flatMap(entryOf);
  if (lockFile === undefined || entries.length === 0) return [];
  const written = await attempt(lockFile, async () => {
    const before = await readLockFile(run.world, run.config);
    await run.world.files.write(resolve(root, lockFile), renderLockFile(entries.reduce(withEntry, before)));
  });
  if (written.kind === 'failed') return [written.failure];
  run.host.log('info', `${lockFile}: ${entries.map(({ image }) => image).join(', ')} entered; commit it`);
  return [];
}

function entryOf(result: ImageResult): readonly LockedImage[] {
  const [release] = result.image.build.releases;
  const released = releasedIn(result);
  if (released === undefined || release === undefined) return [];
  const { built, promotion } = released;
  const bases = built.pinned.filter(({ base }) => base.reachable);
  const digests = new Map(bases.map(({ base, digest }) => [formatReference(base.reference), digest]));
  return [
    {
      image: formatReference(release),
      digest: promotion.digest,
      bases: [...digests].map(([reference, digest]) => ({ reference, digest })),
    },
  ];
}
