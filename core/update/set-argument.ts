import { posix } from 'node:path';
import type { RunSubject } from '../discover/subject.ts';
import { lineOf, placesOf, replaced, type Span } from '../dockerfile/places.ts';
import { attempt } from '../failure.ts';
import type { World } from '../ports.ts';
import type { SetArgument } from './edit-use.ts';
import { loadRepository } from './load-repository.ts';
import { type PublishedPlatforms, withPublishedPlatforms } from './published-platforms.ts';
import { type EditableRepository, statingFile, textOfFile, type Use, withText } from './repository.ts';
import { type YamlScalar, yamlScalars } from './yaml-scalars.ts';

/**
 * Gives a build argument another value in the Compose, bake or workflow file that states it, and discovers the
 * repository again with that text, so that the same readers say what the edit did.
 */
export function setArgumentIn(world: World, config: RunSubject, published: PublishedPlatforms): SetArgument {
  return async (repository, use, args) => {
    const [argument] = args;
    if (argument === undefined || args.length > 1 || use.where.kind !== 'dockerfile') return undefined;
    const [name, wanted] = argument;
    const { provenance, args: given } = use.where.variant.build;
    const path = statingFile(provenance.args);
    if (path === undefined || !repository.texts.has(path)) return undefined;
    const text = textOfFile(repository, path);
    for (const { span, through } of placesOfArgument(text, name, given[name] ?? '')) {
      const after = replaced(text, span, wanted);
      const discovered = await rediscover(world, config, repository, path, after);
      const found = discovered && withPublishedPlatforms(discovered, published);
      if (found !== undefined && argumentsAt(found, use)?.[name] === wanted) {
        return { repository: found, place: { path, line: lineOf(text, span.start), through } };
      }
    }
    return undefined;
  };
}

interface ArgumentPlace {
  readonly span: Span;
  readonly through: string;
}

const holders = new Set(['args', 'build-args', 'buildArgs', 'arguments']);

// `NODE: "20"` below args, an item `NODE=20` of a list, or such a line in a block of text.
function placesOfArgument(text: string, name: string, value: string): readonly ArgumentPlace[] {
  return (yamlScalars(text) ?? [])
    .filter(({ path }) => path.some((key) => holders.has(key)))
    .flatMap((scalar) => {
      const span = { start: scalar.start, end: scalar.end };
      if (scalar.path.at(-1) === name) {
        return isWrittenAs(text, scalar, value) ? [{ span, through: scalar.path.join('.') }] : [];
      }
      return placesOf(text, `${name}=${value}`, span).map(({ start, end }) => ({
        span: { start: start + name.length + 1, end },
        through: `${scalar.path.join('.')} ${name}`,
      }));
    });
}

function isWrittenAs(text: string, { start, end }: YamlScalar, value: string): boolean {
  return text.slice(start, end) === value;
}

async function rediscover(world: World, config: RunSubject, before: EditableRepository, path: string, text: string) {
  const { texts, edited } = withText(before, path, text);
  const loaded = await attempt(path, async () => loadRepository(await overlaid(world, config.root, edited), config));
  // What counts as before is what is on disk, whatever the edits so far.
  return loaded.kind === 'done' ? { ...loaded.value.repository, texts, edited } : undefined;
}

function argumentsAt({ sources }: EditableRepository, { path, where }: Use) {
  const source = sources.get(path);
  if (where.kind !== 'dockerfile' || source?.kind !== 'dockerfile') return undefined;
  return source.variants.find(({ build }) => build.name === where.variant.build.name)?.build.args;
}

// The files as edits have made them, in front of those on disk.
async function overlaid(world: World, root: string, texts: ReadonlyMap<string, string>): Promise<World> {
  const edited = new Map<string, string>();
  for (const [path, text] of texts) {
    const absolute = posix.join(root, path);
    edited.set(absolute, text).set(await world.files.realpath(absolute), text);
  }
  const files: World['files'] = {
    ...world.files,
    read: async (path) => {
      const text = edited.get(path);
      return text === undefined ? world.files.read(path) : Buffer.from(text);
    },
    readText: async (path, most) => edited.get(path) ?? world.files.readText(path, most),
  };
  return { ...world, files };
}
