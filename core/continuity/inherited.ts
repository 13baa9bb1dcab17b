import type { StatedSettings } from '../dockerfile/stated-settings.ts';
import type { ImageConfig } from '../oci/manifest.ts';
import { type HistoryEntry, namesIn, readHistory } from '../rebuild/rebase/history.ts';
import { ownSettings } from '../rebuild/rebase/own-settings.ts';

/** What shows which settings an image has from a base that is not recorded. */
export interface Inheritance {
  readonly published: ImageConfig;
  /** The base as it is now. */
  readonly after: ImageConfig;
  /** The Dockerfile that the image was built from; absent where that is not known. */
  readonly stated?: StatedSettings;
}

/**
 * The settings (`User`, `Env PATH`) that an image has from its base by its own history: those that an entry sets which stands
 * where the base has one of its kind, or that no instruction of its Dockerfile states.
 */
export function inheritedSettings({ published, after, stated }: Inheritance): ReadonlySet<string> {
  const [history, ofBase] = [readHistory(published.raw.history), readHistory(after.raw.history)];
  const own = history.slice(ofBase.length);
  const isClear = own.every(({ step }) => step.kind !== 'unknown' && step.kind !== 'tool');
  const isBelow = ofBase.length > 0 && isClear && ofBase.every((entry, at) => isOfKind(history[at], entry));
  const below = isBelow ? ownSettings(history.slice(0, ofBase.length), published.config).sure : new Set<string>();
  const { sure, possible } = ownSettings(own, published.config);
  const found = new Set([...below].filter((key) => !sure.has(key) && !possible.has(key)));
  if (stated === undefined) return found;
  const anywhere = ownSettings(history, published.config).sure;
  return new Set([...found, ...anywhere].filter((key) => !stated.settings.has(key)));
}

// Another version of the base sets the same by the same instructions, in the same order.
function isOfKind(entry: HistoryEntry | undefined, ofBase: HistoryEntry): boolean {
  if (entry === undefined || entry.filled !== ofBase.filled) return false;
  const [one, other] = [entry.step, ofBase.step];
  if (one.kind !== 'setting' || other.kind !== 'setting') return one.kind === other.kind;
  const isNamed = one.keyword === 'env' || one.keyword === 'label';
  const names = ({ rest }: typeof one) => (isNamed ? namesIn(rest).join(' ') : '');
  return one.keyword === other.keyword && names(one) === names(other);
}
