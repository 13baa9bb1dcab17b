import * as v from 'valibot';
import type { Check, SettingChange, Validation } from '../validate/validation.ts';
import { choice, failure, list, text } from './schema-scan.ts';

/** What a candidate's tests said, as reports keep it. */
export interface ReportedValidation {
  readonly verdict: Validation['kind'];
  readonly checks: readonly Check[];
  /** What is not as it was in the published image. */
  readonly changes: readonly SettingChange[];
}

const verdict = choice<Validation['kind']>({ pass: true, fail: true, inconclusive: true });

/** The form of an image's validation. */
export const validationSchema: v.GenericSchema<unknown, ReportedValidation> = v.looseObject({
  verdict,
  checks: list(
    v.looseObject({
      kind: choice<Check['kind']>({ command: true, structure: true, absence: true, compatibility: true }),
      name: text,
      platform: v.exactOptional(text),
      verdict,
      detail: v.exactOptional(text),
      failure: v.exactOptional(failure),
    }),
  ),
  changes: list(
    v.looseObject({
      what: text,
      platform: v.exactOptional(text),
      from: v.nullable(text),
      to: v.nullable(text),
      breaking: v.boolean(),
    }),
  ),
});
