/** What is compared of an image and its successor, in the order in which reports show it. */
export const aspects = [
  'labels',
  'annotations',
  'signature',
  'attestations',
  'form',
  'media-types',
  'compression',
  'platforms',
  'configuration',
  'base-layers',
  'release-tags',
] as const;
export type Aspect = (typeof aspects)[number];

/** In what rebuilt images may differ from those that they replace. */
export interface ContinuitySettings {
  readonly accept: readonly Aspect[];
}
