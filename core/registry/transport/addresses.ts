import { fail } from '../../failure.ts';
import { type Endpoint, mayBePlain } from './endpoint.ts';

/** Where a redirect leads; throws where no request may go. */
export function redirectTarget(location: string, from: URL, subject: string, insecureHosts: readonly string[]): URL {
  const target = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
  if (target === undefined || (target.protocol !== 'https:' && target.protocol !== 'http:')) {
    throw fail('malformed', subject, 'registry redirected to something that is not a web address');
  }
  if (target.protocol === 'https:') return target;
  if (from.protocol === 'http:' && (target.host === from.host || mayBePlain(insecureHosts, target.host))) return target;
  throw fail(
    'refused',
    subject,
    `registry redirected to plain HTTP at ${target.host}`,
    `name ${target.host} in --insecure-registry if that is meant`,
  );
}

/** An address that a registry gave for the same repository: only its own host gets the authorization. */
export function ownAddress(location: string, from: URL, endpoint: Endpoint, subject: string): URL {
  const url = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
  const origin = new URL(endpoint.origin);
  if (url?.protocol === 'http:' && origin.protocol === 'https:' && url.hostname === origin.hostname) {
    // A proxy that ends TLS may leave http in the registry's own addresses.
    return new URL(`${origin.origin}${url.pathname}${url.search}`);
  }
  if (url !== undefined && (url.protocol === 'https:' || url.origin === endpoint.origin)) return url;
  throw fail('malformed', subject, 'registry gave an address that cannot be used');
}
