import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { Http, HttpResponse } from '../ports.ts';

type Undici = typeof import('undici');

interface Connection {
  readonly undici: Undici;
  readonly dispatcher: Dispatcher;
}

/** HTTP/1.1 with keep-alive, through the proxies that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name. */
export function createHttp(env: Readonly<Record<string, string | undefined>>): {
  readonly send: Http;
  close(): Promise<void>;
} {
  let opening: Promise<Connection> | undefined;
  const connection = () => {
    opening ??= connect(env);
    return opening;
  };
  return {
    send: async (request) => {
      const { undici, dispatcher } = await connection();
      const response = await undici.request(request.url, {
        dispatcher,
        method: request.method,
        headers: request.headers,
        headersTimeout: request.headersTimeout ?? 30_000,
        bodyTimeout: 60_000,
        ...(request.body === undefined ? {} : { body: bodyOf(request.body) }),
        ...(request.signal === undefined ? {} : { signal: request.signal }),
      });
      return { status: response.statusCode, headers: flatten(response.headers), body: cancellable(response.body) };
    },
    close: async () => {
      if (opening !== undefined) await (await opening).dispatcher.destroy();
    },
  };
}

// Loaded at the first request: most commands' help and usage errors never need it.
async function connect(env: Readonly<Record<string, string | undefined>>): Promise<Connection> {
  const undici = await import('undici');
  const options = { connections: 64, keepAliveTimeout: 10_000, connect: { timeout: 15_000 } };
  const proxied = ['http_proxy', 'https_proxy'].some((name) => env[name] || env[name.toUpperCase()]);
  return { undici, dispatcher: proxied ? new undici.EnvHttpProxyAgent(options) : new undici.Agent(options) };
}

function bodyOf(body: Uint8Array | string | AsyncIterable<Uint8Array>): string | Uint8Array | Readable {
  if (typeof body === 'string' || body instanceof Uint8Array) return body;
  return Readable.from(body, { objectMode: false });
}

function flatten(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}

function cancellable(body: Readable): HttpResponse['body'] {
  return Object.assign(body, {
    cancel: async () => {
      body.on('error', () => {});
      body.destroy();
    },
  });
}
