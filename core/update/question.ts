import type { Failure } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';
import type { Platform } from '../oci/platform.ts';
import type { Reference } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import type { FoundReference } from './examine.ts';
import type { UpdateChoice } from './settings.ts';
import type { TagHistory } from './tag-history.ts';
import type { HoldReason, UpdateKind } from './update.ts';

/** A reference and what its uses in the repository ask of it. */
export interface UpdateSubject {
  readonly reference: Reference;
  readonly choice: UpdateChoice;
  /** Platforms that something says it is used on. */
  readonly platforms: readonly Platform[];
  /** Platform of the builder, where a use says nothing; undefined where all say. */
  readonly unstated: Platform | undefined;
  /** Whether the repository itself publishes it. */
  readonly isOwn: boolean;
  /** Why it is not known what platforms it is used on. */
  readonly unknown?: Failure;
}

/** Something newer that is not taken. */
export interface HeldCandidate {
  readonly target: Reference;
  readonly kind: UpdateKind;
  readonly reason: HoldReason;
  readonly detail: string;
  readonly until?: Date;
  readonly missing?: readonly Platform[];
}

/** Whether something newer fixes what the gate would refuse of what is used. */
export type Urgency =
  | { readonly kind: 'fixes'; readonly ids: readonly string[] }
  | { readonly kind: 'no'; readonly why: string };

export type Pinned = Reference & { readonly digest: Digest };

/** What decisions are made with. */
export interface Market {
  readonly registry: Registry;
  readonly history: TagHistory;
  readonly now: Date;
  readonly repairPins: boolean;
  /** Compares what is used with what would be; undefined where the user wants no scans for it. */
  readonly urgency?: (used: Pinned, candidate: Pinned, platforms: readonly Platform[]) => Promise<Urgency>;
}

/** A reference under question: what its tag names now, and the platforms that it must be there for. */
export interface Candidate {
  readonly subject: UpdateSubject;
  readonly named: Reference;
  readonly now: FoundReference;
  readonly needed: readonly Platform[];
}
