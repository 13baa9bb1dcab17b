import type { Exit } from '../ports.ts';
import { exitFailure } from '../text/exit-words.ts';

/** Why an engine cannot be used, and what to do. */
export interface Unsuitable {
  readonly kind: 'unsuitable';
  readonly why: string;
  readonly remedy?: string;
  /** Whether it is the image that cannot be built as it was, and not the engine that is not there. */
  readonly ofTheImage?: true;
}

/** An engine that cannot be used. */
export function unsuitable(why: string, remedy?: string): Unsuitable {
  return { kind: 'unsuitable', why, ...(remedy === undefined ? {} : { remedy }) };
}

/** An engine that did not answer `step`, such as "docker version"; `install` says how to get it. */
export function unanswered(exit: Exit, step: string, install?: string): Unsuitable {
  const how = install === undefined ? {} : { install };
  const { detail, remedy } = exitFailure(exit, { code: 'missing-tool', subject: step, step, ...how }).failure;
  return unsuitable(detail, remedy);
}
