import { fail } from '../../failure.ts';
import type { HttpRequest } from '../../ports.ts';
import { redirectTarget } from '../transport/addresses.ts';
import type { ServedRepository } from '../transport/endpoint.ts';
import { about, refusalFailure } from '../transport/failures.ts';
import type { OpenReply, Outgoing, Reply, Transport, WholeReply } from '../transport/transport.ts';
import type { Authorizer, Grant } from './authorizer.ts';
import type { Scope } from './scope.ts';

/** One request to a repository's registry. */
export interface Ask {
  readonly place: ServedRepository;
  /** What a failure is about. */
  readonly subject: string;
  readonly method: HttpRequest['method'];
  /** What follows `/v2/<name>/`, or an address that the registry gave. */
  readonly to: string | URL;
  readonly scopes: readonly Scope[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: () => Uint8Array | string | AsyncIterable<Uint8Array>;
  readonly bodySize?: number;
  /** Whether the body is itself read from a registry. */
  readonly copies?: boolean;
  readonly attempts?: number;
}

/** Where an answer came from and under whose name it was asked. */
export interface Provenance {
  readonly url: URL;
  readonly grant: Grant;
}

/** Requests with authorization and redirects: what a registry's methods are made of. */
export interface Session {
  answer(ask: Ask, limit: number): Promise<WholeReply & Provenance>;
  open(ask: Ask): Promise<OpenReply & Provenance>;
  /** Waits as between two attempts. */
  pause(attempt: number, subject: string): Promise<void>;
  /** The typed failure of an answer that the method cannot use. */
  failure(answer: WholeReply & Provenance, ask: Ask): Error;
}

const mostRedirects = 5;

interface Shared {
  readonly transport: Transport;
  readonly authorizer: Authorizer;
  readonly insecureHosts: readonly string[];
}

interface Way<T extends Reply> {
  readonly send: (outgoing: Outgoing) => Promise<T>;
  readonly discard: (reply: T) => Promise<void>;
}

/** A session over one transport and one authorizer. */
export function createSession(transport: Transport, authorizer: Authorizer, insecureHosts: readonly string[]): Session {
  const shared: Shared = { transport, authorizer, insecureHosts };
  return {
    answer: (ask, limit) =>
      conduct(shared, ask, { send: (outgoing) => transport.send(outgoing, limit), discard: async () => {} }),
    open: (ask) =>
      conduct(shared, ask, { send: (outgoing) => transport.open(outgoing), discard: (reply) => reply.body.cancel() }),
    pause: transport.pause,
    failure: (answer, ask) => {
      const { endpoint } = ask.place;
      const elsewhere = answer.url.origin === endpoint.origin ? {} : { who: answer.url.host };
      const credentials = answer.grant.source === undefined ? {} : { credentials: answer.grant.source };
      return refusalFailure(answer, {
        subject: ask.subject,
        registry: endpoint.registry,
        ...elsewhere,
        ...credentials,
      });
    },
  };
}

async function conduct<T extends Reply>(shared: Shared, ask: Ask, way: Way<T>): Promise<T & Provenance> {
  const { authorizer } = shared;
  const { endpoint } = ask.place;
  const url = addressOf(ask);
  const home = url.origin === endpoint.origin;
  const first: Grant = home
    ? await blamed(ask, () => authorizer.authorize(endpoint, ask.scopes))
    : { strength: 'final' };
  const reply = await way.send(outgoingOf(ask, url, first));
  const mayImprove = reply.status === 401 || (reply.status === 403 && first.strength === 'shared');
  if (!home || !mayImprove) return follow(shared, ask, way, { reply, url, grant: first });
  const challenge = reply.headers['www-authenticate'];
  const better = await blamed(ask, () => authorizer.reauthorize(endpoint, ask.scopes, first, challenge));
  if (better === undefined) return { ...reply, url, grant: first };
  await way.discard(reply);
  const second = await way.send(outgoingOf(ask, url, better));
  if (first.strength === 'shared' && second.status !== 401 && second.status !== 403)
    authorizer.distrustShared(endpoint);
  return follow(shared, ask, way, { reply: second, url, grant: better });
}

// The failure of a shared request is about the reference that was asked for.
async function blamed<T>(ask: Ask, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw about(ask.subject, thrown);
  }
}

function addressOf({ place, to }: Ask): URL {
  return to instanceof URL ? to : new URL(`/v2/${place.repository}/${to}`, place.endpoint.origin);
}

function outgoingOf(ask: Ask, url: URL, grant: Grant): Outgoing {
  const authorization = grant.header === undefined ? {} : { authorization: grant.header };
  const { method, subject, headers, body, bodySize, copies, attempts } = ask;
  return {
    method,
    url,
    subject,
    // A compressed answer would not have the digest of what it holds.
    headers: { 'accept-encoding': 'identity', ...headers, ...authorization },
    kind: method === 'HEAD' ? 'head' : method === 'GET' ? 'get' : 'write',
    ...(body === undefined ? {} : { body }),
    ...(bodySize === undefined ? {} : { bodySize }),
    ...(copies === undefined ? {} : { copies }),
    ...(attempts === undefined ? {} : { attempts }),
  };
}

interface Reached<T> {
  readonly reply: T;
  readonly url: URL;
  readonly grant: Grant;
}

async function follow<T extends Reply>(
  shared: Shared,
  ask: Ask,
  way: Way<T>,
  reached: Reached<T>,
): Promise<T & Provenance> {
  let { reply, url, grant } = reached;
  for (let redirects = 0; isRedirect(ask, reply); redirects++) {
    await way.discard(reply);
    if (redirects >= mostRedirects)
      throw fail('malformed', ask.subject, `registry redirected more than ${mostRedirects} times`);
    const target = redirectTarget(reply.headers.location ?? '', url, ask.subject, shared.insecureHosts);
    // Whoever a redirect leads to has no business with the registry's credentials.
    if (target.origin !== url.origin) grant = { strength: 'final' };
    url = target;
    reply = await way.send(outgoingOf(ask, url, grant));
  }
  return { ...reply, url, grant };
}

function isRedirect({ method }: Ask, { status, headers }: Reply): boolean {
  const reads = method === 'GET' || method === 'HEAD';
  return reads && [301, 302, 303, 307, 308].includes(status) && headers.location !== undefined;
}
