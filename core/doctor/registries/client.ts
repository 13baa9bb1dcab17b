import type { World } from '../../ports.ts';
import { version } from '../../product.ts';
import { type Authorizer, createAuthorizer } from '../../registry/auth/authorizer.ts';
import { createCredentials, type FindCredential } from '../../registry/auth/credentials.ts';
import { createSession } from '../../registry/auth/session.ts';
import type { Context } from '../../registry/content/context.ts';
import { createTransport, type Reply, type Transport } from '../../registry/transport/transport.ts';
import type { Skew } from '../environment/clock.ts';
import type { ExaminedRun } from '../examined-run.ts';

/** The parts of the registry client one by one: what is examined is each of them, not what they make together. */
export interface ClientParts {
  readonly context: Context;
  readonly authorizer: Authorizer;
  readonly credential: FindCredential;
  readonly transport: Transport;
  /** What the Date headers of answers said, the last of each host. */
  skews(): readonly Skew[];
}

/** Who examines waits less than who works: two attempts show whether a registry answers. */
const attempts = 2;
const patience = 20_000;

/** Puts the parts together as the client does, with less patience. */
export function createParts({ world: given, config, host }: ExaminedRun): ClientParts {
  const { registry } = config;
  const world = trusting(given, registry.authorities);
  const secret = (value: string) => host.secret(value);
  const skews = new Map<string, number>();
  const transport = impatient(
    createTransport(world, {
      concurrency: registry.concurrency,
      deadline: world.now().getTime() + registry.deadline,
      userAgent: `base-image-refresh/${version}`,
    }),
    (name, reply) => noteDate(skews, name, reply, world.now()),
  );
  const credential = createCredentials(world, registry, secret, transport);
  const authorizer = createAuthorizer(world, transport, credential, { insecureHosts: registry.insecureHosts, secret });
  return {
    context: {
      session: createSession(transport, authorizer, registry.insecureHosts),
      routes: registry,
      written: new Set(),
      warn: (line) => host.log('warning', line),
    },
    authorizer,
    credential,
    transport,
    skews: () => [...skews].map(([name, milliseconds]) => ({ host: name, milliseconds })),
  };
}

function impatient(transport: Transport, heard: (host: string, reply: Reply) => void): Transport {
  return {
    ...transport,
    send: async (outgoing, limit) => {
      const answer = await transport.send({ ...outgoing, attempts, timeout: patience }, limit);
      heard(outgoing.url.host, answer);
      return answer;
    },
  };
}

// RFC 9110, 6.6.1: to the second, of when the answer was made.
function noteDate(skews: Map<string, number>, host: string, { headers }: Reply, now: Date): void {
  const date = Date.parse(headers.date ?? '');
  if (!Number.isNaN(date)) skews.set(host, date - now.getTime());
}

function trusting(world: World, authorities: string | undefined): World {
  return authorities === undefined ? world : { ...world, http: (request) => world.http({ ...request, authorities }) };
}
