import type { Platform } from '../oci/platform.ts';
import type { Reference } from '../oci/reference.ts';

/** A use of an image that nothing in the repository names: what stands in its place is a folder, a layout or elsewhere. */
export interface UnknownBase {
  /** As written. */
  readonly raw: string;
  readonly via: BaseImage['via'];
  /** 1-based first line of the instruction. */
  readonly line: number;
  /** What stands for the image; absent where another frontend reads the file, and only it knows. */
  readonly context?: string;
  /** The build argument that gives the image, where nothing in the repository does. */
  readonly argument?: string;
  /** Whether a build of the target needs it. */
  readonly reachable: boolean;
}

/** One use of an image by a Dockerfile. */
export interface BaseImage {
  readonly reference: Reference;
  /** As written, variables unexpanded: `node:${V}-alpine`. */
  readonly raw: string;
  /** After expansion, before normalisation: the key that BuildKit looks a named context up by. */
  readonly expanded: string;
  readonly via: 'from' | 'copy-from' | 'mount-from' | 'syntax';
  /** 1-based first line of the instruction. */
  readonly line: number;
  /** Stage alias in lower case, else its 0-based index; null for `syntax`. */
  readonly stage: string | number | null;
  /** Whether a build of the target needs it. */
  readonly reachable: boolean;
  /** Whether it is the base whose layers the target image keeps. */
  readonly runtime: boolean;
  readonly platform: Platform | null;
}
