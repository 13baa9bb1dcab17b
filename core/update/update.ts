import type { ReferenceKind } from '../discover/references/readers.ts';
import type { Failure } from '../failure.ts';
import type { Platform } from '../oci/platform.ts';
import type { Reference } from '../oci/reference.ts';
import type { EndedProduct } from './end-of-life.ts';

/** The widest move that a reference may make; `digest` keeps the tag, `off` leaves the reference alone. */
export type UpdatePolicy = 'patch' | 'minor' | 'major' | 'digest' | 'off';

/** How far an update moves: a `digest` update keeps the tag. */
export type UpdateKind = 'patch' | 'minor' | 'major' | 'digest';

/** Where a reference is used and, where that differs, the line that is edited for it. */
export interface Location {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  /** 1-based line of what is edited: the instruction itself, or the ARG default or YAML value that feeds it. */
  readonly line: number;
  readonly via: 'from' | 'copy-from' | 'mount-from' | 'syntax' | 'compose-image' | ReferenceKind;
  /** What is edited in place of the reference: `ARG NODE_VERSION`, `services.web.build.args.NODE_VERSION`. */
  readonly through?: string;
}

/** One reference that moves, everywhere in the repository that it is used. */
export interface Update {
  /** As it is now, canonical. */
  readonly reference: Reference;
  /** Its short text now and then: `node:20-alpine`, `node:22-alpine`, `node:20@sha256:…`. */
  readonly from: string;
  readonly to: string;
  readonly kind: UpdateKind;
  readonly target: Reference;
  readonly locations: readonly Location[];
  /** What a reader should know: why a cool-down does not hold it, which lines share an ARG, what a pin was. */
  readonly notes: readonly string[];
}

/** A file with its text as it is and as it would be. */
export interface FileChange {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  readonly before: string;
  readonly after: string;
  /** Whether there is no such file yet. */
  readonly isNew?: true;
}

/** What belongs into one pull request: updates of one policy group, with these and no other edits applied. */
export interface UpdateGroup {
  /** From `group:` of the rule that matched; `base-images` where none names one. */
  readonly name: string;
  readonly updates: readonly Update[];
  readonly files: readonly FileChange[];
}

/** Why something newer is not taken, in the order in which it was found. */
export type HoldReason =
  | 'minimum-age'
  | 'older-image'
  | 'platform'
  | 'not-an-image'
  | 'not-editable'
  | 'policy'
  | 'suffix'
  | 'platform-pin'
  | 'replaced';

/** Something newer that is there and is not taken. */
export interface HeldUpdate {
  readonly reference: Reference;
  readonly from: string;
  readonly to: string;
  readonly target: Reference;
  readonly kind: UpdateKind;
  readonly reason: HoldReason;
  readonly detail: string;
  /** When a cool-down ends. */
  readonly until?: Date;
  readonly missing?: readonly Platform[];
  readonly locations: readonly Location[];
}

/** A reference for which there is nothing to do. */
export interface Unchanged {
  readonly reference: Reference;
  readonly why: 'newest' | 'off' | 'floating' | 'own-image' | 'pinned' | 'untagged-pin' | 'not-promoted';
  readonly locations: readonly Location[];
}

/** A reference whose product, or the distribution below it, gets no more fixes. */
export interface EndedReference extends EndedProduct {
  readonly reference: Reference;
  readonly locations: readonly Location[];
}

/** A reference that is held by digest, and how its pin fares. */
export interface PinnedReference {
  readonly reference: Reference;
  readonly state: 'current' | 'moved' | 'platform-manifest' | 'vanished' | 'untagged';
  /** What the pin should be, where that is known and another one. */
  readonly replacement?: Reference;
  readonly locations: readonly Location[];
}

/** All that `update` found out, before anything is written. */
export interface UpdatePlan {
  readonly groups: readonly UpdateGroup[];
  /** The files with the edits of every group together: what `--write` writes. */
  readonly files: readonly FileChange[];
  readonly held: readonly HeldUpdate[];
  readonly unchanged: readonly Unchanged[];
  readonly pins: readonly PinnedReference[];
  /** References past their end of life. */
  readonly endOfLife: readonly EndedReference[];
  /** What could not be checked: nothing is known of whether it is up to date. */
  readonly failures: readonly Failure[];
}
