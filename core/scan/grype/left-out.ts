import { field, itemsOf, type Mapping } from '../../json.ts';
import type { Unproven } from '../proof.ts';

const leavingOut = [
  'only-fixed',
  'only-notfixed',
  'ignore-wontfix',
  'ignore-states',
  'vex-documents',
  'exclude',
] as const;

/** What of Grype's report describes how it was made. */
interface Descriptor {
  readonly db?: { readonly status?: { readonly valid: boolean } | undefined } | undefined;
  readonly configuration: Mapping;
}

/** What Grype was configured to leave out of its matches, or could not look up: policy cannot ask for what is not there. */
export function leftOut({ db, configuration }: Descriptor): readonly Unproven[] {
  const set = leavingOut.filter((key) => isSet(field(configuration, key)));
  const facts = [
    ...set.map((key) => `Grype's report was made with ${key}, which leaves findings out`),
    ...(db?.status?.valid === false ? ["Grype's report says that its database is not valid"] : []),
  ];
  return facts.map((detail) => ({ proof: 'search', detail }));
}

function isSet(value: unknown): boolean {
  return value === true || itemsOf(value).length > 0 || (typeof value === 'string' && !['', 'false'].includes(value));
}
