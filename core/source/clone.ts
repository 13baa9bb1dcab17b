import { join } from 'node:path';
import { type FailureError, fail } from '../failure.ts';
import type { World } from '../ports.ts';
import { exitFailure } from '../text/exit-words.ts';
import { gitIn } from '../tools/git.ts';

const patience = 10 * 60_000;

/** What a plan reads of a repository; everything else stays where it is. */
const planned = [
  ...[
    '*ockerfile*',
    '*ontainerfile*',
    '*.dockerignore',
    '*.yml',
    '*.yaml',
    '*.json',
    '*.jsonc',
    '*.hcl',
    '*.env',
    '.env*',
  ],
  ...['*.sh', '*.ps1', '*.cmd', '*.py', 'Makefile', '*.mk', '.git*', '.trivyignore*', 'CODEOWNERS'],
];

/** A repository that is cloned: its address, and the branch, tag or commit of it. */
export interface ClonedFrom {
  readonly url: string;
  readonly name: string;
  readonly ref?: string | undefined;
}

/** A repository as it is here. */
export interface Clone {
  readonly folder: string;
  readonly commit: string;
  /** Where git of this repository, and of no other, has its token. */
  readonly world: World;
}

/**
 * Clones a repository without the contents of files, and fetches those that are checked out: for a plan what says how images
 * are built, for a leg everything at the commit.
 */
export async function cloneMember(
  world: World,
  { url, ref, name }: ClonedFrom,
  {
    commit,
    token,
    place,
    isWhole = commit !== undefined,
  }: {
    readonly commit?: string;
    readonly token?: string | undefined;
    readonly place: string;
    /** Whether every file is checked out, and not only what says how images are built. */
    readonly isWhole?: boolean;
  },
): Promise<Clone> {
  const folder = join(place, name.split('/').at(-1) ?? name);
  const own = token === undefined ? world : withToken(world, url, token);
  const run = async (cwd: string, args: readonly string[]) => {
    const exit = await gitIn(own, cwd).run(args, { timeout: patience });
    if (exit.kind !== 'exited' || exit.code !== 0)
      throw exitFailure(exit, { code: 'source-unknown', subject: url, step: `git ${args[0]}`, install: 'install git' });
  };
  await run(place, ['clone', '--quiet', '--filter=blob:none', '--no-checkout', '--', url, folder]);
  const git = gitIn(own, folder);
  const wanted = commit ?? ref ?? 'HEAD';
  const names = commit !== undefined || ref === undefined ? [wanted] : [`refs/remotes/origin/${ref}`, ref];
  const found = await firstOf(names, (one) =>
    git.answer(['rev-parse', '--verify', '--quiet', '--end-of-options', `${one}^{commit}`]),
  );
  // What was pushed over since is on no branch any more, and may still be there.
  if (found === undefined && commit !== undefined)
    await run(folder, ['fetch', '--quiet', '--filter=blob:none', 'origin', commit]);
  const taken = found ?? commit;
  if (taken === undefined) throw gone(url, wanted);
  if (!isWhole) await run(folder, ['sparse-checkout', 'set', '--no-cone', ...planned]);
  await run(folder, ['-c', 'core.autocrlf=false', '-c', 'core.eol=lf', 'checkout', '--quiet', '--detach', taken]);
  return { folder, commit: taken, world: own };
}

async function firstOf(names: readonly string[], ask: (name: string) => Promise<string | undefined>) {
  for (const name of names) {
    const found = await ask(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function gone(url: string, wanted: string): FailureError {
  return fail('source-unknown', url, `has no ${wanted}`, 'give a branch, tag or commit that it has');
}

// In the environment and for this address alone: no argument, file or log has it.
function withToken(world: World, url: string, token: string): World {
  const count = Number(world.env.GIT_CONFIG_COUNT ?? '0');
  const value = `Authorization: Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
  const added = {
    GIT_CONFIG_COUNT: String(count + 1),
    [`GIT_CONFIG_KEY_${count}`]: `http.${url}.extraHeader`,
    [`GIT_CONFIG_VALUE_${count}`]: value,
  };
  return { ...world, env: { ...world.env, ...added } };
}
