import { posix } from 'node:path';
import { type ComposeBuild, type ComposeService, isElsewhere } from './compose-build.ts';
import { type ComposeServices, type ReadText, readProject } from './compose-project.ts';
import { pathWithin, platformsIn, referenceOrNone, type StatedBuild } from './stated.ts';

// In the order in which Compose looks for them.
const mainNames = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];
const overrides = /^(?:docker-)?compose\.override\.ya?ml$/;

/** Whether the path is that of a Compose file that Compose finds by itself, or of one that it puts over that. */
export function isComposeFile(path: string): boolean {
  const name = posix.basename(path);
  return mainNames.includes(name) || overrides.test(name);
}

/** The files of one folder that are its Compose project, in the order in which they are read. */
export function composeFilesOf(paths: readonly string[]): readonly string[] {
  const named = new Map(paths.map((path) => [posix.basename(path), path]));
  const main = mainNames.find((name) => named.has(name));
  if (main === undefined) return [];
  return [main, ...[...named.keys()].filter((name) => overrides.test(name))].flatMap((name) => named.get(name) ?? []);
}

/** The builds that the Compose files of a project state; none where they are no such files. */
export async function readCompose(read: ReadText, paths: readonly string[]): Promise<readonly StatedBuild[]> {
  const services = await readProject(read, paths);
  return [...services].flatMap(([name, service]) => {
    const build = serviceBuild(name, service, services);
    return build === undefined ? [] : [{ by: 'compose' as const, name, ...build }];
  });
}

/** The build that a service states, undefined where it states none of this repository's. */
export function serviceBuild(
  name: string,
  service: ComposeService,
  services: ComposeServices,
): Omit<StatedBuild, 'by' | 'name'> | undefined {
  const { build, files } = service;
  const [file = ''] = files;
  if (build === undefined || build === null) return undefined;
  const given = build.context ?? posix.dirname(file);
  const context = isElsewhere(given) ? undefined : pathWithin(given);
  const dockerfile = context === undefined ? undefined : dockerfileOf(build, context, file);
  if (context === undefined || dockerfile === undefined) return undefined;
  const images = [service.image ?? undefined, ...build.tags].flatMap((text) => referenceOrNone(text) ?? []);
  return {
    from: `${files.join(' and ')} services.${name}`,
    dockerfile,
    context,
    args: build.args,
    contexts: contextsOf(build, services),
    platforms: platformsIn(build.platforms.length > 0 ? build.platforms : [service.platform ?? '']),
    images,
    ...(build.inline === undefined ? {} : { inline: build.inline }),
    ...(build.target === undefined || build.target === '' ? {} : { target: build.target }),
  };
}

function dockerfileOf({ inline, dockerfile }: ComposeBuild, context: string, file: string): string | undefined {
  if (inline !== undefined) return file;
  return dockerfile?.startsWith('/') ? undefined : pathWithin(context, dockerfile ?? 'Dockerfile');
}

// `service:NAME` is what that service's build makes, which other engines know as its image.
function contextsOf({ contexts }: ComposeBuild, services: ComposeServices): Readonly<Record<string, string>> {
  const known = Object.entries(contexts).flatMap(([name, context]) => {
    const service = /^service:(.+)$/.exec(context)?.[1];
    if (service === undefined) return [[name, context] as const];
    const image = services.get(service)?.image;
    return image === undefined || image === null ? [] : [[name, `docker-image://${image}`] as const];
  });
  return Object.fromEntries(known);
}
