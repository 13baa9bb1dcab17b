import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What one client asked of a registry. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly agent: string;
}

/** A way in front of a registry that sees every request and can keep one from arriving. */
export interface Gateway {
  readonly host: string;
  readonly seen: SeenRequest[];
  /** A request for which this answers true is held for ever: the registry never gets it. */
  hold(which: (request: SeenRequest) => boolean): Promise<SeenRequest>;
  release(): void;
  stop(): Promise<void>;
}

/** Starts a gateway to a registry on a free loopback port. */
export async function startGateway(registry: string): Promise<Gateway> {
  const seen: SeenRequest[] = [];
  let held:
    | { readonly which: (request: SeenRequest) => boolean; readonly hit: (request: SeenRequest) => void }
    | undefined;
  const server = createServer((incoming, outgoing) => {
    const asked = {
      method: incoming.method ?? '',
      path: incoming.url ?? '',
      agent: incoming.headers['user-agent'] ?? '',
    };
    seen.push(asked);
    if (held?.which(asked) === true) held.hit(asked);
    else forward(registry, incoming, outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    seen,
    hold: (which) =>
      new Promise((hit) => {
        held = { which, hit };
      }),
    release: () => {
      held = undefined;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

// The Host header is kept, so that upload locations lead back through the gateway.
function forward(registry: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const [hostname, port] = registry.split(':');
  const { method, url, headers } = incoming;
  const onward = request({ hostname, port, method, path: url, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  onward.on('error', () => outgoing.destroy());
  outgoing.on('close', () => onward.destroy());
  incoming.pipe(onward);
}
