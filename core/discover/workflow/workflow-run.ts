import type { Mapping } from '../../json.ts';
import type { ReadText } from '../compose-project.ts';
import type { Cost } from '../cost.ts';
import type { Origin } from '../origin.ts';
import type { ByDigest, Published } from '../published.ts';
import type { JobContexts } from './evaluate.ts';
import type { Publication } from './publications.ts';

/** What is published by a job. */
export interface JobPublished extends Published {
  /** Such as ".github/workflows/a.yml jobs.build". */
  readonly from: string;
  readonly file: string;
}

/** One run of a workflow, with what it has found by now. */
export interface WorkflowRun {
  readonly read: ReadText;
  /** The folder that .github stands in: paths in a workflow count from there. */
  readonly root: string;
  readonly origin: Origin;
  readonly publication: Publication;
  /** The jobs that call the workflow, each with its row of their matrix. */
  readonly caller: string;
  readonly cost: Cost;
  readonly isThere: (path: string) => boolean;
  readonly published: JobPublished[];
  readonly byDigest: ByDigest[];
  /** Why nothing of it may happen. */
  readonly doubt?: string;
  /** Reusable workflows of the repository that it calls. */
  readonly called: Set<string>;
  /** Workflows that were read. */
  readonly files: Map<string, Mapping | undefined>;
}

/** A job of a workflow, and what it is given. */
export interface JobPlace {
  readonly name: string;
  readonly path: string;
  readonly contexts: JobContexts;
  readonly env: Readonly<Record<string, string>>;
  readonly workflow: Mapping;
  readonly around: readonly string[];
}

/** Follows the jobs of a workflow. */
export type RunJobs = (
  workflow: Mapping,
  path: string,
  contexts: JobContexts,
  run: WorkflowRun,
  around: readonly string[],
) => Promise<Mapping>;
