import { Readable } from 'node:stream';
import type { SecureContext } from 'node:tls';
import type { Dispatcher } from 'undici';
import type { Http, HttpResponse } from '../ports.ts';
import { proxiesOf } from './proxies.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** HTTP/1.1 with keep-alive, through the proxies that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name. */
export function createHttp(env: Environment): { readonly send: Http; close(): Promise<void> } {
  // A connection that trusts one set of authorities is not used for a request that trusts another.
  const opened = new Map<string, Promise<Dispatcher>>();
  const connection = (authorities: string) => {
    const known = opened.get(authorities) ?? connect(env, authorities);
    opened.set(authorities, known);
    return known;
  };
  return {
    send: async (request) => {
      const dispatcher = await connection(request.authorities ?? '');
      const { origin, pathname, search } = new URL(request.url);
      const response = await dispatcher.request({
        origin,
        path: `${pathname}${search}`,
        method: request.method,
        headers: request.headers,
        headersTimeout: request.headersTimeout ?? 30_000,
        bodyTimeout: 60_000,
        // Or else undici ends the connection after a HEAD, and each of hundreds would begin with a handshake.
        ...(request.method === 'HEAD' ? { reset: false } : {}),
        ...(request.body === undefined ? {} : { body: bodyOf(request.body) }),
        ...(request.signal === undefined ? {} : { signal: request.signal }),
      });
      return { status: response.statusCode, headers: flatten(response.headers), body: cancellable(response.body) };
    },
    close: async () => {
      for (const known of await Promise.allSettled(opened.values())) {
        if (known.status === 'fulfilled') await known.value.destroy();
      }
    },
  };
}

// Loaded at the first request: most commands' help and usage errors never need it.
async function secured(authorities: string, env: Environment): Promise<{ readonly secureContext?: SecureContext }> {
  if (authorities === '') return {};
  const { trusting } = await import('./authorities.ts');
  return { secureContext: await trusting(authorities, env) };
}

async function connect(env: Environment, authorities: string): Promise<Dispatcher> {
  const undici = await import('undici');
  const proxies = proxiesOf(env);
  const tls = await secured(authorities, env);
  const options = { connections: 64, keepAliveTimeout: 10_000, connect: { timeout: 15_000, ...tls } };
  if (proxies === undefined) return new undici.Agent(options);
  // Proxies let tunnels through to TLS only: plain HTTP is asked of them by its whole address.
  const proxied = { ...options, ...proxies, proxyTunnel: false, requestTls: tls, proxyTls: tls };
  return new undici.EnvHttpProxyAgent(proxied);
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
