import type { Aspect } from './settings.ts';

/** Why a rebuilt image differs where nothing of the published one is lost. */
export const reasons = {
  base: 'it comes from the base',
  source: 'it comes from another source than that of the published image',
  build: 'it comes from the build',
  'own-record': 'it is a record of this product',
  'other-bytes': 'it says of the former image which vulnerabilities count',
  accepted: 'continuity.accept names it',
} as const;
export type Reason = keyof typeof reasons;

/** One thing in which a rebuilt image is not as the published one. */
export interface Difference {
  readonly aspect: Aspect;
  /** `label org.opencontainers.image.version`, `user`. */
  readonly what: string;
  /** Absent where it is of the image as a whole. */
  readonly platform?: string;
  /** Null where the published image has none of it. */
  readonly from: string | null;
  /** Null where the rebuilt image has none of it. */
  readonly to: string | null;
}

/** A difference that loses nothing, and why. */
export interface Explained extends Difference {
  readonly because: Reason;
}

/** A difference that holds the image back, and what to do about it. */
export interface Broken extends Difference {
  readonly remedy: string;
}

/** How a rebuilt image differs from the one that it is to replace. */
export interface Continuity {
  /** What the build left out and the candidate was made to have. */
  readonly carried: readonly Difference[];
  readonly explained: readonly Explained[];
  readonly broken: readonly Broken[];
}
