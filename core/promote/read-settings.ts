import type { Settings } from '../settings/settings.ts';
import { complain, quoted, type Text } from '../settings/value.ts';
import type { promotionInputs } from './inputs.ts';
import type { PromotionSettings } from './settings.ts';

/** What promotion leaves behind. */
export function readPromotion(settings: Settings<typeof promotionInputs>): PromotionSettings {
  const pattern = settings.text('rollback-tag');
  return {
    keepCandidates: settings.boolean('keep-candidates'),
    candidateMaxAge: settings.duration('candidate-max-age'),
    ...(pattern === undefined ? {} : { rollbackTag: patternOf(pattern) }),
  };
}

// Without the release tag in it, two releases would share one rollback tag.
function patternOf(value: Text): string {
  const [before, after, ...more] = value.text.split('{tag}');
  const isPattern =
    after !== undefined && more.length === 0 && /^\w?[\w.-]*$/.test(`${before}`) && /^[\w.-]*$/.test(after);
  if (isPattern && `${before}${after}` !== '' && !/^[.-]/.test(value.text)) return value.text;
  throw complain(
    value,
    `cannot be ${quoted(value.text)}`,
    'write {tag} once with letters, digits, "_", "." or "-" beside it',
  );
}
