import type { ReferenceKind } from '../discover/references/readers.ts';
import type { FindingState } from '../doctor/check.ts';
import type { RestoredTag, Undoing } from '../promote/rollback.ts';
import type { InventoryEntry } from '../report/inventory-table.ts';
import type { PrunedCandidate, PrunedFolder } from '../report/pruned.ts';
import { imageSchema, reportSchema } from '../report/schema.ts';
import { namesOf } from '../table.ts';
import type { HoldReason, Location, PinnedReference, Unchanged, UpdateKind } from '../update/update.ts';
import type { ReferenceVerdict } from '../update/verdict-of-reference.ts';

type OfUpdate = UpdateKind | HoldReason | Unchanged['why'] | PinnedReference['state'];
type OfInventory = InventoryEntry['tag' | 'base' | 'gate']['verdict'];
type OfRollback = RestoredTag['state'] | Undoing['by'];
type OfPrune = (PrunedFolder | PrunedCandidate)['state'];
type OfReferences = Location['via'] | ReferenceKind | ReferenceVerdict;

// Words of documents that no schema describes, and of SARIF; the compiler asks for all of them.
const others: Readonly<
  Record<OfUpdate | OfInventory | OfRollback | OfPrune | OfReferences | FindingState | 'error' | 'none', true>
> = {
  digest: true,
  minor: true,
  major: true,
  patch: true,
  'minimum-age': true,
  'older-image': true,
  platform: true,
  'not-an-image': true,
  'not-editable': true,
  policy: true,
  suffix: true,
  'platform-pin': true,
  replaced: true,
  newest: true,
  off: true,
  floating: true,
  'own-image': true,
  pinned: true,
  'untagged-pin': true,
  'not-promoted': true,
  current: true,
  moved: true,
  'platform-manifest': true,
  vanished: true,
  untagged: true,
  behind: true,
  unknown: true,
  stale: true,
  passed: true,
  unproven: true,
  restored: true,
  unchanged: true,
  new: true,
  record: true,
  'rollback-tag': true,
  found: true,
  removed: true,
  left: true,
  from: true,
  'copy-from': true,
  'mount-from': true,
  syntax: true,
  'compose-image': true,
  'argo-cd': true,
  compose: true,
  devcontainer: true,
  workflow: true,
  'gitlab-ci': true,
  quadlet: true,
  kustomize: true,
  helm: true,
  flux: true,
  tekton: true,
  kubernetes: true,
  pipeline: true,
  newer: true,
  gone: true,
  ok: true,
  note: true,
  warning: true,
  problem: true,
  error: true,
  none: true,
};

/** The words that documents of this program use for states, kinds and the like. */
export function ownWords(): ReadonlySet<string> {
  return new Set([...namesOf(others), ...wordsIn(reportSchema), ...wordsIn(imageSchema)]);
}

// What a schema takes as it is: the options of a choice, and single words; those of its parts with them.
function wordsIn(schema: unknown): readonly string[] {
  if (typeof schema === 'string') return [schema];
  if (Array.isArray(schema)) return schema.flatMap(wordsIn);
  if (typeof schema !== 'object' || schema === null) return [];
  const { literal, options, item, items, wrapped, value, entries }: Record<string, unknown> = { ...schema };
  const parts: unknown = entries ?? {};
  const inside = typeof parts === 'object' && parts !== null ? Object.values(parts) : [];
  return [literal, options, item, items, wrapped, value, ...inside].flatMap(wordsIn);
}
