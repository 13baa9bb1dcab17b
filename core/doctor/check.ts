import type { Failure } from '../failure.ts';

/** What is looked at together, in the order in which it is shown. */
export const groups = ['environment', 'host', 'configuration', 'repository', 'registries', 'workflows'] as const;
export type Group = (typeof groups)[number];

/**
 * How something stands: `note` is worth knowing and no fault, `problem` keeps a refresh from its work, `unknown` could
 * not be examined.
 */
export const states = ['ok', 'note', 'warning', 'problem', 'unknown'] as const;
export type FindingState = (typeof states)[number];

/** What a check found: subject, fact and, where there is something to do, remedy. */
export interface DoctorFinding {
  readonly state: FindingState;
  readonly subject: string;
  readonly detail: string;
  readonly remedy?: string;
  /** The line of the repository that it is about. */
  readonly place?: FileLine;
}

/** A line of a file; the path is relative to the folder that was examined. */
export interface FileLine {
  readonly path: string;
  /** 1-based. */
  readonly line: number;
}

/** A finding with the check that made it. */
export interface Diagnosis extends DoctorFinding {
  readonly id: string;
  readonly group: Group;
}

/** Something that is as it should be. */
export function ok(subject: string, detail: string): DoctorFinding {
  return { state: 'ok', subject, detail };
}

/** Something to know. */
export function note(subject: string, detail: string, remedy?: string): DoctorFinding {
  return { state: 'note', subject, detail, ...(remedy === undefined ? {} : { remedy }) };
}

/** Something that works now and should be mended. */
export function warning(subject: string, detail: string, remedy: string): DoctorFinding {
  return { state: 'warning', subject, detail, remedy };
}

/** Something that keeps a refresh from its work. */
export function problem(subject: string, detail: string, remedy?: string): DoctorFinding {
  return { state: 'problem', subject, detail, ...(remedy === undefined ? {} : { remedy }) };
}

/** Something that could not be examined. */
export function unknown(subject: string, detail: string): DoctorFinding {
  return { state: 'unknown', subject, detail };
}

/** A failure of another stage as a problem. */
export function problemOf({ subject, detail, remedy }: Failure): DoctorFinding {
  return problem(subject, detail, remedy);
}

/** The same finding, about a line. */
export function findingAt(place: FileLine, finding: DoctorFinding): DoctorFinding {
  return { ...finding, place };
}
