import type { Digest } from '../../core/oci/digest.ts';
import type { TestRegistry } from '../../testing/registry.ts';
import type { Bases } from './images.ts';

export const imageNames = ['web', 'api'] as const;
export const releaseTags = ['1', '1.2'] as const;

/** Two images on two bases in repositories of their own, a folder that builds them, and programs on PATH. */
export interface Site {
  readonly registry: TestRegistry;
  readonly bases: Bases;
  /** What the repositories of this site begin with. */
  readonly prefix: string;
  /** `HOST/PREFIX/NAME`. */
  name(repository: string): string;
  repository(name: string): string;
  /** The folder of the Dockerfiles. */
  readonly root: string;
  /** The folder of the programs. */
  readonly bin: string;
  /** The configuration, which is the run's and stands outside the repository: it may name programs and keys. */
  readonly settings: string;
  /** What a release tag names now. */
  digestOf(image: string, tag: string): Digest | undefined;
  close(): void;
}
