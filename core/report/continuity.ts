import * as v from 'valibot';
import { describeBroken, describeCarried, describeExplained } from '../continuity/describe.ts';
import type { Continuity, Reason } from '../continuity/difference.ts';
import { type Aspect, aspects } from '../continuity/settings.ts';
import { counted } from '../text/words.ts';
import type { ReportedImage } from './report.ts';
import { choice, list, text } from './schema-scan.ts';

const difference = {
  aspect: v.picklist<readonly Aspect[]>(aspects),
  what: text,
  platform: v.exactOptional(text),
  from: v.nullable(text),
  to: v.nullable(text),
};

/** The form of how an image differs from the one that it is to replace. */
export const continuitySchema: v.GenericSchema<unknown, Continuity> = v.looseObject({
  carried: list(v.looseObject(difference)),
  explained: list(
    v.looseObject({
      ...difference,
      because: choice<Reason>({
        base: true,
        source: true,
        build: true,
        'own-record': true,
        'other-bytes': true,
        accepted: true,
      }),
    }),
  ),
  broken: list(v.looseObject({ ...difference, remedy: text })),
});

/** The continuity of an image in one sentence; undefined where it is as the published image, or was not compared. */
export function continuityWords({ name, continuity }: Pick<ReportedImage, 'name' | 'continuity'>): string | undefined {
  if (continuity === undefined) return undefined;
  const { carried, explained, broken } = continuity;
  if (carried.length + explained.length + broken.length === 0) return undefined;
  const against = `${name}: against the published image`;
  const rest = `${carried.length} carried over, ${explained.length} explained`;
  if (broken.length === 0) return `${against}: ${rest}.`;
  return `${against}: ${counted(broken.length, 'break')} of continuity, so it was not promoted; ${rest}.`;
}

/** Everything in which an image differs from the one that it is to replace, breaks first, a line each. */
export function continuityLines({ continuity }: Pick<ReportedImage, 'continuity'>): readonly string[] {
  if (continuity === undefined) return [];
  return [
    ...breakLines({ continuity }),
    ...continuity.carried.map((one) => `carried over: ${describeCarried(one)}`),
    ...continuity.explained.map((one) => `explained: ${describeExplained(one)}`),
  ];
}

/** What holds an image back, a line each. */
export function breakLines({ continuity }: Pick<ReportedImage, 'continuity'>): readonly string[] {
  return (continuity?.broken ?? []).map((one) => `broken: ${describeBroken(one)}`);
}

/** What holds an image back for breaks of continuity: every remedy, each once. */
export function heldByContinuity(continuity: Continuity | undefined): Pick<ReportedImage, 'held'> {
  const remedies = [...new Set(continuity?.broken.map(({ remedy }) => remedy))];
  return remedies.length === 0 ? {} : { held: { because: 'continuity', remedy: remedies.join('; ') } };
}
