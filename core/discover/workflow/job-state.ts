import type { ReadText } from '../compose-project.ts';
import type { Cost } from '../cost.ts';
import type { Origin } from '../origin.ts';
import type { JobSession } from '../published.ts';
import type { JobContexts } from './evaluate.ts';
import type { Metadata } from './metadata.ts';
import type { Publication } from './publications.ts';

/** What a repository is checked out as in the workspace of a job. */
export interface JobCheckout {
  readonly path: string;
  /** Why it is not known where it stands or what it holds. */
  readonly open?: string;
  readonly isOwn: boolean;
}

/** What the steps of one job share. */
export interface JobState {
  readonly publication: Publication;
  readonly session: JobSession;
  readonly checkouts: JobCheckout[];
  readonly env: Record<string, string>;
  readonly read: ReadText;
  readonly root: string;
  readonly origin: Origin;
  readonly cost: Cost;
  readonly folder: string;
  /** What runs the scripts of steps that do not say so themselves. */
  readonly shell: string;
  metadata: Metadata | undefined;
  /** It logs in to a registry, and does something that may publish and is not understood. */
  login: boolean;
  opaque: string | undefined;
}

/** What surrounds a step. */
export interface StepPlace {
  readonly contexts: JobContexts;
  readonly env: Readonly<Record<string, string>>;
  readonly around: readonly string[];
  readonly line: number | undefined;
}

/** The steps of a job or of a composite action, with what they are given. */
export interface StepList {
  readonly steps: readonly unknown[];
  readonly contexts: JobContexts;
  /** Composite actions around them. */
  readonly around: readonly string[];
  /** The line that calls the action: what a reader of the workflow looks for. */
  readonly line: number | undefined;
}
