import { type Digest, shortDigest } from '../oci/digest.ts';
import { familiar, type Reference } from '../oci/reference.ts';

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
  | { readonly kind: 'asked-for' };

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
  }
}
