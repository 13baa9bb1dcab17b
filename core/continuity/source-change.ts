import { isDeepStrictEqual } from 'node:util';
import type { StatedSettings } from '../dockerfile/stated-settings.ts';

/** What the sources of two images say of their configurations. */
export interface SourceChange {
  /** The Dockerfile of the published image; absent where its commit is not known, or not to be had. */
  readonly then?: StatedSettings;
  /** The Dockerfile of what was built; absent where it cannot be read. */
  readonly now?: StatedSettings;
  /** Labels that what builds the image gives it beside its Dockerfile, as `key=value`. */
  readonly labels?: ReadonlySet<string>;
}

/** A setting of the candidate, and what its new base has of it. */
export interface ChangedSetting {
  readonly to: unknown;
  readonly after: unknown;
}

/** Whether two Dockerfiles explain that a setting (`User`, `Env PATH`) is not what it was. */
export function isExplainedBySource({ then, now }: SourceChange, key: string, { to, after }: ChangedSetting): boolean {
  if (now === undefined) return false;
  const [old, fresh] = [then?.settings.get(key), now.settings.get(key)];
  if (fresh === undefined) {
    // Nothing states it any more, or it stands on another base now: it is what the base makes it.
    const isExchanged = then !== undefined && (old !== undefined || then.base !== now.base);
    return isExchanged && isDeepStrictEqual(to, after);
  }
  const isThere = to !== undefined || fresh.text === '';
  return isThere && (then === undefined ? fresh.isPlain : fresh.text !== old?.text);
}
