/** Which source a full build takes: the commit that the published image was built from, or what is checked out. */
export const sourceRules = ['released', 'checkout'] as const;
export type SourceRule = (typeof sourceRules)[number];

/** Which source images are built from. */
export interface SourceSettings {
  readonly source: SourceRule;
}
