import { createSign } from 'node:crypto';
import { fail } from '../failure.ts';
import { field, textOf } from '../json.ts';
import type { World } from '../ports.ts';
import { version } from '../product.ts';
import { callForJson } from '../pull-request/api.ts';
import type { FleetFile } from './fleet-file.ts';

/** The token with which one repository is read, or for listing them where none is named; undefined where none is given. */
export type Tokens = (url?: string) => Promise<string | undefined>;

/**
 * Tokens of a fleet, for repositories of its forge alone: what else is named is read without. Of a GitHub App there is one for
 * each repository, which may read contents and nothing else.
 */
export function tokensOf(world: World, file: FleetFile, secret: (value: string) => void): Tokens {
  const { app, 'token-env': name } = file;
  const isOfForge = forgeOf(file);
  const given = name === undefined ? undefined : variableOf(world, name);
  if (given !== undefined) secret(given);
  if (app === undefined) return async (url) => (url === undefined || isOfForge(url) ? given : undefined);
  const key = variableOf(world, app['key-env']);
  return async (url) => {
    if (url !== undefined && !isOfForge(url)) return undefined;
    const repositories = url === undefined ? {} : { repositories: [repositoryOf(url)] };
    const permissions = url === undefined ? { metadata: 'read' } : { contents: 'read' };
    const api = {
      world,
      root: app.api ?? 'https://api.github.com',
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `Bearer ${appToken(world, app.id, key)}`,
        'user-agent': `base-image-refresh/${version}`,
      },
      permission: 'let the app read contents and metadata, and install it on these repositories',
    };
    const path = `/app/installations/${encodeURIComponent(app.installation)}/access_tokens`;
    const made = await callForJson(api, { method: 'POST', path, body: { ...repositories, permissions } });
    const token = textOf(field(made, 'token'));
    if (token === undefined) throw fail('malformed', api.root, 'answered without a token', 'check the app');
    secret(token);
    return token;
  };
}

// Of which addresses the tokens are: those of the forge that is named, else of the one that all repositories are at.
function forgeOf({ app, github, azure, repositories = [], 'token-env': name }: FleetFile): (url: string) => boolean {
  const apis = [app, github].flatMap((one) => (one === undefined ? [] : [one.api ?? 'https://api.github.com']));
  const named = [...apis.map(placeOfGitHub), ...(azure === undefined ? [] : placesOfAzure(azure.collection))];
  const urls = repositories.map((one) => (typeof one === 'string' ? one : one.url));
  const places = new Set(named.length > 0 ? named : urls.flatMap((url) => placeOf(url) ?? []));
  if (name !== undefined && named.length === 0 && places.size > 1) {
    const fact = `is for one host, and the repositories are at ${[...places].join(' and ')}`;
    throw fail('config', 'token-env', fact, 'divide them into several fleets');
  }
  return (url) => places.has(placeOf(url) ?? 'nowhere');
}

// A token for https goes nowhere in the clear; git may be served at another port than the API.
function placeOf(url: string): string | undefined {
  const { protocol, hostname } = URL.canParse(url) ? new URL(url) : { protocol: '', hostname: '' };
  return /^https?:$/.test(protocol) ? `${protocol}//${hostname}` : undefined;
}

function placeOfGitHub(api: string): string {
  return (placeOf(api) ?? '').replace(/^https:\/\/api\.(github\.com|[\w-]+\.ghe\.com)$/, 'https://$1');
}

// Organisations that are older than dev.azure.com have their repositories at an address of their own.
function placesOfAzure(collection: string): readonly string[] {
  const [, organization] = /^https:\/\/dev\.azure\.com\/([\w-]+)/i.exec(collection) ?? [];
  const older = organization === undefined ? [] : [`https://${organization.toLowerCase()}.visualstudio.com`];
  return [placeOf(collection) ?? '', ...older];
}

function repositoryOf(url: string): string {
  return (
    url
      .replace(/(?:\.git)?\/*$/, '')
      .split('/')
      .at(-1) ?? url
  );
}

function variableOf({ env }: World, name: string): string {
  const value = env[name];
  if (value !== undefined && value !== '') return value;
  throw fail('config', name, 'is named by the fleet and not set', `set ${name}`);
}

// RFC 7519 with RS256, ten minutes at most; a minute back, for clocks that differ.
function appToken(world: World, id: string, key: string): string {
  const now = Math.floor(world.now().getTime() / 1000);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const body = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ iat: now - 60, exp: now + 540, iss: id })}`;
  try {
    return `${body}.${createSign('RSA-SHA256').update(body).sign(key, 'base64url')}`;
  } catch {
    throw fail('config', 'app', 'its key is no private key in PEM', 'give the private key of the GitHub App');
  }
}
