import { version } from '../product.ts';
import { tableOf } from '../table.ts';
import { type Diagnosis, type FindingState, states } from './check.ts';

/** What `doctor --format json` prints. */
export interface DoctorDocument {
  readonly schemaVersion: 1;
  readonly tool: { readonly name: 'base-image-refresh'; readonly version: string };
  readonly checks: readonly {
    readonly id: string;
    readonly group: string;
    readonly state: FindingState;
    readonly subject: string;
    readonly detail: string;
    readonly remedy: string | null;
  }[];
  readonly totals: Readonly<Record<FindingState, number>>;
}

/** The document of what was found. */
export function documentOf(diagnoses: readonly Diagnosis[]): DoctorDocument {
  return {
    schemaVersion: 1,
    tool: { name: 'base-image-refresh', version },
    checks: diagnoses.map(({ id, group, state, subject, detail, remedy = null }) => {
      return { id, group, state, subject, detail, remedy };
    }),
    totals: findingTotals(diagnoses),
  };
}

/** How many findings there are of each state. */
export function findingTotals(diagnoses: readonly Diagnosis[]): Readonly<Record<FindingState, number>> {
  const count = (wanted: FindingState) => diagnoses.filter(({ state }) => state === wanted).length;
  return tableOf(states, count);
}
