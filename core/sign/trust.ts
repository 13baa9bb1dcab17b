import { complain, parseBoolean, type Text } from '../settings/value.ts';
import type { Signer } from './settings.ts';

/** An entry of the configuration file that says which signer to trust. */
export interface TrustTexts {
  readonly text: (name: string) => Text | undefined;
  /** The entry, for what it lacks. */
  readonly where: Parameters<typeof complain>[0];
}

/** Whom an entry for cosign believes: a key, or an identity. */
export function readCosignTrust({ text, where }: TrustTexts): Signer {
  const [publicKey, identity, issuer] = ['key', 'identity', 'issuer'].map(text);
  if (publicKey !== undefined) {
    if (identity !== undefined) throw complain(identity, 'stands beside a key', 'give a key or an identity, not both');
    const logged = text('transparency-log');
    const transparencyLog = logged === undefined || parseBoolean(logged);
    return { kind: 'cosign-key', key: publicKey.text, transparencyLog };
  }
  if (identity !== undefined && issuer !== undefined) {
    return { kind: 'cosign-identity', identity: identity.text, issuer: issuer.text };
  }
  throw complain(where, 'does not say which signer to trust', 'give a key, or identity and issuer');
}

/** Whom an entry for notation believes: its own trust policy says that. */
export function readNotationTrust({ text }: TrustTexts): Signer {
  const surplus = text('key') ?? text('identity') ?? text('issuer');
  if (surplus !== undefined)
    throw complain(surplus, 'is not for notation', 'name trusted identities in its trust policy');
  return { kind: 'notation' };
}
