import type { Discovery } from '../discover/discover.ts';
import type { Outcome } from '../failure.ts';
import type { Run } from '../refresh/context.ts';

/** The run that is examined, and what was discovered in its repository. */
export interface ExaminedRun extends Pick<Run, 'config' | 'host' | 'world' | 'engines' | 'registry'> {
  readonly discovery: () => Promise<Discovery>;
  /** How the discovery ended with every setting of the configuration. */
  readonly discovered: () => Promise<Outcome<Discovery>>;
}
