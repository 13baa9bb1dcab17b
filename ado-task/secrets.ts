import { inputsOf } from '../core/inputs.ts';
import { camelCase } from '../core/settings/input.ts';

/** Takes the secret inputs out of the environment: task-lib would write each value it reads to the debug log. */
export function takeSecrets(env: Record<string, string | undefined>): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { name, kind } of inputsOf('azure')) {
    if (kind !== 'secret') continue;
    const variable = `INPUT_${camelCase(name).toUpperCase()}`;
    found.set(name, env[variable] ?? '');
    delete env[variable];
  }
  return found;
}
