import type { Pair } from './file-node.ts';
import type { Text } from './value.ts';

/** Reads catalogue inputs by name: the host's over the file's over the default. */
export interface Settings {
  text(name: string): Text | undefined;
  texts(name: string): readonly Text[];
  /** Of the file and of the host; the host's come last. */
  pairs(name: string): readonly Pair[];
  boolean(name: string): boolean;
  number(name: string): number;
  duration(name: string): number;
  /** What the host was given, whatever the file says. */
  given(name: string): Text | undefined;
  /** One of the input's choices, as the caller's union of them. */
  choice<T extends string>(name: string): T;
}
