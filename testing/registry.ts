import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createApi } from './registry/api.ts';
import type { TestReply, TestRequest } from './registry/exchange.ts';
import { answerWith, createFaults, type Fault, type Injected, sendBroken } from './registry/faults.ts';
import { registryBehaviour, type TestRegistryOptions } from './registry/settings.ts';
import { createStore, type Store } from './registry/store.ts';

export type { Access, Authentication } from './registry/auth.ts';
export type { Fault, FaultEffect, Injected } from './registry/faults.ts';
export type { TestRegistryOptions } from './registry/settings.ts';
export type { Store } from './registry/store.ts';

/** A request that the registry has seen. */
export interface SeenRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** With its question mark, or empty. */
  readonly query: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Length of the request's body. */
  readonly bytes: number;
  /** 0 until it is answered, and where it never is. */
  readonly status: number;
}

/** An OCI distribution registry inside this process. */
export interface TestRegistry {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly url: string;
  /** Every request so far, token requests included, in the order of arrival. */
  readonly requests: readonly SeenRequest[];
  /** Requests that change what a registry holds: POST, PUT, PATCH and DELETE below /v2/. */
  writes(): readonly SeenRequest[];
  forgetRequests(): void;
  readonly store: Store;
  inject(fault: Fault): Injected;
  close(): Promise<void>;
}

/** Starts a registry (OCI distribution-spec 1.1) on a free loopback port; it holds everything in memory. */
export async function startRegistry(options: TestRegistryOptions = {}): Promise<TestRegistry> {
  const settings = registryBehaviour(options);
  const store = createStore();
  const faults = createFaults();
  const api = createApi(store, settings);
  const requests: SeenRequest[] = [];
  const scheme = options.tls === undefined ? 'http' : 'https';

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const asked = await readRequest(incoming, scheme);
    const { method, path, headers, body } = asked;
    const seen = { method, path, query: queryOf(incoming), headers, bytes: body.length, status: 0 };
    requests.push(seen);
    const effects = faults.strike(asked);
    const answer = await answerWith(effects, () => api(asked));
    if (answer === 'held') return;
    if (answer === null) return void outgoing.socket?.resetAndDestroy();
    seen.status = answer.status;
    writeHead(outgoing, answer);
    if (method === 'HEAD' || answer.status === 304) return void outgoing.end();
    if (!(await sendBroken(effects, outgoing, answer.body))) outgoing.end(answer.body);
  }

  const listener: RequestListener = (incoming, outgoing) => {
    // A client that goes away in the middle is no error of the registry.
    serve(incoming, outgoing).catch(() => outgoing.destroy());
  };
  const server = options.tls === undefined ? createServer(listener) : createSecureServer(options.tls, listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(settings.port, '127.0.0.1', resolve);
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: `${scheme}://${host}`,
    requests,
    writes: () =>
      requests.filter(({ method, path }) => path.startsWith('/v2/') && method !== 'GET' && method !== 'HEAD'),
    forgetRequests: () => void requests.splice(0),
    store,
    inject: faults.inject,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function readRequest(incoming: IncomingMessage, scheme: string): Promise<TestRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const headers = Object.entries(incoming.headers).map(([name, value]) => [name, [value].flat().join(', ')]);
  const [path = ''] = (incoming.url ?? '').split('?', 1);
  return {
    method: incoming.method ?? '',
    path: decodeURIComponent(path),
    query: new URLSearchParams(queryOf(incoming)),
    origin: `${scheme}://${incoming.headers.host}`,
    headers: Object.fromEntries(headers),
    body: Buffer.concat(chunks),
  };
}

function queryOf({ url = '' }: IncomingMessage): string {
  const start = url.indexOf('?');
  return start === -1 ? '' : url.slice(start);
}

function writeHead(outgoing: ServerResponse, { status, headers, body }: TestReply): void {
  outgoing.statusCode = status;
  const all = { 'docker-distribution-api-version': 'registry/2.0', 'content-length': String(body.length), ...headers };
  for (const [name, value] of Object.entries(all)) outgoing.setHeader(name, value);
  if (status === 204 || status === 304) outgoing.removeHeader('content-length');
}
