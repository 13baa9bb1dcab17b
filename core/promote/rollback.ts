import { attempt, fail } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';
import type { StoredManifest } from '../oci/manifest.ts';
import { familiar, formatReference, parseReference, type Reference, withDigest } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import type { Exact } from '../sign/settings.ts';
import { moveTags } from './move.ts';
import type { PromotionRecord } from './record.ts';
import { currentDigest, digestIn, snapshotReleases } from './release.ts';
import { rollbackTagOf } from './rollback-tag.ts';
import type { Move } from './undo.ts';

/** What a promotion is undone by: its record, the tag that keeps what was there before, or the digest that the run names. */
export interface Undoing extends PromotionRecord {
  readonly by: 'record' | 'rollback-tag' | 'digest';
}

/** What becomes of one tag; `new` is one that the promotion made, which stays. */
export interface RestoredTag {
  readonly reference: Reference;
  readonly state: 'restored' | 'unchanged' | 'new';
  /** What it named, and is to name; undefined for nothing. */
  readonly from: Digest | undefined;
  readonly to: Digest | undefined;
}

export interface Rollback {
  readonly undoing: Undoing;
  readonly tags: readonly RestoredTag[];
  readonly moves: readonly Move[];
  /** Why what it goes back to is not proven to have passed a gate; the run names it all the same. */
  readonly unproven: readonly string[];
}

export interface RollbackOptions {
  readonly rollbackTag?: string;
  /** Why a digest is not proven to have been promoted by a run whose gate it passed; undefined where it is. */
  readonly whyUnproven: (image: Exact) => Promise<string | undefined>;
  /** Whether to restore tags that somebody has moved since, and how that is asked for. */
  readonly force: boolean;
  readonly forceLabel: string;
}

/** Finds out how the last promotion of a tag is undone; throws where that is not certain. Nothing is written. */
export async function planRollback(
  registry: Registry,
  image: Reference,
  records: readonly PromotionRecord[],
  options: RollbackOptions,
): Promise<Rollback> {
  const { digest: named, ...tag } = image;
  const undoing =
    named === undefined ? await undoingFor(registry, tag, records, options) : await undoingTo(registry, tag, named);
  const references = undoing.tags.map(({ reference }) => parseReference(reference));
  const now = await snapshotReleases(registry, references);
  const planned = await Promise.all(
    undoing.tags.map(async ({ previous }, at) => {
      const { reference, manifest } = now[at] ?? { reference: image };
      const state = stateOf(digestIn(manifest), undoing.digest, previous);
      if (state === 'moved' && !options.force) throw movedSince(reference, digestIn(manifest), undoing.digest, options);
      const to = previous === undefined ? undefined : await readWhole(registry, withDigest(reference, previous));
      return { reference, from: manifest, to, state: state === 'moved' ? 'restored' : state };
    }),
  );
  if (planned.every(({ state }) => state === 'new')) throw nothingBefore(image);
  const unproven = await unprovenIn(planned, named, options);
  return {
    undoing,
    unproven,
    tags: planned.map(({ reference, from, to, state }) => {
      return { reference, state, from: digestIn(from), to: state === 'new' ? digestIn(from) : digestIn(to) };
    }),
    // Last first, as a promotion that fails in the middle is undone.
    moves: planned
      .flatMap(({ reference, from, to, state }) =>
        state === 'restored' && to !== undefined ? [{ reference, from, to }] : [],
      )
      .reverse(),
  };
}

// What no gate has seen is gone back to only where the run itself says which digest that is.
async function unprovenIn(
  planned: readonly {
    readonly reference: Reference;
    readonly state: string;
    readonly to: StoredManifest | undefined;
  }[],
  named: Digest | undefined,
  { force, forceLabel, whyUnproven }: RollbackOptions,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { reference, state, to } of planned) {
    if (state !== 'restored' || to === undefined) continue;
    const { digest } = to.descriptor;
    const why = await whyUnproven(withDigest(reference, digest));
    if (why === undefined) continue;
    if (!force || named !== digest) throw unprovenTarget(withDigest(reference, digest), why, forceLabel);
    found.push(why);
  }
  return found;
}

function unprovenTarget(target: Exact, why: string, forceLabel: string) {
  const remedy = `look at it, and name it with ${forceLabel} to go back to it all the same: rollback ${familiar(target)}`;
  return fail('usage', familiar(target), `is not gone back to: ${why}`, remedy);
}

async function undoingTo(registry: Registry, image: Reference, named: Digest): Promise<Undoing> {
  const now = await currentDigest(registry, image);
  if (now === undefined) throw fail('not-found', familiar(image), 'there is no such tag', 'check its name');
  return { at: '', digest: now, tags: [{ reference: formatReference(image), previous: named }], by: 'digest' };
}

/** Carries the rollback out; each tag is guarded and read back as in a promotion. */
export function rollBackTags(registry: Registry, { moves }: Rollback): Promise<void> {
  return moveTags(registry, moves);
}

function stateOf(
  now: Digest | undefined,
  promoted: Digest,
  previous: Digest | undefined,
): RestoredTag['state'] | 'moved' {
  if (previous === undefined) return 'new';
  if (now === previous) return 'unchanged';
  return now === promoted ? 'restored' : 'moved';
}

// The promotion that made the tag what it is; one that somebody else's content hides only where that is asked for.
async function undoingFor(
  registry: Registry,
  image: Reference,
  records: readonly PromotionRecord[],
  options: RollbackOptions,
): Promise<Undoing> {
  const name = formatReference(image);
  const now = await currentDigest(registry, image);
  const own = records.filter(({ tags }) => tags.some(({ reference }) => reference === name));
  const found = own.find((record) => explains(record, name, now)) ?? (options.force ? own[0] : undefined);
  if (found !== undefined) return { ...found, by: 'record' };
  if (own[0] !== undefined) throw movedSince(image, now, own[0].digest, options);
  const recorded = await rollbackDigest(registry, image, options.rollbackTag);
  if (recorded === undefined || now === undefined) throw unrecorded(image, options.rollbackTag);
  if (now !== recorded && !options.force) throw unproven(image, now, recorded, options);
  return { at: '', digest: now, tags: [{ reference: name, previous: recorded }], by: 'rollback-tag' };
}

// The tag is what the promotion made it, or what it was before: that run was killed, or has been undone already.
function explains({ digest, tags }: PromotionRecord, name: string, now: Digest | undefined): boolean {
  return (
    now !== undefined &&
    (digest === now || tags.some(({ reference, previous }) => reference === name && previous === now))
  );
}

async function rollbackDigest(
  registry: Registry,
  image: Reference,
  pattern: string | undefined,
): Promise<Digest | undefined> {
  return pattern === undefined ? undefined : currentDigest(registry, rollbackTagOf(pattern, image));
}

// An index whose platforms have been cleaned away is no image to go back to. Manifests that an earlier run kept say
// nothing of what is there now, so the registry is asked for each.
async function readWhole(registry: Registry, reference: Reference): Promise<StoredManifest> {
  const { tag: _, ...place } = reference;
  const read = await attempt(formatReference(place), async () => {
    await askFor(registry, place);
    const manifest = await registry.manifest(place);
    const { document } = manifest;
    const children = document.kind === 'index' ? document.manifests : [];
    for (const { digest } of children) {
      await askFor(registry, withDigest(place, digest));
      await registry.manifest(withDigest(place, digest));
    }
    return manifest;
  });
  if (read.kind === 'done') return read.value;
  const detail = `cannot go back to it: ${read.failure.subject} ${read.failure.detail}`;
  throw fail(read.failure.code, formatReference(place), detail, 'rebuild it', { retryable: read.failure.retryable });
}

async function askFor(registry: Registry, reference: Reference): Promise<void> {
  registry.forget(reference);
  await registry.head(reference);
}

function movedSince(image: Reference, now: Digest | undefined, promoted: Digest, { forceLabel }: RollbackOptions) {
  const detail = `names ${now ?? 'nothing'}, and the last promotion put ${promoted} there: somebody moved it since`;
  return fail(
    'moved',
    formatReference(image),
    detail,
    `look at what is there, or go back all the same with ${forceLabel}`,
  );
}

function unproven(image: Reference, now: Digest, recorded: Digest, { forceLabel }: RollbackOptions) {
  const detail = `no record shows a promotion of it, so nothing shows that a promotion put ${now} there and not somebody else`;
  const remedy = `name the --output-dir of the run that promoted it, or look at what is there and go back to ${recorded}, which the rollback tag keeps, with ${forceLabel}`;
  return fail('usage', familiar(image), detail, remedy);
}

function nothingBefore(image: Reference) {
  return fail('usage', familiar(image), 'did not exist before its promotion, so there is nothing to go back to');
}

function unrecorded(image: Reference, pattern: string | undefined) {
  const tag = pattern === undefined ? '' : `, and ${familiar(rollbackTagOf(pattern, image))} does not exist`;
  const detail = `no record shows a promotion of it${tag}`;
  return fail(
    'usage',
    familiar(image),
    detail,
    'name the --output-dir of the run that promoted it, and the release tag',
  );
}
