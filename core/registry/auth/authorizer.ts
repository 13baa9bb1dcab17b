import type { World } from '../../ports.ts';
import type { Endpoint } from '../transport/endpoint.ts';
import type { Transport } from '../transport/transport.ts';
import { chooseScheme, demandedScopes, type Scheme } from './challenge-answer.ts';
import { type Credential, sourceOf } from './credential.ts';
import type { FindCredential } from './credentials.ts';
import { createHostTokens, type HeldToken, type HostTokens } from './host-tokens.ts';
import type { Scope } from './scope.ts';
import { basicHeader, type TokenServer } from './token.ts';
import { createTokenSource } from './token-source.ts';

/** What a request carries to show who asks. */
export interface Grant {
  readonly header?: string;
  /** Where the credential came from; absent for an anonymous request. */
  readonly source?: string;
  /** `shared`: a token for several repositories; `own`: one for this request; `final`: there is nothing better. */
  readonly strength: 'shared' | 'own' | 'final';
}

/** Knows how clients identify themselves to each registry host. */
export interface Authorizer {
  authorize(endpoint: Endpoint, scopes: readonly Scope[]): Promise<Grant>;
  /** Something better than a grant that was refused with this challenge; undefined where there is nothing. */
  reauthorize(
    endpoint: Endpoint,
    scopes: readonly Scope[],
    refused: Grant,
    challenge: string | undefined,
  ): Promise<Grant | undefined>;
  expect(endpoint: Endpoint, repositories: readonly string[]): void;
  /** Says that an own token was taken where a shared one was refused. */
  distrustShared(endpoint: Endpoint): void;
}

export interface AuthorizerOptions {
  readonly insecureHosts: readonly string[];
  /** Token servers, as HOST:PORT, that may see credentials wherever they are. */
  readonly tokenRealms?: readonly string[];
  readonly secret: (value: string) => void;
}

interface Shared {
  readonly world: World;
  readonly transport: Transport;
  readonly find: FindCredential;
  readonly options: AuthorizerOptions;
  readonly hosts: Map<string, Host>;
}

interface Host {
  readonly endpoint: Endpoint;
  scheme: Promise<Scheme> | undefined;
  /** By token server: some registries have one for each repository. */
  readonly tokens: Map<string, HostTokens>;
  readonly expected: Set<string>;
}

/** The authorizer of one run. */
export function createAuthorizer(
  world: World,
  transport: Transport,
  find: FindCredential,
  options: AuthorizerOptions,
): Authorizer {
  const shared: Shared = { world, transport, find, options, hosts: new Map() };
  return {
    authorize: async (endpoint, scopes) => {
      const host = hostOf(shared, endpoint);
      return grant(shared, host, await schemeOf(shared, host), (tokens) => tokens.get(scopes));
    },
    reauthorize: async (endpoint, scopes, refused, challenge) => {
      const host = hostOf(shared, endpoint);
      if (refused.strength === 'final') return undefined;
      return regrant(shared, host, scopes, refused, challenge);
    },
    expect: (endpoint, repositories) => {
      const host = hostOf(shared, endpoint);
      for (const repository of repositories) host.expected.add(repository);
      for (const tokens of host.tokens.values()) tokens.expect(repositories);
    },
    distrustShared: (endpoint) => {
      for (const tokens of hostOf(shared, endpoint).tokens.values()) tokens.distrust();
    },
  };
}

function hostOf({ hosts }: Shared, endpoint: Endpoint): Host {
  const host = hosts.get(endpoint.origin) ?? { endpoint, scheme: undefined, tokens: new Map(), expected: new Set() };
  hosts.set(endpoint.origin, host);
  return host;
}

// Asked once for each host: a HEAD sent without a token would be one that has to be sent again.
function schemeOf(shared: Shared, host: Host): Promise<Scheme> {
  host.scheme ??= askScheme(shared, host).catch((thrown: unknown) => {
    host.scheme = undefined;
    throw thrown;
  });
  return host.scheme;
}

async function askScheme({ transport, options }: Shared, { endpoint }: Host): Promise<Scheme> {
  const url = new URL('/v2/', endpoint.origin);
  const subject = endpoint.registry;
  const answer = await transport.send({ method: 'GET', url, headers: {}, kind: 'token', subject }, 64 * 1024);
  const challenge = answer.status === 401 ? answer.headers['www-authenticate'] : undefined;
  return chooseScheme(challenge, endpoint, options.insecureHosts) ?? { kind: 'none' };
}

type Pick = (tokens: HostTokens) => Promise<HeldToken>;

async function grant(shared: Shared, host: Host, scheme: Scheme, pick: Pick): Promise<Grant> {
  if (scheme.kind === 'none') return { strength: 'own' };
  const credential = await shared.find(host.endpoint.registry);
  const source = given(sourceOf(credential));
  if (credential.kind === 'bearer') return { header: `Bearer ${credential.token}`, ...source, strength: 'final' };
  if (scheme.kind === 'basic') return { ...basicOf(credential), ...source, strength: 'final' };
  const { token, shared: isShared } = await pick(tokensOf(shared, host, scheme.server, credential));
  return { header: `Bearer ${token.value}`, ...source, strength: isShared ? 'shared' : 'own' };
}

async function regrant(
  shared: Shared,
  host: Host,
  scopes: readonly Scope[],
  refused: Grant,
  challenge: string | undefined,
): Promise<Grant | undefined> {
  const demanded = chooseScheme(challenge, host.endpoint, shared.options.insecureHosts);
  const scheme = demanded ?? (await schemeOf(shared, host));
  if (scheme.kind === 'none') return undefined;
  // What a repository demands is nearer the truth than what the registry said of itself.
  host.scheme = Promise.resolve(scheme);
  const better = await grant(shared, host, scheme, (tokens) => tokens.renew(demandedScopes(challenge, scopes)));
  if (better.header === undefined || better.header === refused.header) return undefined;
  return { ...better, strength: 'final' };
}

function tokensOf(
  { world, transport, options }: Shared,
  host: Host,
  server: TokenServer,
  credential: Credential,
): HostTokens {
  const key = `${server.realm.href} ${server.service ?? ''}`;
  const known = host.tokens.get(key);
  if (known !== undefined) return known;
  const now = () => world.now();
  const ask = createTokenSource({
    transport,
    endpoint: host.endpoint,
    server,
    credential,
    tokenRealms: options.tokenRealms ?? [],
    now,
    secret: options.secret,
  });
  const tokens = createHostTokens(ask, now, () => world.sleep(0));
  tokens.expect([...host.expected]);
  host.tokens.set(key, tokens);
  return tokens;
}

function basicOf(credential: Credential): { readonly header?: string } {
  return credential.kind === 'basic' ? { header: basicHeader(credential) } : {};
}

function given(source: string | undefined): { readonly source?: string } {
  return source === undefined ? {} : { source };
}
