import * as v from 'valibot';
import type { ImageStage } from '../ports.ts';
import { duration } from '../text/words.ts';
import { choice, list } from './schema-scan.ts';

/** How long one stage of an image took; what of it went on side by side counts once. */
export interface ReportedStage {
  readonly stage: ImageStage;
  readonly durationMs: number;
}

/** The form of the stages of an image in report.json. */
export const stagesSchema = list(
  v.looseObject({
    stage: choice<ImageStage>({ build: true, scan: true, test: true, sign: true, promote: true }),
    durationMs: v.pipe(v.number(), v.minValue(0)),
  }),
);

/** `build 3 min 5 s, scan 42.0 s`: stages of one image, or of many together; undefined where none is known. */
export function stagesWords(stages: readonly ReportedStage[]): string | undefined {
  const sums = new Map<ImageStage, number>();
  for (const { stage, durationMs } of stages) sums.set(stage, (sums.get(stage) ?? 0) + durationMs);
  const words = [...sums].map(([stage, milliseconds]) => `${stage} ${duration(milliseconds)}`);
  return words.length === 0 ? undefined : words.join(', ');
}
