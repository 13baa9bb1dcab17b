import type { Digest } from '../oci/digest.ts';
import type { Reference } from '../oci/reference.ts';

/** An image by its digest. */
export type Exact = Reference & { readonly digest: Digest };

/** Programs that sign and verify; core/sign/signers.ts has what each of them is. */
export const signers = ['cosign', 'notation'] as const;
export type SignerName = (typeof signers)[number];

/** What is said of a signed image beside that it is signed. */
export const attestationKinds = ['record', 'scan', 'vsa', 'sbom'] as const;
export type AttestationKind = (typeof attestationKinds)[number];

/** How promoted images are signed. */
export interface SignSettings {
  readonly tool: SignerName;
  /** cosign: a key file or a KMS reference (azurekms://…); keyless by OIDC when absent. notation: a name in its key list, or with `plugin` the key's identifier there. */
  readonly key?: string;
  /** notation: the plugin that holds the key, such as azure-kv. */
  readonly plugin?: string;
  /** cosign: whether the signature is entered in the public transparency log. */
  readonly transparencyLog: boolean;
  readonly attestations: readonly AttestationKind[];
  /** Whether each manifest of an index is signed too. */
  readonly recursive: boolean;
  /** Path of the program; by its name on PATH when absent. */
  readonly path?: string;
}

/** The keys of the configuration file that say whose signatures are believed. */
export type TrustKey = 'verify-base' | 'verify-attestations';

/** Who must have signed what a pattern names. */
export interface TrustRule {
  /** Glob over the canonical repository: `docker.io/library/*`. */
  readonly match: string;
  readonly signer: Signer;
}

/** One whose signature cosign believes. */
export type CosignSigner =
  | { readonly kind: 'cosign-key'; readonly key: string; readonly transparencyLog: boolean }
  | { readonly kind: 'cosign-identity'; readonly identity: string; readonly issuer: string };

/** One whose signature is believed; notation's own trust policy names whom it believes. */
export type Signer = CosignSigner | { readonly kind: 'notation' };

/** How promoted images are signed, and whose signatures bases and attestations must carry. */
export interface SigningSettings {
  /** How promoted images are signed; absent where they are not. */
  readonly sign?: SignSettings;
  /** Whose signature bases must carry. */
  readonly trust: readonly TrustRule[];
  /** Whose signature what is attested beside published images must carry to count as evidence of their bases. */
  readonly trustAttested: readonly TrustRule[];
  /** Milliseconds since the date of a scanner's database for which a verdict stands; none does when absent. */
  readonly verdictMaxAge?: number;
}
