import type { Aspect } from '../continuity/settings.ts';
import type { Build } from '../discover/build.ts';
import { fittingTags } from '../discover/tag-rule.ts';
import { type LoadedPolicy, loadPolicy } from '../gate/load-policy.ts';
import type { GatePolicy } from '../gate/policy.ts';
import { formatReference, namedTag, type Reference, sameRepository } from '../oci/reference.ts';
import type { World } from '../ports.ts';
import type { ImageBuild } from '../rebuild/image-build.ts';
import type { SourceRule } from '../source/settings.ts';
import { given } from '../table.ts';
import type { TestSettings } from '../validate/settings.ts';
import { onPolicyGround } from './base-branch.ts';
import type { Config, ImageConfigEntry } from './model.ts';

/** The gate policy of one image: the run's, with what the configuration says for this image on top. */
export function policyFor(config: Config, build: Build): GatePolicy {
  return { ...config.gate, ...entryFor(config, build)?.gate };
}

/** The policy of one image with what its files say, read where policy of the repository is read; `image` is what it is known by. */
export function loadPolicyFor(
  world: World,
  config: Config,
  build: Build,
  image: readonly Reference[] = build.releases,
): Promise<LoadedPolicy> {
  const there = onPolicyGround(world, config.policyGround ?? { kind: 'checkout' });
  return loadPolicy(there, config.root, policyFor(config, build), image);
}

/** The engine wanted for one image. */
export function engineFor(config: Config, build: Build): Config['engine'] {
  return entryFor(config, build)?.engine ?? config.engine;
}

/** How one image is built, on top of what its build files and the settings of all say. */
export function imageBuildFor(config: Config, build: Build): ImageBuild | undefined {
  return entryFor(config, build)?.build;
}

/** What the configuration file, and not the run, states of the arguments and the target of one image. */
export function configStatementsFor(config: Config, build: Build): Pick<ImageConfigEntry, 'args' | 'target'> {
  const { stated } = config;
  if (stated === undefined) return { args: {} };
  const entry = entryFor(config, build);
  const all = Object.entries({ ...config.args, ...entry?.args });
  const args = Object.fromEntries(all.filter(([name]) => stated.args[name] === undefined));
  return { args, ...given('target', stated.target === undefined ? (entry?.target ?? config.target) : undefined) };
}

/** The source that full builds of one image take. */
export function sourceFor(config: Config, build: Build): SourceRule {
  return entryFor(config, build)?.source ?? config.source;
}

/** In what one rebuilt image may differ from the one that it replaces: the run's aspects and its own. */
export function acceptedFor(config: Config, build: Build): readonly Aspect[] {
  return [...config.continuity.accept, ...(entryFor(config, build)?.continuity?.accept ?? [])];
}

/** What one image must show before it is promoted: the run's tests, with what the configuration says for this image on top. */
export function testsFor(config: Config, build: Build): TestSettings {
  return { ...config.tests, ...entryFor(config, build)?.tests };
}

// Names can meet: an entry's name is that of another Dockerfile's folder. Its gate is not that one's.
function entryFor({ images }: Config, build: Build): ImageConfigEntry | undefined {
  // An image that is only scanned has no Dockerfile here: it is known by where it is published.
  if (build.dockerfile === undefined) return images.find((entry) => isPublishedAs(entry, build.releases[0]));
  const ofFile = images.filter(({ dockerfile }) => dockerfile === build.dockerfile);
  return ofFile.find(({ name }) => name === build.name) ?? ofFile.find(({ name }) => name === undefined);
}

function isPublishedAs({ image, tags, tagRule }: ImageConfigEntry, reference: Reference | undefined): boolean {
  if (image === undefined || reference === undefined) return false;
  if (tagRule !== undefined && sameRepository(image, reference))
    return reference.tag === undefined || fittingTags(tagRule, [reference.tag]).length > 0;
  const name = formatReference(reference);
  if (tags.length > 0 && reference.tag !== undefined)
    return tags.some((tag) => formatReference(namedTag(image, tag)) === name);
  return sameRepository(image, reference) && (reference.tag === undefined || image.tag === reference.tag);
}
