import type { Platform } from '../../oci/platform.ts';
import type { Reference } from '../../oci/reference.ts';
import type { HistoryEntry } from './history.ts';
import type { Merged } from './merge-config.ts';
import type { OwnSettings } from './own-settings.ts';
import type { PlatformParts } from './parts.ts';
import type { AppShare } from './prefix.ts';

/** One platform of an image, on its old base and on the new one. */
export interface PlatformRebase {
  readonly platform: Platform;
  readonly app: PlatformParts;
  readonly share: AppShare;
  readonly before: PlatformParts;
  readonly after: PlatformParts;
  /** What its base is called. */
  readonly name: Reference;
  /** The image's own part of its history. */
  readonly history: readonly HistoryEntry[];
  readonly settings: OwnSettings;
  /** Its configuration on the new base. */
  readonly merged: Merged;
}
