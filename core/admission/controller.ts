import type { AdmissionRule } from './rule.ts';

/** An object of Kubernetes, as it is printed. */
export interface PolicyObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly [key: string]: unknown;
}

/** A program of a cluster for which policies are printed. */
export interface AdmissionController {
  /** What has to be there, and what is not checked, for those who apply it: sentences. */
  readonly notes: readonly string[];
  /** The objects that demand what rules say; throws `config` for what this program cannot check of it. */
  readonly policies: (rules: readonly AdmissionRule[]) => readonly PolicyObject[];
}

/** The name of a policy, by its place among those printed. */
export function policyName(at: number): string {
  return at === 0 ? 'base-image-refresh' : `base-image-refresh-${at + 1}`;
}

/** Where signatures are recorded, and who gives out certificates for keyless ones. */
export const publicSigstore = { log: 'https://rekor.sigstore.dev', authority: 'https://fulcio.sigstore.dev' };
