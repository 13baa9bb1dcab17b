import { fail } from '../failure.ts';

/** What the environment says of proxies. */
export interface Proxies {
  readonly httpProxy: string;
  readonly httpsProxy: string;
  readonly noProxy: string;
}

/** Never reached through a proxy: it would be the proxy's own machine, or its own identity. */
const ownAddresses = ['localhost', '127.0.0.1', '[::1]', '169.254.169.254'];

/** HTTP_PROXY, HTTPS_PROXY and NO_PROXY in either case, the lower one first as curl has it; undefined where there is no proxy. */
export function proxiesOf(env: Readonly<Record<string, string | undefined>>): Proxies | undefined {
  const [httpProxy, httpsProxy] = [addressOf(env, 'http_proxy'), addressOf(env, 'https_proxy')];
  if (httpProxy === '' && httpsProxy === '') return undefined;
  const noProxy = (env.no_proxy ?? env.NO_PROXY ?? '').trim();
  return { httpProxy, httpsProxy, noProxy: noProxy === '*' ? noProxy : [noProxy, ...ownAddresses].join(',') };
}

function addressOf(env: Readonly<Record<string, string | undefined>>, name: string): string {
  const text = (env[name] || env[name.toUpperCase()] || '').trim();
  if (text === '') return '';
  const address = /^[a-z0-9]+:\/\//i.test(text) ? text : `http://${text}`;
  // It may hold a password, so it is not repeated.
  if (!URL.canParse(address))
    throw fail('config', name.toUpperCase(), 'is no address of a proxy', 'write it as http://HOST:PORT');
  return address;
}
