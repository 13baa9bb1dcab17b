import type { PolicyException } from '../policy.ts';

/** What an ignore file accepts, and what of it cannot be taken over as it is meant, in sentences. */
export interface ReadIgnores {
  readonly exceptions: readonly PolicyException[];
  readonly skipped: readonly string[];
}
