import { fail } from '../failure.ts';
import { formatReference } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import { currentDigest, digestIn } from './release.ts';
import { afterUndoing, type Move } from './undo.ts';

/**
 * Moves tags in their order by a PUT of identical bytes, each a single request that leaves it at its old or its new
 * content, and reads each one back. Throws `moved` where a tag is not what it must be; what had moved is put back.
 */
export async function moveTags(registry: Registry, moves: readonly Move[]): Promise<void> {
  // All before the first is moved, which is looked at just before it is.
  for (const move of moves.slice(1)) await refuseIfMoved(registry, move);
  const begun: Move[] = [];
  try {
    for (const move of moves) {
      // Another leg of the run may have put the very same there.
      if (await refuseIfMoved(registry, move)) continue;
      begun.push(move);
      if (digestIn(move.from) !== move.to.descriptor.digest) await registry.putManifest(move.reference, move.to);
      await prove(registry, move);
    }
    // Another run over the same release tags may have moved one while this one went on to the next.
    for (const move of moves.slice(0, -1)) await prove(registry, move);
  } catch (thrown) {
    throw await afterUndoing(registry, begun, thrown);
  }
}

/** Whether a tag names already what it is to name; throws `moved` where it names neither that nor what the run saw. */
async function refuseIfMoved(registry: Registry, { reference, from, to }: Move): Promise<boolean> {
  const now = await currentDigest(registry, reference);
  const seen = digestIn(from);
  if (now === seen || now === to.descriptor.digest) return now !== seen;
  throw fail(
    'moved',
    formatReference(reference),
    `named ${seen ?? 'nothing'} when the run began and names ${now ?? 'nothing'} now, so it was left alone`,
    'run again to check what is there now',
    { retryable: true },
  );
}

async function prove(registry: Registry, { reference, to }: Move): Promise<void> {
  const now = await currentDigest(registry, reference);
  if (now === to.descriptor.digest) return;
  throw fail(
    'moved',
    formatReference(reference),
    `names ${now ?? 'nothing'} after ${to.descriptor.digest} was put there`,
    'find out what else writes this tag, then run again',
    { retryable: true },
  );
}
