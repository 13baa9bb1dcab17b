import { fail } from '../failure.ts';
import type { World } from '../ports.ts';
import type { BuildSettings } from './settings.ts';

type Settings = Pick<BuildSettings, 'secrets' | 'ssh'>;

/** `--secret` for every secret, by the name of its variable or file: no value stands in an argument. */
export function secretArguments({ secrets }: Settings): readonly string[] {
  return secrets.map(({ id, from }) =>
    from.kind === 'env' ? `--secret=id=${id},env=${from.name}` : `--secret=id=${id},src=${from.path}`,
  );
}

/** The variables that secrets and agents are read from, for the one process that builds; throws where one is not set. */
export function secretVariables(
  { env }: Pick<World, 'env'>,
  { secrets, ssh }: Settings,
): Readonly<Record<string, string>> {
  const named = secrets.flatMap(({ id, from }) => {
    if (from.kind === 'file') return [];
    const value = env[from.name];
    if (value !== undefined) return [[from.name, value] as const];
    throw fail('config', `secret ${id}`, `is to come from ${from.name}, which is not set`, `set ${from.name}`);
  });
  const agent = env.SSH_AUTH_SOCK;
  return { ...Object.fromEntries(named), ...(ssh.length > 0 && agent !== undefined ? { SSH_AUTH_SOCK: agent } : {}) };
}
