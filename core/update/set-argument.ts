import type { Config } from '../config.ts';
import type { World } from '../ports.ts';
import type { SetArgument } from './edit-use.ts';

/** Gives build arguments other values where a file of the repository states them. */
export function setArgumentIn(_world: World, _config: Config): SetArgument {
  return async () => undefined;
}
