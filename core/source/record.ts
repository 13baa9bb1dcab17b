import type { Confidence } from '../baseline/evidence.ts';
import type { Failure } from '../failure.ts';

/** What says from which commit a published image was built. */
export type SourceEvidence = 'own-record' | 'provenance' | 'annotation' | 'label';

/** One statement of the commit that a published image was built from. */
export interface RecordedSource {
  /** Full object name of a commit, in lower case. */
  readonly revision: string;
  /** Whether the working tree had changes beside it; those stand nowhere. */
  readonly dirty: boolean;
  readonly repository?: string;
  readonly evidence: SourceEvidence;
  readonly confidence: Confidence;
}

/** An abbreviated commit, which names no single commit of the repository that is checked out. */
export interface AbbreviatedRevision {
  readonly evidence: 'annotation' | 'label';
  readonly text: string;
}

/** Everything that is recorded of where a published image came from. */
export type SourceRecord =
  | ({ readonly kind: 'recorded' } & RecordedSource)
  /** Statements of equal standing name different commits. */
  | { readonly kind: 'disputed'; readonly statements: readonly RecordedSource[] }
  | { readonly kind: 'absent'; readonly abbreviated?: AbbreviatedRevision }
  | { readonly kind: 'unreadable'; readonly failure: Failure };

/** The source that a build really has; without a revision, no commit holds it. */
export interface BuiltSource {
  readonly revision?: string;
  readonly dirty: boolean;
}

/** Reads a commit as builders write it; undefined where it is no full object name (SHA-1 or SHA-256). */
export function parseRevision(text: string): { readonly revision: string; readonly dirty: boolean } | undefined {
  const [, revision, dirty] = /^([0-9a-f]{40}|[0-9a-f]{64})(-dirty)?$/i.exec(text.trim()) ?? [];
  return revision === undefined ? undefined : { revision: revision.toLowerCase(), dirty: dirty !== undefined };
}

/** Reads an abbreviated commit of seven digits or more, which git takes for none where several begin with it. */
export function parseAbbreviated(text: string): { readonly prefix: string; readonly dirty: boolean } | undefined {
  const [, prefix, dirty] = /^([0-9a-f]{7,39})(-dirty)?$/i.exec(text.trim()) ?? [];
  return prefix === undefined ? undefined : { prefix: prefix.toLowerCase(), dirty: dirty !== undefined };
}
