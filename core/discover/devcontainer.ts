import { posix } from 'node:path';
import { type Mapping, mappingOf, textMap, textOf, textsOf } from '../json.ts';
import { parseJsonc } from '../text/jsonc.ts';
import { isUnknown, readBuildOptions } from './build-options.ts';
import { serviceBuild } from './compose.ts';
import { type ReadText, readProject } from './compose-project.ts';
import { pathWithin, type StatedBuild } from './stated.ts';

/** Whether the path is that of a development container's description. */
export function isDevcontainerFile(path: string): boolean {
  return /(?:^|\/)(?:\.devcontainer\/(?:[^/]+\/)?devcontainer\.json|\.devcontainer\.json)$/.test(path);
}

/**
 * The build of a development container (containers.dev, devcontainer.json reference): of a Dockerfile, or of a service
 * of Compose files. One of an image alone is built from nothing in the repository.
 */
export async function readDevcontainer(read: ReadText, path: string): Promise<readonly StatedBuild[]> {
  const text = await read(path);
  const parsed = text === undefined ? undefined : parseJsonc(text, path, { allowTrailingComma: true });
  const file = mappingOf(parsed);
  if (file === undefined) return [];
  const build =
    file.dockerComposeFile === undefined ? dockerfileBuild(path, file) : await composeBuild(read, path, file);
  return build === undefined ? [] : [{ by: 'devcontainer', name: nameOf(path), ...build, images: [] }];
}

// One of several stands in a folder of its own.
function nameOf(path: string): string {
  const variant = /\.devcontainer\/([^/]+)\/devcontainer\.json$/.exec(path)?.[1];
  return variant === undefined ? 'devcontainer' : `devcontainer-${variant}`;
}

type Facts = Omit<StatedBuild, 'by' | 'name' | 'images'>;

// Both forms: `build`, and the keys of old at the top. Paths count from the file's folder.
function dockerfileBuild(path: string, file: Mapping): Facts | undefined {
  const build = mappingOf(file.build) ?? {};
  const named = textOf(build.dockerfile) ?? textOf(file.dockerFile);
  const dockerfile = pathFrom(path, named);
  const context = pathFrom(path, textOf(build.context) ?? textOf(file.context) ?? '.');
  if (dockerfile === undefined || context === undefined) return undefined;
  const options = readBuildOptions(textsOf(build.options), `${path} build`);
  const args = Object.entries(textMap(build.args)).map(([name, value]) => [name, withDefaults(value)] as const);
  const target = textOf(build.target) ?? options.target;
  return {
    ...options,
    from: `${path} build`,
    dockerfile,
    context,
    args: { ...options.args, ...Object.fromEntries(args.filter(([, value]) => !isUnknown(value))) },
    ...(target === undefined || target === '' ? {} : { target }),
  };
}

function pathFrom(file: string, named: string | undefined): string | undefined {
  if (named === undefined) return undefined;
  const path = withDefaults(named);
  return isUnknown(path) ? undefined : pathWithin(posix.dirname(file), path);
}

// Only the machine of a developer knows more.
function withDefaults(text: string): string {
  return text.replace(/\$\{localEnv:[^:{}]*:([^{}]*)\}/g, (_, otherwise: string) => otherwise);
}

async function composeBuild(read: ReadText, path: string, file: Mapping): Promise<Facts | undefined> {
  const named = textOf(file.dockerComposeFile);
  const listed = named === undefined ? textsOf(file.dockerComposeFile) : [named];
  const paths = listed.flatMap((one) => pathFrom(path, one) ?? []);
  const services = await readProject(read, paths);
  const service = services.get(textOf(file.service) ?? '');
  const build = service === undefined ? undefined : serviceBuild(textOf(file.service) ?? '', service, services);
  if (build === undefined) return undefined;
  const { images: _images, ...facts } = build;
  return { ...facts, from: `${path} by ${facts.from}` };
}
