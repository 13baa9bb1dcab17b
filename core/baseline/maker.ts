import type { ImageConfig } from '../oci/manifest.ts';

interface Maker {
  readonly isMaker: (config: ImageConfig) => boolean;
  /** What made the image and left no word of its base, in a sentence. */
  readonly words: string;
}

const byHistory =
  (pattern: RegExp) =>
  ({ history }: ImageConfig): boolean =>
    history.some(({ createdBy = '' }) => pattern.test(createdBy));

const makers: readonly Maker[] = [
  { isMaker: byHistory(/^jib-/), words: 'Jib made it, which records no base' },
  { isMaker: byHistory(/^apko\b/), words: 'apko made it of packages, and it stands on no base image' },
  { isMaker: byHistory(/^ko /), words: 'ko made it without its base annotations' },
  { isMaker: byHistory(/^\.NET SDK\b/), words: 'the .NET SDK made it without its base labels' },
  {
    isMaker: byHistory(/^bazel build\b/),
    words: 'Bazel made it, whose rules record a base only when configured to',
  },
  {
    isMaker: ({ labels }) => 'io.buildpacks.lifecycle.metadata' in labels,
    words: 'the run image that its buildpacks record is not what it stands on by a tag',
  },
];

/** Why nothing in an image says on which base it stands, by what made it. */
export function whyNameless(config: ImageConfig | undefined): string {
  const maker = config === undefined ? undefined : makers.find(({ isMaker }) => isMaker(config));
  const fact = 'nothing in the image says which base it stands on';
  return maker === undefined ? fact : `${fact}: ${maker.words}`;
}
