import { getDomain } from 'tldts';
import { fail } from '../../failure.ts';
import { type Endpoint, hostname, mayBePlain } from './endpoint.ts';

// Under these suffixes each host belongs to another customer, whatever the public suffix list says.
const tenantSuffixes = [
  'azurecr.io',
  'azurecr.cn',
  'azurecr.us',
  'azurecr.de',
  'amazonaws.com',
  'amazonaws.com.cn',
  'on.aws',
  'pkg.dev',
  'jfrog.io',
  'cr.aliyuncs.com',
  'myhuaweicloud.com',
  'cloudsmith.io',
  'icr.io',
  'scw.cloud',
  'ocir.io',
];

/** The URL of a token server; throws where it must not be asked at all. */
export function realmUrl(realm: string, endpoint: Endpoint, insecureHosts: readonly string[]): URL {
  const url = URL.canParse(realm, endpoint.origin) ? new URL(realm, endpoint.origin) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.username !== '') {
    throw fail('malformed', endpoint.registry, 'names a token server that is not a web address');
  }
  // A proxy that ends TLS may leave http in the address of the registry's own token server.
  const origin = new URL(endpoint.origin);
  if (url.protocol === 'http:' && origin.protocol === 'https:' && url.hostname === origin.hostname) {
    return new URL(`https://${origin.host}${url.pathname}${url.search}`);
  }
  if (url.protocol === 'http:' && !(origin.protocol === 'http:' && mayBePlain(insecureHosts, url.host))) {
    throw fail(
      'refused',
      endpoint.registry,
      `names a token server that speaks plain HTTP (${url.host}), so it was not asked`,
    );
  }
  return url;
}

/**
 * Whether a token server may see the credentials of a registry: the run allows it by HOST:PORT, or it is the same host or
 * of the same owner's domain, at the registry's own port or that of HTTPS. Another port of a host can be another user's.
 */
export function isTrustedRealm(realm: URL, endpoint: Endpoint, allowed: readonly string[] = []): boolean {
  if (allowed.includes(realm.host) || allowed.includes(`${realm.hostname}:${portOf(realm)}`)) return true;
  const origin = new URL(endpoint.origin);
  const isOwnPort = portOf(realm) === portOf(origin) || (realm.protocol === 'https:' && realm.port === '');
  return isOwnPort && isOfOwner(realm.hostname, origin.hostname);
}

function portOf({ port, protocol }: URL): string {
  if (port !== '') return port;
  return protocol === 'https:' ? '443' : '80';
}

function isOfOwner(host: string, registry: string): boolean {
  if (host === registry) return true;
  if (isTenant(host) || isTenant(registry)) return false;
  const owner = getDomain(registry, { allowPrivateDomains: true });
  return owner !== null && owner === getDomain(host, { allowPrivateDomains: true });
}

function isTenant(host: string): boolean {
  const name = hostname(host);
  return tenantSuffixes.some((suffix) => name.endsWith(`.${suffix}`));
}
