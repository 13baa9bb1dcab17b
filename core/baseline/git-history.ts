import type { World } from '../ports.ts';

const patience = 30_000;

/** Asks git whether a file below a folder stands at a commit just as it stands in the working tree. */
export function unchangedSince(
  world: Pick<World, 'exec' | 'env'>,
  folder: string,
  file: string,
): (revision: string) => Promise<boolean> {
  return async (revision) => {
    // A commit that a shallow clone does not hold, and a file that is not in it, make git end with an error.
    const then = await git(world, folder, ['rev-parse', '--verify', '--quiet', `${revision}:./${file}`]);
    if (then === undefined) return false;
    return then === (await git(world, folder, ['hash-object', '--', `./${file}`]));
  };
}

async function git(
  { exec, env }: Pick<World, 'exec' | 'env'>,
  cwd: string,
  args: readonly string[],
): Promise<string | undefined> {
  const exit = await exec({ file: 'git', args, cwd, timeout: patience, env: environment(env) });
  const id = exit.kind === 'exited' && exit.code === 0 ? exit.stdout.trim() : '';
  return id === '' ? undefined : id;
}

function environment(env: World['env']): Readonly<Record<string, string>> {
  const kept = ['PATH', 'HOME', 'SystemRoot', 'USERPROFILE'].flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(kept), GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0' };
}
