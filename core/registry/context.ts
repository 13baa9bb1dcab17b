import type { Config } from '../config.ts';
import type { Repository } from '../oci/reference.ts';
import { type Place, placeToRead, placeToWrite } from './endpoint.ts';
import type { Action, Scope } from './scope.ts';
import type { Session } from './session.ts';

/** What every method of the client works with. */
export interface Context {
  readonly session: Session;
  readonly routes: Pick<Config['registry'], 'mirrors' | 'insecureHosts'>;
}

/** Where a repository is read, and the scope that reading needs. */
export function reading(
  { routes }: Context,
  repository: Repository,
): { readonly place: Place; readonly scopes: readonly Scope[] } {
  const place = placeToRead(routes, repository);
  return { place, scopes: [{ repository: place.repository, actions: ['pull'] }] };
}

/** Where a repository is written, and the scope that writing needs. */
export function writing(
  { routes }: Context,
  repository: Repository,
  actions: readonly Action[] = ['pull', 'push'],
): { readonly place: Place; readonly scopes: readonly Scope[] } {
  const place = placeToWrite(routes, repository);
  return { place, scopes: [{ repository: place.repository, actions }] };
}

/** The part of a manifest's address that names it. */
export function manifestPath(reference: { readonly tag?: string; readonly digest?: string }): string {
  return `manifests/${reference.digest ?? reference.tag ?? 'latest'}`;
}
