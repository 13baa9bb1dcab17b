import { basename, resolve } from 'node:path';
import { rcompare, valid } from 'semver';
import type { World } from '../ports.ts';
import { gitIn } from '../tools/git.ts';

/** What is known of the repository that a checkout is of, beside its files. */
export interface Origin {
  /** "acme/app", as it is written. */
  readonly repository?: string;
  readonly owner?: string;
  readonly server?: string;
  readonly defaultBranch?: string;
  /** Tags, the newest version first. */
  readonly tags: readonly string[];
}

const mostTags = 2_000;

/** Looks up what the run and git say of the repository at a folder; the folder within another repository says nothing. */
export async function originOf(world: World, root: string): Promise<Origin> {
  const git = gitIn(world, root);
  const top = await git.answer(['rev-parse', '--show-toplevel']);
  const isTop = top !== undefined && (await realOf(world, top)) === (await realOf(world, root));
  const [url, head, branch, tags] = isTop
    ? await Promise.all([
        git.answer(['config', '--get', 'remote.origin.url']),
        git.answer(['symbolic-ref', '--short', 'refs/remotes/origin/HEAD']),
        git.answer(['symbolic-ref', '--short', 'HEAD']),
        git.answer([
          'for-each-ref',
          `--count=${mostTags}`,
          '--sort=-version:refname',
          '--format=%(refname:short)',
          'refs/tags',
        ]),
      ])
    : [];
  const remote = remoteOf(url ?? '');
  const { GITHUB_REPOSITORY: repository = remote?.repository, GITHUB_SERVER_URL: server = remote?.server } = world.env;
  const owner = world.env.GITHUB_REPOSITORY_OWNER ?? repository?.split('/')[0];
  const defaultBranch = head?.replace(/^origin\//, '') ?? usual(branch);
  return {
    ...(repository === undefined ? {} : { repository }),
    ...(owner === undefined ? {} : { owner }),
    ...(server === undefined ? {} : { server }),
    ...(defaultBranch === undefined ? {} : { defaultBranch }),
    tags: (tags ?? '').split('\n').filter((tag) => tag !== ''),
  };
}

/** What a repository is called: its folder's name, save where Azure's agent checks it out to a folder without one ("s"). */
export function repositoryName(env: World['env'], root: string): string {
  const { BUILD_REPOSITORY_NAME: name = '', BUILD_SOURCESDIRECTORY: sources } = env;
  const isAgents = name !== '' && sources !== undefined && resolve(sources) === resolve(root);
  return isAgents ? basename(name) : basename(root);
}

async function realOf({ files }: World, path: string): Promise<string> {
  return files.realpath(path).catch(() => path);
}

/** The names that a default branch has where nothing says another. */
export function usual(branch: string | undefined): string | undefined {
  return branch === 'main' || branch === 'master' ? branch : undefined;
}

// https://host/owner/name.git, ssh://git@host/owner/name and git@host:owner/name.
function remoteOf(url: string) {
  const [, host, repository] =
    /^(?:[a-z+]+:\/\/)?(?:[^@/\s]*@)?([\w.-]+)(?::\d+\/|[:/])([\w.-]+\/[\w.-]+?)(?:\.git)?\/?$/i.exec(url) ?? [];
  return host === undefined || repository === undefined ? undefined : { repository, server: `https://${host}` };
}

/** The newest of some tags that is a stable version. */
export function newestRelease(tags: readonly string[]): string | undefined {
  const stable = tags.filter((tag) => valid(tag) !== null && !(valid(tag) ?? '').includes('-'));
  return stable.toSorted(rcompare)[0];
}
