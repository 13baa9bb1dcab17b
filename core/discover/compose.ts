import { posix } from 'node:path';
import { given } from '../table.ts';
import type { Sibling } from './build.ts';
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

/** Whether the path is that of a Compose file that Compose finds by itself. */
export function isMainCompose(path: string): boolean {
  return mainNames.includes(posix.basename(path));
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
  const place = placeOf(build, file);
  if (place === undefined) return undefined;
  const images = [service.image ?? undefined, ...build.tags].flatMap((text) => referenceOrNone(text) ?? []);
  const siblings = siblingsOf(build, services);
  return {
    from: `${files.join(' and ')} services.${name}`,
    ...place,
    args: build.args,
    contexts: build.contexts,
    ...(Object.keys(siblings).length === 0 ? {} : { siblings }),
    platforms: platformsIn(build.platforms.length > 0 ? build.platforms : [service.platform ?? '']),
    images,
    ...(build.options.length === 0 ? {} : { options: build.options }),
    ...(build.inline === undefined ? {} : { inline: build.inline }),
    ...(build.target === undefined || build.target === '' ? {} : { target: build.target }),
  };
}

function placeOf(build: ComposeBuild, file: string): Pick<StatedBuild, 'dockerfile' | 'context'> | undefined {
  const named = build.context ?? posix.dirname(file);
  const context = isElsewhere(named) ? undefined : pathWithin(named);
  const dockerfile = context === undefined ? undefined : dockerfileOf(build, context, file);
  return context === undefined || dockerfile === undefined ? undefined : { dockerfile, context };
}

function dockerfileOf({ inline, dockerfile }: ComposeBuild, context: string, file: string): string | undefined {
  if (inline !== undefined) return file;
  return dockerfile?.startsWith('/') ? undefined : pathWithin(context, dockerfile ?? 'Dockerfile');
}

// `service:NAME` is what that service's build makes, or the image that it runs.
function siblingsOf({ contexts }: ComposeBuild, services: ComposeServices): Readonly<Record<string, Sibling>> {
  const known = Object.entries(contexts).flatMap(([context, value]) => {
    const name = /^service:(.+)$/.exec(value)?.[1];
    const service = name === undefined ? undefined : services.get(name);
    return name === undefined || service === undefined ? [] : [[context, siblingOf(name, service)] as const];
  });
  return Object.fromEntries(known);
}

function siblingOf(name: string, { build, image, files }: ComposeService): Sibling {
  const place = build === undefined || build === null ? undefined : placeOf(build, files[0] ?? '');
  const stated = referenceOrNone(image ?? build?.tags[0]);
  const target = build?.target === '' ? undefined : build?.target;
  return { name, ...given('dockerfile', place?.dockerfile), ...given('target', target), ...given('image', stated) };
}
