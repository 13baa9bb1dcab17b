import { randomBytes } from 'node:crypto';
import { refuse, replyJson, type TestReply, type TestRequest } from './exchange.ts';

export type TokenAction = 'pull' | 'push' | 'delete' | '*';

/** What users may do in repositories: by repository (or `*` for the others), then by user (or `anonymous`). */
export type Access = Readonly<Record<string, Readonly<Record<string, readonly TokenAction[]>>>>;

interface Users {
  /** Passwords by user name. */
  readonly users?: Readonly<Record<string, string>>;
  /** Without it users may do all, and others nothing. */
  readonly access?: Access;
}

/** How clients prove who they are. */
export type Authentication =
  | { readonly kind: 'none' }
  | ({ readonly kind: 'basic' } & Users)
  | ({
      readonly kind: 'token';
      /** What the token server makes of several scopes: grants all, only the first, or refuses the request. */
      readonly scopes?: 'all' | 'first' | 'refuse-several';
      /** Name of the field that holds the token. */
      readonly field?: 'token' | 'access_token';
      /** Milliseconds; the token server tells the client nothing of it. */
      readonly lifetime?: number;
      /** Another address of the token server than this registry's own. */
      readonly realm?: string;
    } & Users);

/** One thing that a request needs to be allowed, as scopes of the token protocol write it. */
interface Scope {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

interface Token {
  readonly scopes: readonly Scope[];
  readonly until: number;
}

/** Decides who may ask for what. */
export interface Guard {
  /** The refusal of a request that is not allowed. */
  check(asked: TestRequest, repository: string | undefined): TestReply | undefined;
  /** The token server (Distribution, "Token Authentication Specification"). */
  token(asked: TestRequest): TestReply;
}

/** The guard for a way of authentication. */
export function createAuthGuard(authentication: Authentication): Guard {
  const tokens = new Map<string, Token>();
  return {
    check: (asked, repository) => {
      switch (authentication.kind) {
        case 'none':
          return undefined;
        case 'basic':
          return checkBasic(authentication, asked, repository);
        case 'token':
          return checkToken(authentication, tokens, asked, repository);
      }
    },
    token: (asked) =>
      authentication.kind === 'token' ? issue(authentication, tokens, asked) : refuse('UNSUPPORTED', 'no token server'),
  };
}

function needed(asked: TestRequest, repository: string | undefined): readonly Scope[] {
  if (asked.path === '/v2/_catalog') return [{ type: 'registry', name: 'catalog', actions: ['*'] }];
  if (repository === undefined) return [];
  const isRead = asked.method === 'GET' || asked.method === 'HEAD';
  const actions = isRead ? ['pull'] : asked.method === 'DELETE' ? ['delete'] : ['pull', 'push'];
  const from = asked.query.get('from');
  const source =
    from === null || asked.query.get('mount') === null ? [] : [{ type: 'repository', name: from, actions: ['pull'] }];
  return [{ type: 'repository', name: repository, actions }, ...source];
}

function checkBasic(authentication: Users, asked: TestRequest, repository: string | undefined): TestReply | undefined {
  const headers = { 'www-authenticate': 'Basic realm="test registry"' };
  const user = userOf(authentication, asked);
  const scopes = needed(asked, repository);
  const isAllowed =
    user !== undefined && scopes.every((scope) => allowed(authentication, user, scope).length === scope.actions.length);
  // Clients ask at /v2/ how to authenticate, so that anonymous requests are refused there.
  if (isAllowed && (user !== anonymous || scopes.length > 0)) return undefined;
  return user === undefined || user === anonymous
    ? refuse('UNAUTHORIZED', 'authentication required', { headers })
    : refuse('DENIED', 'requested access to the resource is denied');
}

function checkToken(
  authentication: Extract<Authentication, { kind: 'token' }>,
  tokens: ReadonlyMap<string, Token>,
  asked: TestRequest,
  repository: string | undefined,
): TestReply | undefined {
  const scopes = needed(asked, repository);
  const bearer = /^Bearer (.+)$/i.exec(asked.headers.authorization ?? '')?.[1];
  const token = bearer === undefined ? undefined : tokens.get(bearer);
  const isLive = token !== undefined && token.until > Date.now();
  if (isLive && scopes.every((scope) => covers(token, scope))) return undefined;
  const realm = authentication.realm ?? `${asked.origin}/token`;
  const scope = scopes.map(({ type, name, actions }) => `${type}:${name}:${actions.join(',')}`).join(' ');
  const error = bearer === undefined ? '' : `,error="${isLive ? 'insufficient_scope' : 'invalid_token'}"`;
  const challenge = `Bearer realm="${realm}",service="${service}"${scope === '' ? '' : `,scope="${scope}"`}${error}`;
  return refuse('UNAUTHORIZED', 'authentication required', { headers: { 'www-authenticate': challenge } });
}

const service = 'test-registry';
const anonymous = 'anonymous';

// undefined where the credentials are wrong.
function userOf({ users = {} }: Users, asked: TestRequest): string | undefined {
  const encoded = /^Basic (.+)$/i.exec(asked.headers.authorization ?? '')?.[1];
  if (encoded === undefined) return anonymous;
  const [name = '', ...password] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return Object.hasOwn(users, name) && users[name] === password.join(':') ? name : undefined;
}

function allowed({ access }: Users, user: string, scope: Scope): readonly string[] {
  if (scope.type !== 'repository' || access === undefined) return user === anonymous ? [] : scope.actions;
  const granted: readonly string[] = (access[scope.name] ?? access['*'])?.[user] ?? [];
  return scope.actions.filter((action) => granted.includes(action) || granted.includes('*'));
}

function covers(token: Token, { type, name, actions }: Scope): boolean {
  const granted = token.scopes.filter((scope) => scope.type === type && scope.name === name);
  return actions.every((action) => granted.some((scope) => scope.actions.includes(action)));
}

function issue(
  authentication: Extract<Authentication, { kind: 'token' }>,
  tokens: Map<string, Token>,
  asked: TestRequest,
): TestReply {
  const user = userOf(authentication, asked);
  if (user === undefined) return refuse('UNAUTHORIZED', 'incorrect username or password');
  const wanted = asked.query
    .getAll('scope')
    .flatMap((text) => text.split(' '))
    .flatMap(readScope);
  const { scopes: treatment = 'all', field = 'token', lifetime = 300_000 } = authentication;
  if (treatment === 'refuse-several' && wanted.length > 1)
    return refuse('DENIED', 'one scope at a time', { status: 400 });
  const granted = (treatment === 'first' ? wanted.slice(0, 1) : wanted).map((scope) => ({
    ...scope,
    actions: allowed(authentication, user, scope),
  }));
  const value = randomBytes(24).toString('hex');
  tokens.set(value, { scopes: granted, until: Date.now() + lifetime });
  return replyJson(200, { [field]: value, issued_at: new Date().toISOString(), expires_in: 300 });
}

// repository:team/web:pull,push – a name may hold a colon, where it has a port.
function readScope(text: string): readonly Scope[] {
  const match = /^(\w+)(?:\([^)]*\))?:(.+):([^:]*)$/.exec(text);
  if (match === null) return [];
  const [, type = '', name = '', actions = ''] = match;
  return [{ type, name, actions: actions.split(',') }];
}
