import { recordType } from '../baseline/record.ts';
import { fail } from '../failure.ts';
import type { Repository } from '../oci/reference.ts';
import { predicateType } from '../sign/cosign.ts';
import { verificationSummaryType } from '../sign/predicates.ts';
import type { SignSettings } from '../sign/settings.ts';

/** Whose signature is trusted, as a policy states it. */
export type TrustedSigner =
  | { readonly kind: 'key'; readonly pem: string; readonly transparencyLog: boolean }
  | { readonly kind: 'kms'; readonly key: string; readonly transparencyLog: boolean }
  | { readonly kind: 'identity'; readonly identity: string; readonly issuer: string }
  | { readonly kind: 'certificate'; readonly certificates: readonly string[] };

/** What must be attested; a policy knows it by its type. */
export interface RequiredAttestation {
  readonly name: keyof typeof types;
  readonly type: string;
}

/** What a policy demands: of images of these repositories, a signature and attestations of one signer. */
export interface AdmissionRule {
  readonly repositories: readonly [Repository, ...Repository[]];
  readonly signer: TrustedSigner;
  readonly attestations: readonly RequiredAttestation[];
}

const types = { record: recordType, scan: predicateType({ type: 'vuln' }), vsa: verificationSummaryType };

/** The attestations that a policy can demand; throws where what is attested cannot be asked of the image that a pod names. */
export function requiredAttestations({ tool, attestations }: SignSettings): readonly RequiredAttestation[] {
  if (tool === 'notation' && attestations.length > 0) {
    const detail =
      'is signed by notation, which attaches every statement as application/vnd.in-toto+json, so that no policy tells a record from another statement';
    throw fail('config', 'attest', detail, 'ask for the signature alone with --attest none');
  }
  return attestations.map((name) => {
    if (name !== 'sbom') return { name, type: types[name] };
    const detail =
      'is attested on the digest of each platform, and a pod names the index, of which a policy would find none';
    throw fail('config', 'attest: sbom', detail, 'leave it out of the policy with --attest record,scan');
  });
}
