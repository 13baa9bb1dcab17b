import { FailureError } from '../../failure.ts';
import { covers, formatScope, type Scope } from './scope.ts';
import type { Token } from './token.ts';

/** A token, and whether it was asked for together with others' repositories. */
export interface HeldToken {
  readonly token: Token;
  readonly shared: boolean;
}

/** The tokens of one registry host: asked for together where the token server grants that, else one by one. */
export interface HostTokens {
  /** A token for the scopes, from those held where one fits. */
  get(scopes: readonly Scope[]): Promise<HeldToken>;
  /** A new token for these scopes alone. */
  renew(scopes: readonly Scope[]): Promise<HeldToken>;
  /** Says that a shared token was refused where an own one was not. */
  distrust(): void;
  /** Repositories that will be read: the next token is asked for them too. */
  expect(repositories: readonly string[]): void;
}

type Ask = (scopes: readonly Scope[]) => Promise<Token>;

interface State {
  readonly ask: Ask;
  readonly now: () => Date;
  readonly turn: () => Promise<void>;
  held: HeldToken[];
  /** Requests for shared tokens that are under way; undefined where the server refused one. */
  readonly underWay: Map<string, Promise<HeldToken | undefined>>;
  readonly expected: Set<string>;
  gathering: Set<string> | undefined;
  gathered: Promise<void>;
  /** Requests for own tokens that are under way, by their scopes. */
  readonly renewing: Map<string, Promise<HeldToken>>;
  /** Shared tokens that the server refused to give, or the registry to take. */
  refusals: number;
}

/** After so many refusals each repository gets its own token: the server does not do otherwise. */
const toleratedRefusals = 2;

/** Tokens of one host; `ask` sends a token request, `turn` lets callers of the same moment gather. */
export function createHostTokens(ask: Ask, now: () => Date, turn: () => Promise<void>): HostTokens {
  const state: State = {
    ask,
    now,
    turn,
    held: [],
    underWay: new Map(),
    expected: new Set(),
    gathering: undefined,
    gathered: Promise.resolve(),
    renewing: new Map(),
    refusals: 0,
  };
  return {
    get: (scopes) => get(state, scopes),
    renew: (scopes) => renew(state, scopes),
    distrust: () => {
      state.refusals += 1;
    },
    expect: (repositories) => {
      for (const repository of repositories) state.expected.add(repository);
    },
  };
}

async function get(state: State, scopes: readonly Scope[]): Promise<HeldToken> {
  const known = find(state, scopes);
  if (known !== undefined) return known;
  const repository = pulledRepository(scopes);
  if (repository === undefined || state.refusals >= toleratedRefusals) return renew(state, scopes);
  if (!state.underWay.has(repository)) await gather(state, repository);
  const shared = await state.underWay.get(repository);
  return shared ?? find(state, scopes) ?? renew(state, scopes);
}

function renew(state: State, scopes: readonly Scope[]): Promise<HeldToken> {
  const key = scopes.map(formatScope).join(' ');
  const known = state.renewing.get(key);
  if (known !== undefined) return known;
  const request = askOwn(state, scopes).finally(() => state.renewing.delete(key));
  state.renewing.set(key, request);
  return request;
}

async function askOwn(state: State, scopes: readonly Scope[]): Promise<HeldToken> {
  const held = { token: await state.ask(scopes), shared: false };
  const repository = pulledRepository(scopes);
  // The own token comes first from now on: a shared one was refused, or has run out.
  state.held = [held, ...state.held.filter(({ token }) => token.expires > state.now().getTime())];
  if (repository !== undefined) state.expected.delete(repository);
  return held;
}

function find(state: State, scopes: readonly Scope[]): HeldToken | undefined {
  const now = state.now().getTime();
  return state.held.find(({ token }) => token.expires > now && covers(token.scopes, scopes));
}

function pulledRepository(scopes: readonly Scope[]): string | undefined {
  const [scope, ...others] = scopes;
  return others.length === 0 && scope?.actions.join() === 'pull' ? scope.repository : undefined;
}

function gather(state: State, repository: string): Promise<void> {
  if (state.gathering === undefined) {
    state.gathering = new Set();
    state.gathered = state.turn().then(() => flush(state));
  }
  state.gathering.add(repository);
  return state.gathered;
}

function flush(state: State): void {
  const wanted = new Set([...(state.gathering ?? []), ...state.expected]);
  state.gathering = undefined;
  state.expected.clear();
  for (const scopes of batchScopes([...wanted].filter((repository) => !state.underWay.has(repository)))) {
    const request = askShared(state, scopes);
    // No request may be waiting for a repository that was only expected.
    request.catch(() => {});
    for (const { repository } of scopes) state.underWay.set(repository, request);
  }
}

async function askShared(state: State, scopes: readonly Scope[]): Promise<HeldToken | undefined> {
  try {
    const held = { token: await state.ask(scopes), shared: scopes.length > 1 };
    state.held.push(held);
    return held;
  } catch (thrown) {
    if (scopes.length === 1 || !isRefusal(thrown)) throw thrown;
    state.refusals += 1;
    return undefined;
  } finally {
    for (const { repository } of scopes) state.underWay.delete(repository);
  }
}

function isRefusal(thrown: unknown): boolean {
  return (
    thrown instanceof FailureError &&
    ['unauthorised', 'forbidden', 'not-found', 'refused'].includes(thrown.failure.code)
  );
}

const mostScopes = 40;
/** Keeps the address of a token request well below the 8 KiB that servers allow a request line. */
const mostCharacters = 4000;
/** Groups repositories to pull from so that one token request asks for as many as fit. */
export function batchScopes(repositories: readonly string[]): readonly (readonly Scope[])[] {
  const batches: Scope[][] = [];
  let length = 0;
  for (const repository of repositories) {
    const scope: Scope = { repository, actions: ['pull'] };
    const added = '&scope='.length + encodeURIComponent(formatScope(scope)).length;
    const last = batches.at(-1);
    if (last === undefined || last.length >= mostScopes || length + added > mostCharacters) {
      batches.push([scope]);
      length = added;
    } else {
      last.push(scope);
      length += added;
    }
  }
  return batches;
}
