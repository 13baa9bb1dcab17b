/** What must be proven before a scan without findings says anything. */
export const proofs = ['image', 'search', 'distribution'] as const;
/**
 * `image`: the report is of this image. `search`: the tool looked for vulnerabilities. `distribution`: its database knows
 * the distribution, or the ecosystem, of the image.
 */
export type Proof = (typeof proofs)[number];

/** A proof that a report does not give, and why. */
export interface Unproven {
  readonly proof: Proof;
  readonly detail: string;
}
