import { fail } from '../../failure.ts';
import { refusalFailure } from '../transport/failures.ts';
import type { Transport, WholeReply } from '../transport/transport.ts';
import type { Credential } from './credential.ts';
import { formatScope, type Scope } from './scope.ts';
import { formAnswer, isToken, jsonFields } from './token-form.ts';

/** A bearer token and what it was asked for. */
export interface Token {
  readonly value: string;
  readonly scopes: readonly Scope[];
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

/** What a Bearer challenge says of its token server. */
export interface TokenServer {
  readonly realm: URL;
  readonly service?: string;
}

export interface TokenQuestion {
  readonly server: TokenServer;
  readonly scopes: readonly Scope[];
  readonly credential: Credential;
  readonly registry: string;
}

const tokenLimit = 256 * 1024;
/** Tokens without a lifetime live this long (distribution, token specification). */
const defaultLifetime = 60;

/** Asks a token server for one token for all the scopes. */
export async function requestToken(
  transport: Transport,
  question: TokenQuestion,
  now: () => Date,
  secret: (value: string) => void,
): Promise<Token> {
  const asked = now().getTime();
  const answer = await (question.credential.kind === 'identity'
    ? refreshGrant(transport, question, question.credential.token)
    : queryGrant(transport, question));
  if (answer.status !== 200) throw tokenRefused(answer, question);
  const { value, lifetime } = readToken(answer.bytes, question);
  secret(value);
  // Renewed a little early, so that a token does not run out on its way.
  return { value, scopes: question.scopes, expires: asked + Math.max(lifetime * 0.9, lifetime - 15) * 1000 };
}

// GET with query, the way of every token server (distribution, token authentication specification).
function queryGrant(
  transport: Transport,
  { server, scopes, credential, registry }: TokenQuestion,
): Promise<WholeReply> {
  const url = new URL(server.realm);
  if (server.service !== undefined) url.searchParams.set('service', server.service);
  for (const scope of scopes) url.searchParams.append('scope', formatScope(scope));
  const headers = credential.kind === 'basic' ? { authorization: basicHeader(credential) } : {};
  return transport.send({ method: 'GET', url, headers, kind: 'token', subject: registry }, tokenLimit);
}

// Identity tokens are OAuth 2 refresh tokens (distribution, OAuth2 token authentication).
function refreshGrant(
  transport: Transport,
  { server, scopes, registry }: TokenQuestion,
  token: string,
): Promise<WholeReply> {
  return formAnswer(transport, server.realm, registry, {
    grant_type: 'refresh_token',
    client_id: 'base-image-refresh',
    ...(server.service === undefined ? {} : { service: server.service }),
    scope: scopes.map(formatScope).join(' '),
    refresh_token: token,
  });
}

/** The value of an Authorization header in the Basic scheme (RFC 7617). */
export function basicHeader({ username, password }: { readonly username: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function readToken(
  bytes: Uint8Array,
  { server, registry }: TokenQuestion,
): { readonly value: string; readonly lifetime: number } {
  const { token, access_token: accessToken, expires_in: expires } = jsonFields(bytes);
  const value = [token, accessToken].find(isToken);
  if (value === undefined)
    throw fail('malformed', registry, `token server ${server.realm.host} answered without a usable token`);
  const seconds = typeof expires === 'number' && expires > 0 ? Math.min(expires, 86_400) : defaultLifetime;
  return { value, lifetime: seconds };
}

function tokenRefused(answer: WholeReply, { server, credential, registry }: TokenQuestion): Error {
  const from = credential.kind === 'anonymous' ? {} : { credentials: credential.source };
  // Token servers answer 400 to what other registries call unauthorised.
  const status = answer.status === 400 && credential.kind !== 'anonymous' ? 401 : answer.status;
  const who = `token server ${server.realm.host}`;
  return refusalFailure({ ...answer, status }, { subject: registry, registry, who, ...from });
}
