import { relative, resolve, sep } from 'node:path';
import { readNamedFile } from '../discover/read-file.ts';
import type { ImageSettings, RunSubject } from '../discover/subject.ts';
import { asReference, type Reference, sameRepository } from '../oci/reference.ts';
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
  const facts = itemNodes(below(file, 'images')).map(readEntry);
  const { target: _, ...rest } = there;
  const platforms = statedTexts(below(file, 'platforms')).map(platformValue);
  const factsFor = (entry: ImageSettings) => factsOf(facts, entry, config.images);
  const images = config.images.filter((entry) => !isOneOfSeveral(facts, entry, factsFor(entry)));
  return {
    ...rest,
    args: { ...recordOfPairs(pairsOf(below(file, 'build-args')), ({ text }) => text), ...own.args },
    platforms: own.hasPlatforms || file === undefined ? config.platforms : platforms,
    ...given('target', own.target ?? statedText(below(file, 'target'))?.text),
    images: [
      ...images.map((entry) => entryAt(own, entry, factsFor(entry))),
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

interface EntryThere {
  readonly facts: BuildFacts;
  /** Where its image is published; absent where it does not say. */
  readonly image?: Reference;
}

function readEntry(item: FileNode): EntryThere {
  const image = statedText(below(item, 'image'));
  return { facts: readBuildFacts(item), ...given('image', image === undefined ? undefined : asReference(image.text)) };
}

// By its name; else by its Dockerfile, where one entry there meets one here, or by where its image is published.
function factsOf(
  there: readonly EntryThere[],
  entry: ImageSettings,
  here: readonly ImageSettings[],
): BuildFacts | undefined {
  const { dockerfile, name } = entry;
  const same = there.filter(({ facts }) => facts.dockerfile === dockerfile);
  const named = same.find(({ facts }) => facts.name === name);
  const [only, ...others] = same;
  if (only === undefined || others.length > 0 || (named !== undefined && name !== undefined)) return named?.facts;
  const rivals = here.filter((one) => one !== entry && one.dockerfile === dockerfile);
  if (rivals.length === 0) return only.facts;
  if (rivals.some((one) => one.name !== undefined && one.name === only.facts.name)) return undefined;
  const isPublished = ({ image }: ImageSettings) =>
    image !== undefined && only.image !== undefined && sameRepository(image, only.image);
  return isPublished(entry) && !rivals.some(isPublished) ? only.facts : undefined;
}

// Which of several entries there described the build, or which of several here one there has become, is not known: no
// build there is taken for it.
function isOneOfSeveral(
  there: readonly EntryThere[],
  { dockerfile }: ImageSettings,
  found: BuildFacts | undefined,
): boolean {
  return found === undefined && there.some(({ facts }) => facts.dockerfile === dockerfile);
}

// An entry that was removed since described the build all the same, under its own name where it was one of several.
function withoutEntry(images: readonly ImageSettings[], there: readonly EntryThere[]) {
  const facts = there.map((one) => one.facts);
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
