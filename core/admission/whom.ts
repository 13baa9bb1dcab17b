import { fail } from '../failure.ts';
import { formatReference, type Repository } from '../oci/reference.ts';
import { ruleFor } from '../sign/rules.ts';
import type { Signer, SigningSettings, SignSettings } from '../sign/settings.ts';
import type { TrustedSigner } from './rule.ts';

/** Where it stands whom a policy trusts: in a file that is still to be read, or said already. */
export type Whom =
  | { readonly kind: 'file'; readonly path: string; readonly holds: 'key' | 'certificates' }
  | { readonly kind: 'said'; readonly signer: Extract<TrustedSigner, { readonly kind: 'kms' | 'identity' }> };

const kms = /^(?:azurekms|awskms|gcpkms|hashivault):\/\//;

/** Whom the policy of a repository trusts: who signs it here; throws `config` where that is not known, or contradicts whom it believes. */
export function whomToTrust(
  { sign, trustAttested }: { readonly sign: SignSettings } & Pick<SigningSettings, 'trustAttested'>,
  repository: Repository,
  key: string | undefined,
): Whom {
  const subject = formatReference(repository);
  if (sign.tool === 'notation') {
    if (key !== undefined) return { kind: 'file', path: key, holds: 'certificates' };
    throw fail(
      'config',
      subject,
      'nothing says which certificate notation signs it with',
      'give it with --admission-key',
    );
  }
  const believed = ruleFor(trustAttested, repository)?.signer;
  if (sign.key === undefined) return keyless(sign, subject, believed, key);
  if (key !== undefined) return { kind: 'file', path: key, holds: 'key' };
  if (believed !== undefined && believed.kind !== 'cosign-key') {
    throw contradicts(subject, 'is signed with a key, and verify-attestations believes no key');
  }
  return keyed(sign, subject, believed?.key ?? sign.key, believed !== undefined);
}

function keyless(sign: SignSettings, subject: string, believed: Signer | undefined, key: string | undefined): Whom {
  if (key !== undefined) throw contradicts('--admission-key', 'is given, and cosign signs keyless here');
  if (!sign.transparencyLog) {
    const detail = 'is off, and without it no policy can check a keyless signature once its certificate has expired';
    throw fail('config', '--transparency-log', detail, 'turn it on, or sign with a key');
  }
  if (believed?.kind === 'cosign-identity') {
    return { kind: 'said', signer: { kind: 'identity', identity: believed.identity, issuer: believed.issuer } };
  }
  if (believed !== undefined)
    throw contradicts(subject, 'is signed keyless, and verify-attestations believes no identity');
  const remedy = 'add a verify-attestations rule with the identity and issuer of the job that signs';
  throw fail('config', subject, 'is signed keyless, and nothing says by whom', remedy);
}

function keyed(sign: SignSettings, subject: string, key: string, isPublic: boolean): Whom {
  const { transparencyLog } = sign;
  if (kms.test(key)) return { kind: 'said', signer: { kind: 'kms', key, transparencyLog } };
  if (!key.includes('://')) return { kind: 'file', path: isPublic ? key : beside(key), holds: 'key' };
  const detail = `is signed with ${JSON.stringify(key.slice(0, 100))}, which a cluster cannot ask for its public key`;
  throw fail('config', subject, detail, 'give the public key with --admission-key');
}

// As `cosign generate-key-pair` names them.
function beside(key: string): string {
  return `${key.replace(/\.key$/, '')}.pub`;
}

function contradicts(subject: string, detail: string) {
  return fail('config', subject, detail, 'make sign and verify-attestations name the same signer');
}
