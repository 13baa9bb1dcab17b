import { formatReference, type Reference } from '../oci/reference.ts';
import type { PinnedReference, UpdatePlan } from './update.ts';

/**
 * How a reference fares: its tag has another digest than its pin, a newer tag is there, its pin is gone, its tag is no version
 * and has no pin, the repository publishes it itself, or nothing is asked of it.
 */
export const referenceVerdicts = [
  'current',
  'moved',
  'newer',
  'gone',
  'floating',
  'own-image',
  'off',
  'unknown',
] as const;
export type ReferenceVerdict = (typeof referenceVerdicts)[number];

/** The verdict on a reference, with what it could be and how its pin fares. */
export interface ReferenceStanding {
  readonly verdict: ReferenceVerdict;
  readonly to: Reference | null;
  readonly pin: PinnedReference['state'] | null;
  readonly detail?: string;
}

/** The verdict on one reference by what `update` found out of it; what it says nothing of is unknown. */
export function verdictOfReference(plan: UpdatePlan, reference: Reference): ReferenceStanding {
  const key = formatReference(reference);
  const isIt = (one: { readonly reference: Reference }) => formatReference(one.reference) === key;
  const pin = plan.pins.find(isIt);
  const offers = [...plan.groups.flatMap(({ updates }) => updates), ...plan.held].filter(isIt);
  const newer = offers.findLast(({ kind }) => kind !== 'digest');
  const why = plan.unchanged.find(isIt)?.why;
  const common = { to: newer?.target ?? pin?.replacement ?? null, pin: pin?.state ?? null };
  if (pin?.state === 'vanished') return { verdict: 'gone', ...common };
  if (pin?.state === 'moved' || pin?.state === 'platform-manifest') return { verdict: 'moved', ...common };
  if (newer !== undefined) return { verdict: 'newer', ...common };
  switch (why) {
    case 'newest':
    case 'pinned':
      return { verdict: 'current', ...common };
    case 'floating':
      // A pin that its tag still names is current whatever the tag is called.
      return { verdict: pin?.state === 'current' ? 'current' : 'floating', ...common };
    case 'own-image':
    case 'off':
      return { verdict: why, ...common };
    case 'untagged-pin':
    case 'not-promoted':
      return { verdict: 'unknown', ...common, detail: 'it has no tag that would say what is newer' };
    case undefined:
      return { verdict: 'unknown', ...common, detail: detailOf(plan, key, offers.length > 0) };
  }
}

function detailOf({ failures }: UpdatePlan, key: string, isHeld: boolean): string {
  const failure = failures.find(({ subject }) => subject === key) ?? failures[0];
  if (failure !== undefined) return `${failure.subject}: ${failure.detail}`;
  return isHeld ? 'its pin cannot be put right here' : 'it could not be checked';
}
