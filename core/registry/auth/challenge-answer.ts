import type { Endpoint } from '../transport/endpoint.ts';
import { realmUrl } from '../transport/realm.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import type { Scope } from './scope.ts';
import type { TokenServer } from './token.ts';

/** How a registry wants its clients to identify themselves. */
export type Scheme =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic' }
  | { readonly kind: 'bearer'; readonly server: TokenServer };

/** The scheme to answer a WWW-Authenticate header with: Bearer where it is offered, else Basic; undefined where neither is. */
export function chooseScheme(
  header: string | undefined,
  endpoint: Endpoint,
  insecureHosts: readonly string[],
): Scheme | undefined {
  const challenges = parseChallenges(header ?? '');
  const bearer = bearerOf(challenges);
  const realm = bearer?.parameters.get('realm');
  if (realm !== undefined) {
    const service = bearer?.parameters.get('service');
    const server = { realm: realmUrl(realm, endpoint, insecureHosts), ...(service === undefined ? {} : { service }) };
    return { kind: 'bearer', server };
  }
  return challenges.some(({ scheme }) => scheme === 'basic') ? { kind: 'basic' } : undefined;
}

/** The repositories that a refusal says a token must be for, with no more than the actions that are needed. */
export function demandedScopes(header: string | undefined, needed: readonly Scope[]): readonly Scope[] {
  const text = bearerOf(parseChallenges(header ?? ''))?.parameters.get('scope') ?? '';
  const actions = [...new Set(needed.flatMap((scope) => scope.actions))];
  const demanded = text.split(' ').flatMap((scope) => {
    const repository = /^repository:([a-z0-9][a-z0-9._/-]{0,254}):[a-z,*]+$/.exec(scope)?.[1];
    return repository === undefined || needed.some((known) => known.repository === repository)
      ? []
      : [{ repository, actions }];
  });
  return [...needed, ...demanded.slice(0, 4)];
}

function bearerOf(challenges: readonly Challenge[]): Challenge | undefined {
  return challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.has('realm'));
}
