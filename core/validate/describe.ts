import { describeFailure } from '../failure.ts';
import { describeChange } from './compatibility.ts';
import type { Check, Validation } from './validation.ts';

/** How many failing checks or changes are named in one line; the report has them all. */
const shown = 3;

/** A validation in one line; undefined where nothing was tried. */
export function describeValidation(validation: Validation): string | undefined {
  switch (validation.kind) {
    case 'pass':
      return validation.checks.length === 0 ? undefined : `passes its tests (${validation.checks.length})`;
    case 'fail':
      return `fails its tests: ${joined(validation.checks.filter(isFailed).map(describeCheck))}`;
    case 'inconclusive':
      return `cannot be tested: ${describeFailure(validation.failure)}`;
  }
}

/** What a candidate changes in one line; undefined where nothing changed. */
export function describeSettings({ changes }: Validation): string | undefined {
  if (changes.length === 0) return undefined;
  const breaking = changes.filter((change) => change.breaking);
  const others = changes.filter((change) => !change.breaking);
  const named = joined([...breaking, ...others].map(describeChange));
  return `is not as what is published: ${named}`;
}

/** A check that did not pass, in words. */
export function describeCheck({ name, platform, detail, failure }: Check): string {
  const where = platform === undefined ? name : `${name} on ${platform}`;
  const why = detail ?? failure?.detail;
  return why === undefined ? where : `${where}: ${why}`;
}

function isFailed({ verdict }: Check): boolean {
  return verdict === 'fail';
}

function joined(texts: readonly string[]): string {
  const rest = texts.length - shown;
  return `${texts.slice(0, shown).join('; ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
