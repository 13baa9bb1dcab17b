import type { Repository } from '../../oci/reference.ts';
import type { Action, Scope } from '../auth/scope.ts';
import type { Session } from '../auth/session.ts';
import type { RegistrySettings } from '../settings.ts';
import { placeToRead, placeToWrite, type ServedRepository } from '../transport/endpoint.ts';
import type { Cache } from './cache.ts';

/** What every method of the client works with. */
export interface Context {
  readonly session: Session;
  readonly routes: Pick<RegistrySettings, 'mirrors' | 'insecureHosts' | 'mirrorFallback'>;
  /** Repositories that this run has written to: a mirror may not know yet what they hold. */
  readonly written: Set<string>;
  /** Namespaces of registries that were found to have no referrers API; absent where that is not remembered. */
  readonly withoutReferrers?: Set<string>;
  /** What earlier runs learnt, where the user keeps it. */
  readonly cache?: Cache;
  /** Called with what a user should know though nothing failed. */
  readonly warn: (line: string) => void;
}

/** Where a repository is read: at its mirror, but at its own registry once it was written to. */
export function placeOf({ routes, written }: Context, repository: Repository): ServedRepository {
  return written.has(nameOf(repository)) ? placeToWrite(routes, repository) : placeToRead(routes, repository);
}

/** Where a repository is read, and the scope that reading needs. */
export function reading(
  context: Context,
  repository: Repository,
): { readonly place: ServedRepository; readonly scopes: readonly Scope[] } {
  const place = placeOf(context, repository);
  return { place, scopes: [{ repository: place.repository, actions: ['pull'] }] };
}

/** Where a repository is written, and the scope that writing needs. */
export function writing(
  { routes, written }: Context,
  repository: Repository,
  actions: readonly Action[] = ['pull', 'push'],
): { readonly place: ServedRepository; readonly scopes: readonly Scope[] } {
  markWritten(written, repository);
  const place = placeToWrite(routes, repository);
  return { place, scopes: [{ repository: place.repository, actions }] };
}

/** Remembers that a repository was written to, by this client or by a builder. */
export function markWritten(written: Set<string>, repository: Repository): void {
  written.add(nameOf(repository));
}

/** The same client without mirrors. */
export function atOrigin(context: Context): Context {
  return { ...context, routes: { ...context.routes, mirrors: {} } };
}

/** The same client without what earlier runs learnt. */
export function withoutCache({ cache: _, ...context }: Context): Context {
  return context;
}

/** The part of a manifest's address that names it. */
export function manifestPath(reference: { readonly tag?: string; readonly digest?: string }): string {
  return `manifests/${reference.digest ?? reference.tag ?? 'latest'}`;
}

function nameOf({ registry, repository }: Repository): string {
  return `${registry}/${repository}`;
}
