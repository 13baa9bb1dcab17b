import * as v from 'valibot';
import { fail } from '../failure.ts';
import { field, textOf } from '../json.ts';
import type { World } from '../ports.ts';
import { version } from '../product.ts';
import { type Api, callForJson } from '../pull-request/api.ts';
import { quoted } from '../settings/value.ts';
import { globMatcher } from '../text/glob.ts';
import { url as address, type FleetFile, type FleetMember, withNames } from './fleet-file.ts';

const pageSize = 100;
const mostPages = 100;

/** Every repository of a fleet, in one order: those that are named, and those that the forges list. */
export async function membersOf(
  world: World,
  file: FleetFile,
  token: string | undefined,
): Promise<readonly FleetMember[]> {
  const listed = [
    ...(file.github === undefined ? [] : await onGitHub(world, file.github, token)),
    ...(file.azure === undefined ? [] : await onAzure(world, file.azure, token)),
  ].toSorted((a, b) => (a.url < b.url ? -1 : 1));
  // What is named says more than what is listed.
  const own = (file.repositories ?? []).map((one) => (typeof one === 'string' ? { url: one } : one));
  const urls = new Set(own.map(({ url }) => url.replace(/\.git$/, '')));
  return withNames([...own, ...listed.filter(({ url }) => !urls.has(url.replace(/\.git$/, '')))]);
}

type Listed = Pick<FleetMember, 'url' | 'ref' | 'inputs'>;

async function onGitHub(
  world: World,
  { organization, api: root = 'https://api.github.com', ...filter }: NonNullable<FleetFile['github']>,
  token: string | undefined,
): Promise<readonly Listed[]> {
  const api = apiAt(world, root, token === undefined ? {} : { authorization: `Bearer ${token}` });
  const found: Listed[] = [];
  for (let page = 1; page <= mostPages; page += 1) {
    const path = `/orgs/${encodeURIComponent(organization)}/repos?per_page=${pageSize}&page=${page}`;
    const items = listIn(await callForJson(api, { method: 'GET', path }), root);
    found.push(...items.flatMap((item) => listedIn(item, 'clone_url', ['archived', 'disabled'], filter)));
    if (items.length < pageSize) return found;
  }
  throw fail(
    'config',
    organization,
    `has more than ${pageSize * mostPages} repositories`,
    'divide it into several fleets',
  );
}

async function onAzure(
  world: World,
  { collection, project, ...filter }: NonNullable<FleetFile['azure']>,
  token: string | undefined,
): Promise<readonly Listed[]> {
  const authorization = { authorization: `Basic ${Buffer.from(`:${token ?? ''}`).toString('base64')}` };
  const api = apiAt(world, collection.replace(/\/$/, ''), token === undefined ? {} : authorization);
  const path = `/${encodeURIComponent(project)}/_apis/git/repositories?api-version=7.1`;
  const answer = await callForJson(api, { method: 'GET', path });
  const items = listIn(field(answer, 'value'), collection);
  return items.flatMap((item) => listedIn(item, 'remoteUrl', ['isDisabled'], filter));
}

// An answer that is no list is no fleet without repositories.
function listIn(answer: unknown, subject: string): readonly unknown[] {
  if (Array.isArray(answer)) return answer;
  throw fail('malformed', subject, 'answered with no list of repositories', 'check its address');
}

function listedIn(
  item: unknown,
  key: string,
  off: readonly string[],
  { exclude = [], ref }: { readonly exclude?: readonly string[]; readonly ref?: string },
): readonly Listed[] {
  const [url, name = ''] = [textOf(field(item, key)), textOf(field(item, 'name'))];
  if (off.some((flag) => field(item, flag) === true)) return [];
  if (exclude.some((pattern) => globMatcher(pattern, { file: 'fleet.yml' })(name))) return [];
  // The agent's own address of a repository names whose it is; the token says who asks.
  const plain = url?.replace(/^(https?:\/\/)[^/@]*@/, '$1');
  if (!v.is(address, plain)) {
    const subject = name === '' ? 'a repository' : `the repository ${quoted(name)}`;
    throw fail(
      'config',
      subject,
      'is listed under no address that can be cloned',
      'name it under exclude in fleet.yml',
    );
  }
  // Nobody says of it that it has an image.
  return [{ url: plain, inputs: { 'allow-empty': 'true' }, ...(ref === undefined ? {} : { ref }) }];
}

function apiAt(world: World, root: string, headers: Readonly<Record<string, string>>): Api {
  const own = { accept: 'application/json', 'user-agent': `base-image-refresh/${version}`, ...headers };
  return { world, root, headers: own, permission: 'give the token leave to read the repositories' };
}
