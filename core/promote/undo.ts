import { attempt, type FailureError, fail, failureOf } from '../failure.ts';
import type { StoredManifest } from '../oci/manifest.ts';
import { formatReference, type Reference } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import { currentDigest, digestIn } from './release.ts';

/**
 * Puts back, last first, what has moved, and answers with the failure that made it necessary: with the commands that
 * put back by hand what could not be put back.
 */
export async function afterUndoing(registry: Registry, moves: readonly Move[], thrown: unknown): Promise<unknown> {
  const backwards = [...moves].reverse();
  // What was new is taken away last: a registry that removes the content with the tag must not have it in use.
  const inOrder = [
    ...backwards.filter(({ from }) => from !== undefined),
    ...backwards.filter(({ from }) => from === undefined),
  ];
  const stranded: Move[] = [];
  for (const move of inOrder) {
    const undone = await attempt(formatReference(move.reference), () => undo(registry, move));
    if (undone.kind === 'failed') stranded.push(move);
  }
  return stranded.length === 0 ? thrown : withCommands(thrown, stranded);
}

// A tag that names something else by now is somebody else's.
async function undo(registry: Registry, { reference, from, to }: Move): Promise<void> {
  if (digestIn(from) === to.descriptor.digest) return;
  if ((await currentDigest(registry, reference)) !== to.descriptor.digest) return;
  if (from === undefined) await registry.deleteManifest(reference);
  else await registry.putManifest(reference, from);
  if ((await currentDigest(registry, reference)) === digestIn(from)) return;
  throw fail('refused', formatReference(reference), 'is not what it was before');
}

function withCommands(thrown: unknown, stranded: readonly Move[]): FailureError {
  const { code, subject, detail, retryable } = failureOf(thrown, 'promotion');
  const remedy = `put back what could not be put back: ${stranded.map(commandFor).join('; ')}`;
  return fail(code, subject, detail, remedy, { retryable, cause: thrown });
}

/** The command that makes a tag what it was. */
export function commandFor({ reference, from }: Pick<Move, 'reference' | 'from'>): string {
  const digest = digestIn(from);
  if (digest === undefined) return `${formatReference(reference)} did not exist, remove this tag`;
  return `crane tag ${placeOf(reference)}@${digest} ${reference.tag ?? 'latest'}`;
}

function placeOf({ registry, repository }: Reference): string {
  return `${registry}/${repository}`;
}

/** One tag that is to name other content than it does. */
export interface Move {
  readonly reference: Reference;
  /** What it must still name when it is moved; undefined where it must name nothing. */
  readonly from: StoredManifest | undefined;
  readonly to: StoredManifest;
}
