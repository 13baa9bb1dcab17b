import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as a forge's server sees it. */
export interface ForgeRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Readonly<Record<string, unknown>> | readonly unknown[] | undefined;
}

export interface ForgeAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly bytes?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request that the documentation of an API does not allow; the server answers 400 and keeps it. */
export class Undocumented extends Error {}

/** Starts a server on loopback that answers by a function, and keeps what was asked of it. */
export async function startForgeServer(answer: (request: ForgeRequest) => ForgeAnswer) {
  const requests: ForgeRequest[] = [];
  const undocumented: string[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://localhost');
    const request: ForgeRequest = {
      method: incoming.method ?? '',
      path: pathname,
      query: searchParams,
      headers: incoming.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
    requests.push(request);
    let given: ForgeAnswer;
    try {
      given = answer(request);
    } catch (thrown) {
      if (thrown instanceof Undocumented) undocumented.push(`${request.method} ${request.path}: ${thrown.message}`);
      given = { status: thrown instanceof Undocumented ? 400 : 500, body: { message: String(thrown) } };
    }
    outgoing.writeHead(given.status, { 'content-type': 'application/json', ...given.headers });
    outgoing.end(given.bytes ?? (given.body === undefined ? '' : JSON.stringify(given.body)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    requests,
    undocumented,
    writes: () => requests.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`),
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

/** Holds a body to the keys that a documentation names: those that must be there, and those that may. */
export function hold(body: unknown, must: readonly string[], may: readonly string[] = []): Record<string, unknown> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new Undocumented('no object');
  const missing = must.filter((key) => !Object.hasOwn(body, key));
  if (missing.length > 0) throw new Undocumented(`without ${missing.join(', ')}`);
  const unknown = Object.keys(body).filter((key) => ![...must, ...may].includes(key));
  if (unknown.length > 0) throw new Undocumented(`with ${unknown.join(', ')}`);
  return body as Record<string, unknown>;
}
