/** What promotion leaves behind. */
export interface PromotionSettings {
  /** Pattern of the tags that keep what release tags named before, such as {tag}-previous. */
  readonly rollbackTag?: string;
  readonly keepCandidates: boolean;
  /** Milliseconds from which what an earlier run left as a candidate is taken away. */
  readonly candidateMaxAge: number;
}
