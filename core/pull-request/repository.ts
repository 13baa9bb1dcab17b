import { fail } from '../failure.ts';
import type { World } from '../ports.ts';
import { azureDevOps } from './azure-devops.ts';
import type { Forge } from './forge.ts';
import { github } from './github.ts';
import type { RequestSettings } from './settings.ts';

/** The host of the repository that pull requests go to; throws `usage` where it or a token is not known. */
export function forgeOf(world: World, settings: RequestSettings): Forge {
  const found = repositoryPlace(world.env, settings.repository);
  const { token, base } = settings;
  if (token === undefined) {
    throw fail(
      'usage',
      'repository-token',
      'is not given',
      'give a token that may push branches and open pull requests',
    );
  }
  const common = { token, ...(base === undefined ? {} : { base }) };
  switch (found.kind) {
    case 'github':
      return github(world, { ...common, ...found });
    case 'azure-devops':
      return azureDevOps(world, { ...common, ...found });
  }
}

type Environment = World['env'];

/** Where a repository is, that of the pipeline without an address; throws `usage` where that is not known. */
export function repositoryPlace(env: Environment, given?: string): RepositoryPlace {
  return placeOf(repositoryAddress(env, given), env);
}

/** The address of a repository, that of the pipeline where none is given; throws `usage` where that is not known. */
export function repositoryAddress(env: Environment, given?: string): string {
  const address = given ?? ownAddress(env);
  if (address !== undefined) return address;
  throw fail('usage', 'repository', 'is not known here', 'give the address of the repository');
}

/** The repository that a pipeline runs in. */
function ownAddress(env: Environment): string | undefined {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, BUILD_REPOSITORY_URI: uri } = env;
  return server && repository ? `${server}/${repository}` : uri || undefined;
}

/** A repository on one of the hosts. */
export type RepositoryPlace =
  | { readonly kind: 'github'; readonly api: string; readonly owner: string; readonly name: string }
  | {
      readonly kind: 'azure-devops';
      readonly collection: string;
      readonly project: string;
      readonly repository: string;
    };

/** What an address says of a repository: `…/_git/…` is one on Azure DevOps, two names are one on GitHub. */
function placeOf(address: string, env: Environment): RepositoryPlace {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const names = (url?.pathname ?? '')
    .split('/')
    .filter((part) => part !== '')
    .map(decoded);
  const git = names.indexOf('_git');
  if (url !== undefined && /^https?:$/.test(url.protocol) && isPrivate(url)) {
    if (git !== -1) return azurePlace(url, names, git) ?? refuse(address);
    const [owner, name, ...more] = names;
    if (owner !== undefined && name !== undefined && more.length === 0) {
      return { kind: 'github', api: apiOf(url, env), owner, name: name.replace(/\.git$/, '') };
    }
  }
  return refuse(address);
}

/** Whether what is sent to an address is sent in the clear to nobody but this machine itself. */
export function isPrivateAddress(address: string): boolean {
  return URL.canParse(address) && isPrivate(new URL(address));
}

// A token is not sent in the clear, but to this machine itself.
function isPrivate({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname);
}

// https://dev.azure.com/ACME/shop/_git/web, https://acme.visualstudio.com/shop/_git/web; without a project, it has the repository's name.
function azurePlace(url: URL, names: readonly string[], git: number): RepositoryPlace | undefined {
  const repository = names[git + 1];
  const hasCollection = !url.hostname.endsWith('.visualstudio.com');
  const [collection, project = repository] = hasCollection ? names.slice(0, git) : ['', ...names.slice(0, git)];
  if (repository === undefined || collection === undefined || project === undefined) return undefined;
  const root = collection === '' ? url.origin : `${url.origin}/${encodeURIComponent(collection)}`;
  return { kind: 'azure-devops', collection: root, project, repository };
}

function apiOf(url: URL, { GITHUB_API_URL: api, GITHUB_SERVER_URL: server }: Environment): string {
  if (api && server === url.origin) return api.replace(/\/+$/, '');
  return url.hostname === 'github.com' ? 'https://api.github.com' : `${url.origin}/api/v3`;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function refuse(address: string): never {
  throw fail(
    'usage',
    'repository',
    `cannot be "${address.replace(/\/\/[^/@]*@/, '//').slice(0, 200)}"`,
    'write https://github.com/OWNER/NAME or https://dev.azure.com/ORGANISATION/PROJECT/_git/NAME',
  );
}
