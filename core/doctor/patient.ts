import type { Finding, Group } from './check.ts';
import type { Patient } from './examination.ts';

/** One check: gathers its facts, and says what it makes of them. */
export interface Check {
  readonly id: string;
  readonly group: Group;
  examine(patient: Patient): Promise<readonly Finding[]>;
}
