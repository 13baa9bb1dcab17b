import type { Settings } from '../settings/settings.ts';
import { invalid, type Text } from '../settings/value.ts';
import type { continuityInputs } from './inputs.ts';
import { type Aspect, aspects, type ContinuitySettings } from './settings.ts';

/** In what rebuilt images may differ from those that they replace. */
export function readContinuity(settings: Settings<typeof continuityInputs>): ContinuitySettings {
  return { accept: readAspects(settings.texts('continuity-accept')) };
}

/** The aspects that texts name, each once; throws for a text that names none. */
export function readAspects(values: readonly Text[]): readonly Aspect[] {
  const read = values.map((value) => {
    const known = aspects.find((aspect) => aspect === value.text);
    if (known !== undefined) return known;
    throw invalid(value, `use ${aspects.join(', ')}`);
  });
  return [...new Set(read)];
}
