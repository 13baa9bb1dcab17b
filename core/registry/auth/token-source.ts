import { FailureError, fail } from '../../failure.ts';
import type { Endpoint } from '../transport/endpoint.ts';
import { isTrustedRealm } from '../transport/realm.ts';
import type { Transport } from '../transport/transport.ts';
import { anonymous, type Credential } from './credential.ts';
import type { Scope } from './scope.ts';
import { requestToken, type Token, type TokenServer } from './token.ts';

export interface TokenSourceOptions {
  readonly transport: Transport;
  readonly endpoint: Endpoint;
  readonly server: TokenServer;
  readonly credential: Credential;
  /** Other token servers, as HOST:PORT, that may see it. */
  readonly tokenRealms: readonly string[];
  readonly now: () => Date;
  readonly secret: (value: string) => void;
}

/** Asks one token server for tokens of one registry; credentials go to it only where it belongs to the registry. */
export function createTokenSource(options: TokenSourceOptions): (scopes: readonly Scope[]) => Promise<Token> {
  const { transport, endpoint, server, credential, tokenRealms, now, secret } = options;
  const askAs = (asker: Credential, scopes: readonly Scope[]) =>
    requestToken(transport, { server, scopes, credential: asker, registry: endpoint.registry }, now, secret);
  return async (scopes) => {
    if (credential.kind === 'anonymous') return askAs(credential, scopes);
    refuseStranger(server, endpoint, tokenRealms);
    try {
      return await askAs(credential, scopes);
    } catch (thrown) {
      if (!mayAskAnonymously(credential, scopes, thrown)) throw thrown;
      return askAs(anonymous, scopes);
    }
  };
}

// A job token of one repository need not be good for another's public image.
function mayAskAnonymously(credential: Credential, scopes: readonly Scope[], thrown: unknown): boolean {
  const isAmbient = credential.kind === 'basic' && credential.ambient === true;
  const onlyReads = scopes.every(({ actions }) => actions.every((action) => action === 'pull'));
  const refused = thrown instanceof FailureError && ['unauthorised', 'forbidden'].includes(thrown.failure.code);
  return isAmbient && onlyReads && refused;
}

function refuseStranger({ realm }: TokenServer, endpoint: Endpoint, allowed: readonly string[]): void {
  if (isTrustedRealm(realm, endpoint, allowed)) return;
  const where = realm.hostname === new URL(endpoint.origin).hostname ? 'at another port' : 'not of its domain';
  throw fail(
    'refused',
    endpoint.registry,
    `names the token server ${realm.host}, which is ${where}, so no credentials were sent there`,
    `if it is the registry's own, allow it with --allow-token-realm ${realm.host}; without credentials it is read anonymously`,
  );
}
