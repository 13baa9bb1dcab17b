import { posix } from 'node:path';
import { append } from '../append.ts';
import { attempt } from '../failure.ts';
import { mappingOf } from '../json.ts';
import type { ReadText } from './compose-project.ts';
import { looseYaml } from './yaml.ts';

/** Whether the path is that of a Compose file by any usual name: `docker-compose.prod.yml`, `web.compose.yaml`. */
export function isNamedCompose(path: string): boolean {
  return /^(?:.+[._-])?(?:docker-)?compose(?:[._-].+)?\.ya?ml$/.test(posix.basename(path));
}

/** By folder the services to which one of its Compose files gives a `build`: what another calls their image is their own. */
export async function builtServices(
  read: ReadText,
  paths: readonly string[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const built = new Map<string, string[]>();
  for (const path of paths.filter(isNamedCompose)) {
    const file = await attempt(path, async () => mappingOf(looseYaml((await read(path)) ?? '', path)));
    // What cannot be read is said where its images are looked for.
    const services = file.kind === 'done' ? (mappingOf(file.value?.services) ?? {}) : {};
    for (const [name, service] of Object.entries(services))
      if (mappingOf(service)?.build != null) append(built, posix.dirname(path), name);
  }
  return new Map([...built].map(([folder, names]) => [folder, new Set(names)]));
}
