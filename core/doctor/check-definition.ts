import type { DoctorFinding, Group } from './check.ts';
import type { Examination } from './examination.ts';

/** One check: gathers its facts, and says what it makes of them. */
export interface DoctorCheck {
  readonly id: string;
  readonly group: Group;
  examine(examination: Examination): Promise<readonly DoctorFinding[]>;
}
