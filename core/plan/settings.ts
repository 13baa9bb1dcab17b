import type { Settings } from '../settings/settings.ts';
import { choiceOf, invalid, type Text } from '../settings/value.ts';
import type { rebuildInputs } from './inputs.ts';

/** What calls for a rebuild beside bases, by its name in the configuration. */
export const rebuildReasons = ['fixable', 'build-file', 'policy'] as const;

/** What a run asks beside whether bases have moved. */
export interface RebuildRules {
  readonly reasons: readonly (typeof rebuildReasons)[number][];
  /** After how many milliseconds an image is built again, and how that is written. */
  readonly maxAge?: { readonly text: string; readonly milliseconds: number };
}

/** What calls for a rebuild beside bases; undefined where nothing does. */
export function readRebuildRules(settings: Settings<typeof rebuildInputs>): RebuildRules | undefined {
  const reasons = [...new Set(settings.texts('rebuild-when').flatMap((text) => choiceOf(rebuildReasons)(text) ?? []))];
  const maxAge = settings.text('max-age');
  if (maxAge === undefined) return reasons.length === 0 ? undefined : { reasons };
  return { reasons, maxAge: { text: maxAge.text, milliseconds: ageOf(maxAge) } };
}

const units: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };
const longest = 10 * 365 * 86_400_000;

function ageOf(value: Text): number {
  const [, count = '', unit = ''] = /^(\d{1,6})([hdw])$/.exec(value.text) ?? [];
  const age = Number(count) * (units[unit] ?? 0);
  if (age > 0 && age <= longest) return age;
  throw invalid(value, 'use a number of hours, days or weeks, such as 12h, 30d or 4w');
}
