import { describeChange } from '../validate/compatibility.ts';
import { describeCheck } from '../validate/describe.ts';
import type { ReportedImage } from './report.ts';
import { counted } from './words.ts';

/** How many checks or changes a table or a page shows of one image. */
const limit = 50;

/** The checks of an image that did not pass, each in words. */
export function failedChecks({ validation }: ReportedImage): readonly string[] {
  return (validation?.checks ?? []).filter((check) => check.verdict === 'fail').map(describeCheck);
}

/** What is not as in the published image, what may break first, each in words. */
export function changesIn({ validation }: ReportedImage): readonly string[] {
  const changes = (validation?.changes ?? []).toSorted((a, b) => Number(b.breaking) - Number(a.breaking));
  return changes.map((change) => `${change.breaking ? 'may break: ' : ''}${describeChange(change)}`);
}

/** The first of many lines, and how many are left out. */
export function firstOf(lines: readonly string[]): readonly string[] {
  const rest = lines.length - limit;
  return rest > 0 ? [...lines.slice(0, limit), `and ${rest} more in report.json`] : lines;
}

/** What the tests of an image said, in one sentence; undefined where none was tried. */
export function testWords({ name, validation }: ReportedImage): string | undefined {
  if (validation === undefined || validation.checks.length === 0) return undefined;
  const failed = validation.checks.filter((check) => check.verdict === 'fail').length;
  const open = validation.checks.filter((check) => check.verdict === 'inconclusive').length;
  const all = counted(validation.checks.length, 'test');
  if (failed + open === 0) return `${name}: ${all} passed.`;
  return `${name}: ${failed} of ${all} failed${open === 0 ? '' : `, ${open} could not be made`}.`;
}
