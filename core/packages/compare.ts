/** What comparing the packages of a base before and after gave. */
export type PackageComparison =
  | { readonly verdict: 'same'; readonly by: string; readonly count: number }
  | { readonly verdict: 'different' | 'unknown'; readonly why: string };
