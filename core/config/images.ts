import { readAspects } from '../continuity/read-settings.ts';
import type { ImageSettings } from '../discover/subject.ts';
import { readGate } from '../gate/read-gate.ts';
import type { namedInputs } from '../inputs.ts';
import { type ImageBuild, readImageBuild } from '../rebuild/image-build.ts';
import { engineNames } from '../rebuild/settings.ts';
import { platformValue, recordOfPairs, referenceOf } from '../settings/domain-values.ts';
import { below, type FileNode, itemNodes, pairsOf, statedText, statedTexts } from '../settings/file-node.ts';
import type { InputName, Settings } from '../settings/settings.ts';
import { choiceOf, complain, quoted, type Text } from '../settings/value.ts';
import { sourceRules } from '../source/settings.ts';
import { given } from '../table.ts';
import { readTestKeys } from '../validate/config.ts';
import type { ImageConfigEntry } from './model.ts';
import { relativeOf } from './paths.ts';
import { readTags } from './tag-rule.ts';

const engineOf = choiceOf(['auto', ...engineNames] as const);
const sourceOf = choiceOf(sourceRules);

/** The entries of `images:`, each with a name or Dockerfile of its own. */
export function readImages(file: FileNode | undefined, root: string): readonly ImageConfigEntry[] {
  const seen = new Map<string, Text>();
  return itemNodes(below(file, 'images')).map((item) => {
    const named = statedText(below(item, 'name')) ?? statedText(below(item, 'dockerfile'));
    const earlier = named === undefined ? undefined : seen.get(named.text);
    if (named !== undefined && earlier !== undefined) {
      throw complain(named, `is ${quoted(named.text)} as at ${earlier.where}`, 'give each of the two its own name');
    }
    if (named !== undefined) seen.set(named.text, named);
    return readImage(item, root);
  });
}

/** An entry without what inputs of the run say for all images: an input goes over the file at every level of it. */
export function underInputs(given: Settings<typeof namedInputs>, entry: ImageConfigEntry): ImageConfigEntry {
  const isGiven = (name: InputName<typeof namedInputs>) => given.given(name) !== undefined;
  const { engine, source, target, continuity, build, tagRule, ...rest } = entry;
  return {
    ...rest,
    ...(build === undefined ? {} : { build: buildUnder(given, build) }),
    ...(engine === undefined || isGiven('engine') ? {} : { engine }),
    ...(source === undefined || isGiven('source') ? {} : { source }),
    ...(continuity === undefined || isGiven('continuity-accept') ? {} : { continuity }),
    ...(target === undefined || isGiven('target') ? {} : { target }),
    tags: isGiven('tags') ? [] : entry.tags,
    ...(tagRule === undefined || isGiven('tags') ? {} : { tagRule }),
    platforms: isGiven('platform') ? [] : entry.platforms,
    args: { ...entry.args, ...recordOfPairs(given.pairs('build-arg'), ({ text }) => text) },
  };
}

function buildUnder(given: Settings<typeof namedInputs>, build: ImageBuild): ImageBuild {
  const isGiven = (name: InputName<typeof namedInputs>) => given.given(name) !== undefined;
  const ids = new Set(given.texts('build-secret').map(({ text }) => text.split('=', 1)[0]));
  const { cacheFrom, cacheTo, timeout, ...rest } = build;
  return {
    ...rest,
    secrets: build.secrets.filter(({ id }) => !ids.has(id)),
    ssh: isGiven('build-ssh') ? [] : build.ssh,
    ...(cacheFrom === undefined || isGiven('cache-from') ? {} : { cacheFrom }),
    ...(cacheTo === undefined || isGiven('cache-to') ? {} : { cacheTo }),
    ...(timeout === undefined || isGiven('build-timeout') ? {} : { timeout }),
  };
}

/** What an entry says of how its image is built. */
export type BuildFacts = Pick<ImageSettings, 'name' | 'dockerfile' | 'context' | 'target' | 'platforms' | 'args'>;

/** Reads of an entry of `images:` how its image is built. */
export function readBuildFacts(item: FileNode): BuildFacts {
  const text = (key: string) => statedText(below(item, key));
  const path = (key: string) => mapText(text(key), relativeOf);
  return {
    platforms: statedTexts(below(item, 'platforms')).map(platformValue),
    args: recordOfPairs(pairsOf(below(item, 'build-args')), ({ text }) => text),
    ...given('name', text('name')?.text),
    ...given('dockerfile', path('dockerfile')),
    ...given('context', path('context')),
    ...given('target', text('target')?.text),
  };
}

function readImage(item: FileNode, root: string): ImageConfigEntry {
  const text = (key: string) => statedText(below(item, key));
  const image = mapText(text('image'), referenceOf);
  const engine = engineOf(text('engine'));
  const gate = below(item, 'gate');
  const tests = below(item, 'tests');
  const continuity = below(item, 'continuity');
  const build = below(item, 'build');
  return {
    ...readBuildFacts(item),
    ...readTags(item),
    ...given('owner', ownerOf(text('owner'))),
    ...given('image', image),
    ...given('engine', engine),
    ...given('source', sourceOf(text('source'))),
    ...given(
      'continuity',
      continuity === undefined ? undefined : { accept: readAspects(statedTexts(below(continuity, 'accept'))) },
    ),
    ...given('tests', tests === undefined ? undefined : readTestKeys(tests)),
    ...given('build', build === undefined ? undefined : readImageBuild(build, root)),
    ...given('gate', gate === undefined ? undefined : readGate(gate)),
  };
}

const longestOwner = 200;

function ownerOf(value: Text | undefined): string | undefined {
  if (value === undefined || value.text.length <= longestOwner) return value?.text;
  throw complain(value, `has more than ${longestOwner} characters`, 'write a shorter one');
}

function mapText<T>(value: Text | undefined, read: (value: Text) => T): T | undefined {
  return value === undefined ? undefined : read(value);
}
