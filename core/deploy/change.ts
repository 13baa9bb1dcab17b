/** What one container runs, and what it shall run. */
export interface ContainerChange {
  readonly container: string;
  readonly init: boolean;
  readonly from: string;
  readonly to: string;
  /** What it goes back to; undefined where `from` is a tag that names the promoted digest by now, and its former one is not known. */
  readonly back: string | undefined;
  /** The release tag that it follows. */
  readonly release: string;
  /** Name of the promoted image. */
  readonly image: string;
}
