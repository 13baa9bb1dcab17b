import { fail } from '../../failure.ts';
import type { Repository } from '../../oci/reference.ts';
import type { RegistrySettings } from '../settings.ts';

/** Where a registry is really spoken to. */
export interface Endpoint {
  /** As references name it: `docker.io`; credentials are found and failures named by it. */
  readonly registry: string;
  /** `https://registry-1.docker.io`; never with a path. */
  readonly origin: string;
}

/** A repository at the endpoint that serves it, which a mirror makes another than the reference's. */
export interface ServedRepository {
  readonly endpoint: Endpoint;
  readonly repository: string;
}

/** How references are routed to hosts. */
export type Routes = Pick<RegistrySettings, 'mirrors' | 'insecureHosts'>;

/** Where a repository is read: at the mirror with the longest prefix that fits, else at its own registry. */
export function placeToRead(routes: Routes, { registry, repository }: Repository): ServedRepository {
  const name = `${registry}/${repository}`;
  const prefix = Object.keys(routes.mirrors)
    .filter((candidate) => name === candidate || name.startsWith(`${candidate.replace(/\/$/, '')}/`))
    .sort((a, b) => b.length - a.length)[0];
  const mirror = prefix === undefined ? undefined : routes.mirrors[prefix];
  if (prefix === undefined || mirror === undefined) return placeToWrite(routes, { registry, repository });
  const [host = '', ...path] = mirror.replace(/^https?:\/\//, '').split('/');
  const rest = name.slice(prefix.replace(/\/$/, '').length + 1);
  const mapped = [...path, rest].filter((part) => part !== '').join('/');
  return { endpoint: endpointOf(routes, host), repository: mapped };
}

/** Where a repository is written: always at its own registry. */
export function placeToWrite(routes: Routes, { registry, repository }: Repository): ServedRepository {
  return { endpoint: endpointOf(routes, registry), repository };
}

function endpointOf(routes: Routes, registry: string): Endpoint {
  if (registry === 'docker.io') return { registry, origin: 'https://registry-1.docker.io' };
  if (!/^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/.test(registry)) {
    throw fail('config', registry, 'is not a registry host', 'write HOST or HOST:PORT');
  }
  const scheme = mayBePlain(routes.insecureHosts, registry) ? 'http' : 'https';
  return { registry, origin: `${scheme}://${registry.toLowerCase()}` };
}

/** Whether plain HTTP may be spoken to a host (with port): on loopback, or where the user named it. */
export function mayBePlain(insecureHosts: readonly string[], host: string): boolean {
  return insecureHosts.includes(host) || isLoopback(hostname(host));
}

/** A host without its port, in lower case. */
export function hostname(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase();
}

function isLoopback(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(name);
}
