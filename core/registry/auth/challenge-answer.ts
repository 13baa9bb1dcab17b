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

const mostDemanded = 4;

/** What a refusal says that a token must be for, besides what is needed: a registry may know actions of its own. */
export function demandedScopes(header: string | undefined, needed: readonly Scope[]): readonly Scope[] {
  const demanded = scopesIn(header).slice(0, mostDemanded);
  const widened = needed.map((scope) => {
    const same = demanded.filter((one) => one.type === undefined && one.repository === scope.repository);
    return { ...scope, actions: [...new Set([...scope.actions, ...same.flatMap(({ actions }) => actions)])] };
  });
  return [...widened, ...demanded.filter((one) => !isAmong(one, needed))];
}

/** The repositories that a refusal says a token must be for, with no more than the actions that are needed. */
export function narrowedScopes(header: string | undefined, needed: readonly Scope[]): readonly Scope[] {
  const actions = [...new Set(needed.flatMap((scope) => scope.actions))];
  const demanded = scopesIn(header).filter((one) => one.type === undefined && !isAmong(one, needed));
  return [...needed, ...demanded.slice(0, mostDemanded).map(({ repository }) => ({ repository, actions }))];
}

function isAmong({ type, repository }: Scope, needed: readonly Scope[]): boolean {
  return type === undefined && needed.some((known) => known.repository === repository);
}

// The name may have a port in it, and the type a class behind it (distribution, token scope documentation).
const scopeForm = /^([a-z]+(?:\([a-z0-9]+\))?):([a-z0-9][a-z0-9._/:-]{0,254}):([a-z_*,-]{1,100})$/;

function scopesIn(header: string | undefined): readonly Scope[] {
  const text = bearerOf(parseChallenges(header ?? ''))?.parameters.get('scope') ?? '';
  return text.split(' ').flatMap((scope) => {
    const [, type, repository, actions] = scopeForm.exec(scope) ?? [];
    if (type === undefined || repository === undefined || actions === undefined) return [];
    return [{ repository, actions: actions.split(','), ...(type === 'repository' ? {} : { type }) }];
  });
}

function bearerOf(challenges: readonly Challenge[]): Challenge | undefined {
  return challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.has('realm'));
}
