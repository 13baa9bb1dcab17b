import { relative, resolve, sep } from 'node:path';
import { readNamedFile } from '../discover/read-file.ts';
import type { ImageSettings, RunSubject } from '../discover/subject.ts';
import type { World } from '../ports.ts';
import { platformValue, recordOfPairs } from '../settings/domain-values.ts';
import { below, type FileNode, itemNodes, pairsOf, statedText, statedTexts } from '../settings/file-node.ts';
import type { InputDefinition } from '../settings/input.ts';
import type { Settings } from '../settings/settings.ts';
import { spellOut } from '../settings/spell-out.ts';
import { parseYaml } from '../settings/yaml.ts';
import { given } from '../table.ts';
import { topOf } from './checkout.ts';
import { configShape } from './file-shape.ts';
import { type BuildFacts, readBuildFacts } from './images.ts';
import type { Config, OwnStatements } from './model.ts';
import { configFileOf } from './paths.ts';

/** What the run itself states of builds, and where the repository keeps what it states of them. */
export function readOwnStatements(
  settings: Settings<readonly InputDefinition[]>,
  { root, cwd }: { readonly root: string; readonly cwd: string },
): OwnStatements {
  const named = settings.given('config')?.text;
  return {
    args: recordOfPairs(settings.pairs('build-arg'), ({ text }) => text),
    ...given('target', settings.given('target')?.text),
    hasPlatforms: settings.given('platform') !== undefined,
    ...(named === undefined ? {} : { file: relative(root, resolve(cwd, named)).split(sep).join('/') }),
  };
}

/**
 * What a run is about in the tree of another commit: what the configuration file states of builds counts as it stands
 * there, and what the run states goes over it. Names and tags are those of the run; so is where an image is built that
 * nothing is said of there.
 */
export async function subjectAt(world: World, config: Config, root: string): Promise<RunSubject> {
  const { stated: own } = config;
  const there = { ...config, root, isElsewhere: true };
  if (own === undefined) return there;
  const file = await fileAt(world, own, root);
  const facts = itemNodes(below(file, 'images')).map(readBuildFacts);
  const { target: _, ...rest } = there;
  const platforms = statedTexts(below(file, 'platforms')).map(platformValue);
  const images = config.images.filter((entry) => !isOneOfSeveral(facts, entry));
  return {
    ...rest,
    args: { ...recordOfPairs(pairsOf(below(file, 'build-args')), ({ text }) => text), ...own.args },
    platforms: own.hasPlatforms || file === undefined ? config.platforms : platforms,
    ...given('target', own.target ?? statedText(below(file, 'target'))?.text),
    images: [
      ...images.map((entry) => entryAt(own, entry, factsOf(facts, entry))),
      ...withoutEntry(images, facts).map((one) => entryAt(own, { ...one, tags: [] }, one)),
    ],
  };
}

async function fileAt(world: World, own: OwnStatements, root: string): Promise<FileNode | undefined> {
  const file = own.file ?? (await configFileOf(world, root));
  const path = resolve(root, file);
  if ((await world.files.stat(path)).kind === 'absent') return undefined;
  const bytes = await readNamedFile(world, await topOf(world, root), path);
  const parsed = parseYaml(Buffer.from(bytes).toString('utf8'), file);
  return parsed === undefined ? undefined : { file, key: '', node: spellOut(parsed, configShape()) };
}

function factsOf(facts: readonly BuildFacts[], { dockerfile, name }: ImageSettings): BuildFacts | undefined {
  const same = facts.filter((one) => one.dockerfile === dockerfile);
  return same.find((one) => one.name === name) ?? (same.length === 1 ? same[0] : undefined);
}

// Which of several entries there described the build is not known, so that no build there is taken for it.
function isOneOfSeveral(facts: readonly BuildFacts[], entry: ImageSettings): boolean {
  return factsOf(facts, entry) === undefined && facts.some(({ dockerfile }) => dockerfile === entry.dockerfile);
}

// An entry that was removed since described the build all the same, under its own name where it was one of several.
function withoutEntry(images: readonly ImageSettings[], facts: readonly BuildFacts[]) {
  return facts.flatMap(({ name, ...one }) => {
    const isAlone = facts.filter(({ dockerfile }) => dockerfile === one.dockerfile).length === 1;
    const isKnown = one.dockerfile === undefined || images.some(({ dockerfile }) => dockerfile === one.dockerfile);
    return isKnown ? [] : [{ ...one, ...given('name', isAlone ? undefined : name) }];
  });
}

function entryAt(own: OwnStatements, entry: ImageSettings, facts: BuildFacts | undefined): ImageSettings {
  const { target: _target, context, ...rest } = entry;
  if (facts === undefined) return { ...rest, args: own.args, ...given('context', context) };
  return {
    ...rest,
    args: { ...facts.args, ...own.args },
    platforms: own.hasPlatforms ? [] : facts.platforms,
    ...given('context', facts.context),
    ...(own.target === undefined ? given('target', facts.target) : {}),
  };
}
