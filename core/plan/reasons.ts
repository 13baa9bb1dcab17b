import { type Digest, shortDigest } from '../oci/digest.ts';
import { familiar, type Reference } from '../oci/reference.ts';
import type { Severity } from '../scan/finding.ts';
import { minute } from '../text/time.ts';
import { counted, listed } from '../text/words.ts';

/** Why an image is rebuilt. */
export type RebuildReason =
  | {
      readonly kind: 'base-moved';
      readonly base: Reference;
      readonly from: Digest;
      readonly to: Digest;
      /** Whether its tag named the same digest before, and another one since. */
      readonly back: boolean;
    }
  /** Nothing says on which digest of a base it was built, or nothing that is verified. */
  | { readonly kind: 'base-unrecorded'; readonly base: Reference; readonly isUnverified: boolean }
  | { readonly kind: 'base-unpublished'; readonly base: Reference }
  | { readonly kind: 'never-published' }
  /** A further release tag names another image than the first, or none. */
  | { readonly kind: 'tag-apart'; readonly tag: Reference; readonly isPublished: boolean }
  | { readonly kind: 'parent-rebuilt'; readonly parent: string }
  | { readonly kind: 'asked-for' }
  /** The scanner knows fixes for what the build itself installs; whether a rebuild takes them, a trial build shows. */
  | { readonly kind: 'fixable'; readonly ids: readonly string[]; readonly threshold: Severity }
  /** It was built longer ago than it may be, or nothing says when. */
  | { readonly kind: 'too-old'; readonly builtAt?: string; readonly maxAge: string }
  | { readonly kind: 'build-file-changed'; readonly isRecorded: boolean }
  | { readonly kind: 'policy-changed'; readonly isRecorded: boolean };

/** A reason as logs and reports say it. */
export function describeReason(reason: RebuildReason): string {
  switch (reason.kind) {
    case 'base-moved': {
      const { base, from, to, back } = reason;
      return `${familiar(base)} moved ${back ? 'back ' : ''}${shortDigest(from)} → ${shortDigest(to)}`;
    }
    case 'base-unrecorded': {
      const name = familiar(reason.base);
      return reason.isUnverified
        ? `no verified record says which ${name} it was built on`
        : `nothing records which ${name} it was built on`;
    }
    case 'base-unpublished':
      return `${familiar(reason.base)} has never been published`;
    case 'never-published':
      return 'it has never been published';
    case 'tag-apart': {
      const name = familiar(reason.tag);
      return reason.isPublished
        ? `${name} names another image than its first release tag`
        : `${name} has never been published`;
    }
    case 'parent-rebuilt':
      return `its base ${reason.parent} is rebuilt in this run`;
    case 'asked-for':
      return 'a rebuild was asked for';
    case 'fixable': {
      const { ids, threshold } = reason;
      const what = `${counted(ids.length, 'finding')} from ${threshold} on`;
      return `there are fixes of ${what} in what its build installs (${listed(ids)}), and a trial build on the same base decides`;
    }
    case 'too-old': {
      const { builtAt, maxAge } = reason;
      const since = builtAt === undefined ? 'nothing records when it was built' : `it was built ${minute(builtAt)}`;
      return `${since}, and max-age is ${maxAge}`;
    }
    case 'build-file-changed':
      return reason.isRecorded
        ? 'what builds it is not what it was built by'
        : 'nothing records by what description it was built';
    case 'policy-changed':
      return reason.isRecorded
        ? 'the gate is not the one that let it through'
        : 'nothing records which gate let it through';
  }
}
