import type { FileSystem, LayerTree } from '../../layers/filesystem.ts';
import type { LayerEntry, LayerFiles } from '../../layers/layer-files.ts';
import type { HistoryEntry } from './history.ts';
import type { OwnSettings } from './own-settings.ts';
import type { PlatformParts } from './parts.ts';
import type { AppShare } from './prefix.ts';

/** A base, old or new. */
export interface BaseSide {
  readonly parts: PlatformParts;
  readonly files: FileSystem;
  /** The base with the layers of the image over it. */
  readonly whole: FileSystem;
  /** The `config` object that the image has on it. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** A layer of the image's own, and what made it. */
export interface OwnLayer {
  /** Counted from the image's lowest. */
  readonly number: number;
  readonly files: LayerFiles;
  readonly tree: LayerTree;
  /** Absent where the history does not say. */
  readonly by?: HistoryEntry;
}

/** All that the proof of one platform rests on. */
export interface RebaseEvidence {
  readonly app: PlatformParts;
  readonly share: AppShare;
  readonly before: BaseSide;
  readonly after: BaseSide;
  readonly own: readonly OwnLayer[];
  /** The image's own files as they are in the end, by path; its folders are left out. */
  readonly ownFiles: ReadonlyMap<string, LayerEntry>;
  readonly history: readonly HistoryEntry[];
  readonly settings: OwnSettings;
  /** The text of the Dockerfile; absent where there is none at hand. */
  readonly dockerfile?: string;
}

/** What keeps an image from being proved equal to one that is built on the new base; nothing where it is. */
export type Rule = (evidence: RebaseEvidence) => Iterable<string>;
