import { readPublished } from '../baseline/published.ts';
import { attempt, describeFailure, type Failure } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';
import { asReference, familiar, formatReference, type Reference, withDigest, withTag } from '../oci/reference.ts';
import type { InventoryEntry } from '../report/inventory-table.ts';
import type { Run } from './context.ts';
import { findPromotion } from './promotion-evidence.ts';
import { standingBase } from './scanned-base.ts';

/** What is known of an image that runs. */
export type RunningVerdicts = Pick<InventoryEntry, 'tag' | 'base' | 'gate' | 'notes'> & {
  readonly failures: readonly Failure[];
};

const unknownTag = { verdict: 'unknown', now: null } as const;
const unknownBase = { verdict: 'unknown', reference: null } as const;
const unknownGate = { verdict: 'unknown' } as const;

/** Says of an image that runs whether its tag, its base and its gate are as they should be; nothing is written. */
export async function verdictsOfRunning(run: Run, image: string, digest: Digest | undefined): Promise<RunningVerdicts> {
  const reference = asReference(image);
  const nothing = { tag: unknownTag, base: unknownBase, gate: unknownGate, failures: [] };
  if (reference === undefined) return { ...nothing, notes: [`${image} is no reference of an image`] };
  const exact = digest ?? reference.digest;
  if (exact === undefined) return { ...nothing, notes: ['the node does not say which digest it runs'] };
  const tag = await outcomeOf(formatReference(reference), unknownTag, () => tagOf(run, reference, exact));
  // What is promoted and recorded is the index; a node may name the manifest of its platform.
  const whole = tag.value.verdict === 'current' && tag.value.now !== null ? tag.value.now : exact;
  const { registry, repository } = reference;
  const place = { registry, repository, digest: whole };
  const base = await outcomeOf(familiar(place), unknownBase, () => baseOf(run, withDigest(reference, whole)));
  const gate = await outcomeOf(familiar(place), unknownGate, () => gateOf(run, place));
  const each = [tag, base, gate];
  return {
    tag: tag.value,
    base: base.value,
    gate: gate.value,
    notes: each.flatMap(({ note }) => note ?? []),
    failures: each.flatMap(({ failure }) => failure ?? []),
  };
}

interface Answer<T> {
  readonly value: T;
  readonly note?: string;
  readonly failure?: Failure;
}

async function outcomeOf<T>(subject: string, otherwise: T, work: () => Promise<Answer<T>>): Promise<Answer<T>> {
  const read = await attempt(subject, work);
  if (read.kind === 'done') return read.value;
  const note = describeFailure(read.failure).replace(/\.$/, '');
  return { value: otherwise, note, failure: read.failure };
}

type TagAnswer = Answer<{ readonly verdict: InventoryEntry['tag']['verdict']; readonly now: Digest | null }>;

async function tagOf(run: Run, reference: Reference, running: Digest): Promise<TagAnswer> {
  if (reference.tag === undefined) {
    return { value: unknownTag, note: 'it is named by digest alone, so that no tag says what it should be' };
  }
  const { now, isNamed } = await namedNow(run, withTag(reference, reference.tag), running);
  return { value: { verdict: isNamed ? 'current' : 'behind', now } };
}

// A tag names a digest itself, or as the manifest of one platform.
async function namedNow(run: Run, reference: Reference, digest: Digest) {
  const { descriptor, document } = await run.registry.manifest(reference);
  const inside = document.kind === 'index' ? document.manifests.map((entry) => entry.digest) : [];
  return { now: descriptor.digest, isNamed: descriptor.digest === digest || inside.includes(digest) };
}

async function baseOf(
  run: Run,
  image: Reference & { readonly digest: Digest },
): Promise<Answer<InventoryEntry['base']>> {
  const { registry, repository, digest } = image;
  const published = await readPublished(run.registry, { registry, repository, digest });
  if (published === undefined) return { value: unknownBase, note: 'its registry does not have it any more' };
  const { base, why } = await standingBase(run, published);
  if (base === undefined) return { value: unknownBase, note: why ?? 'nothing records its base' };
  const shown = formatReference(base);
  if (base.tag === undefined) return { value: { ...unknownBase, reference: shown }, note: 'its base has no tag' };
  const { isNamed } = await namedNow(run, withTag(base, base.tag), base.digest);
  return { value: { verdict: isNamed ? 'current' : 'stale', reference: shown } };
}

async function gateOf(
  run: Run,
  place: Reference & { readonly digest: Digest },
): Promise<Answer<InventoryEntry['gate']>> {
  const found = await findPromotion(run, place);
  if (found.kind === 'promoted') return { value: { verdict: 'passed' } };
  return { value: { verdict: 'unproven' }, note: found.why };
}
