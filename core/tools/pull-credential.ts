import type { World } from '../ports.ts';
import { version } from '../product.ts';
import { chooseScheme, narrowedScopes } from '../registry/auth/challenge-answer.ts';
import { anonymous, type Credential } from '../registry/auth/credential.ts';
import { createCredentials } from '../registry/auth/credentials.ts';
import { createTokenSource } from '../registry/auth/token-source.ts';
import type { RegistrySettings } from '../registry/settings.ts';
import type { Endpoint, ServedRepository } from '../registry/transport/endpoint.ts';
import { createTransport, type Transport } from '../registry/transport/transport.ts';

/** Finds what a program is handed to read one repository, and at best no more than that. */
export type FindPullCredential = (place: ServedRepository, reference: string) => Promise<Credential>;

/** Where what is handed to programs is logged. */
export interface PullCredentialOptions {
  readonly secret: (value: string) => void;
  /** Called, once for each registry, where a program gets the login itself. */
  readonly note: (line: string) => void;
}

/**
 * Finds the credentials that programs are handed which only read: where a registry issues tokens, one for pulling from
 * this repository alone; none where anybody may read it; else the login of the run, of which a note tells.
 */
export function pullCredentials(
  world: World,
  config: RegistrySettings,
  { secret, note }: PullCredentialOptions,
): FindPullCredential {
  const transport = createTransport(world, {
    concurrency: config.concurrency,
    deadline: world.now().getTime() + config.deadline,
    userAgent: `base-image-refresh/${version}`,
  });
  const find = createCredentials(world, config, secret, transport);
  const noted = new Set<string>();
  const withNote = (registry: string, credential: Credential, why: string): Credential => {
    if (!noted.has(registry))
      note(`${registry}: ${why}, so programs that scan or test are handed the login of the run`);
    noted.add(registry);
    return credential;
  };
  return async ({ endpoint, repository }, reference) => {
    const credential = await find(endpoint.registry);
    if (credential.kind === 'anonymous') return anonymous;
    const { registry } = endpoint;
    if (credential.kind === 'bearer') return withNote(registry, credential, 'the login is a token already');
    const challenge = await challengeOf(transport, endpoint, `/v2/${repository}/manifests/${reference}`);
    if (challenge.kind === 'open') return anonymous;
    const scheme = chooseScheme(challenge.header, endpoint, config.insecureHosts);
    if (scheme?.kind !== 'bearer') return withNote(registry, credential, 'the registry issues no tokens');
    const server = { transport, endpoint, server: scheme.server, tokenRealms: config.tokenRealms ?? [] };
    const ask = createTokenSource({ ...server, credential, secret, now: () => world.now() });
    const { value } = await ask(narrowedScopes(challenge.header, [{ repository, actions: ['pull'] }]));
    // Some give back, as a token, what they were asked with.
    if (holdsSecret(value, credential)) return withNote(registry, credential, 'its tokens hold the password');
    return { kind: 'bearer', token: value, source: credential.source };
  };
}

type Challenge = { readonly kind: 'open' } | { readonly kind: 'demanded'; readonly header: string | undefined };

// What the repository demands is nearer the truth than what the registry says of itself; some answer 404 to strangers.
async function challengeOf(transport: Transport, endpoint: Endpoint, path: string): Promise<Challenge> {
  const { status, header } = await ask(transport, endpoint, path);
  if (status === 200) return { kind: 'open' };
  if (header !== undefined) return { kind: 'demanded', header };
  return { kind: 'demanded', header: (await ask(transport, endpoint, '/v2/')).header };
}

async function ask(transport: Transport, endpoint: Endpoint, path: string) {
  const url = new URL(path, endpoint.origin);
  const outgoing = { method: path === '/v2/' ? 'GET' : 'HEAD', url, headers: {}, kind: 'token' } as const;
  const { status, headers } = await transport.send({ ...outgoing, subject: endpoint.registry }, 64 * 1024);
  return { status, header: status === 401 ? headers['www-authenticate'] : undefined };
}

function holdsSecret(token: string, credential: Credential): boolean {
  if (credential.kind !== 'basic' && credential.kind !== 'identity') return false;
  const secret = credential.kind === 'basic' ? credential.password : credential.token;
  return token.includes(secret) || Buffer.from(token, 'base64').toString('utf8').includes(secret);
}
