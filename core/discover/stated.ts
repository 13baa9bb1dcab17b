import { posix } from 'node:path';
import { type Failure, FailureError } from '../failure.ts';
import { type Platform, parsePlatform } from '../oci/platform.ts';
import { formatReference, parseReference, type Reference, sameRepository } from '../oci/reference.ts';
import type { PlannedBuild } from './apply-entries.ts';
import type { Sibling } from './build.ts';
import type { StatedOption } from './options.ts';
import type { BakeRun } from './published.ts';
import type { RunSubject } from './subject.ts';

/** Kinds of files that state a build, the strongest first: what publishes an image says more of it than what runs it. */
export const statedBy = ['workflow', 'pipeline', 'bake', 'compose', 'devcontainer'] as const;
export type StatedBy = (typeof statedBy)[number];

/** A build as a file of the repository states it; what it does not state is undefined. */
export interface StatedBuild {
  readonly by: StatedBy;
  /** Such as "compose.yaml services.web". */
  readonly from: string;
  /** Absent where nothing of the names that it is published under is known. */
  readonly name?: string;
  readonly dockerfile: string;
  readonly inline?: string;
  readonly context: string;
  readonly target?: string;
  readonly args: Readonly<Record<string, string>>;
  readonly contexts: Readonly<Record<string, string>>;
  /** What contexts such as `target:base` and `service:base` stand for, by the name of the context. */
  readonly siblings?: Readonly<Record<string, Sibling>>;
  readonly platforms: readonly Platform[];
  /** What else it asks of a builder; absent where it asks nothing. */
  readonly options?: readonly StatedOption[];
  readonly images: readonly Reference[];
  /** Where it is published, as far as that is known without the registry. */
  readonly repository?: string;
}

/** Something that a file says and that cannot be known from the repository alone: subject, fact, remedy. */
export interface Notice {
  readonly subject: string;
  readonly detail: string;
  readonly remedy: string;
  /** The Dockerfile whose image or place in the configuration makes the notice void. */
  readonly dockerfile?: string;
  /** It is about a part of what is published: to know the rest does not make it void. */
  readonly isPartial?: true;
  /** The image that makes it void where a build is known to publish it. */
  readonly image?: string;
}

/** What files of the repository state. */
export interface Statements {
  readonly builds: readonly StatedBuild[];
  readonly notices: readonly Notice[];
  /** Files that cannot be read within their bounds, so that what they state is not known. */
  readonly failures: readonly Failure[];
  /** Runs of bake that push. */
  readonly bakes?: readonly SitedBake[];
}

/** A run of bake, and where it stands. */
export interface SitedBake extends BakeRun {
  readonly subject: string;
}

/** A stated build with the inputs of the run on top: its arguments, platforms and target go over those of the file. */
export function plannedBuild(config: RunSubject, stated: StatedBuild, name: string): PlannedBuild {
  const { by: _by, from, images, repository: _repository, ...build } = stated;
  const [reference, ...more] = images;
  const facts = Object.entries({
    name: stated.name !== undefined,
    context: true,
    args: Object.keys(stated.args).length > 0,
    target: stated.target !== undefined,
    platforms: stated.platforms.length > 0,
    contexts: Object.keys(stated.contexts).length > 0,
  });
  return {
    ...build,
    name,
    args: { ...stated.args, ...config.args },
    platforms: config.platforms.length > 0 ? config.platforms : stated.platforms,
    provenance: Object.fromEntries(facts.flatMap(([fact, isStated]) => (isStated ? [[fact, from]] : []))),
    ...(config.target === undefined ? {} : { target: config.target }),
    ...(reference === undefined ? {} : { image: { reference, more, from } }),
  };
}

/**
 * Whether it is of use: a service without an image of its own is how developers run things, and says little of releases.
 * So does a development container, but for a Dockerfile that stands in its folder and is built for nothing else.
 */
export function isOfUse({ by, dockerfile, images, inline, repository }: StatedBuild): boolean {
  if (by === 'workflow' || by === 'pipeline') return true;
  if (by === 'devcontainer') return /(?:^|\/)\.devcontainer\//.test(dockerfile);
  return images.length > 0 || repository !== undefined || inline !== undefined;
}

/** Whether the image is the one that the user means: what else is stated may be wrong for another one. */
export function agreesWithUser({ imageInputs, images }: RunSubject, stated: StatedBuild): boolean {
  const entry = images.find(({ dockerfile }) => dockerfile === stated.dockerfile);
  const meant = imageInputs[stated.name ?? ''] ?? imageInputs[''] ?? entry?.image;
  if (meant === undefined || stated.images.some((image) => sameRepository(image, meant))) return true;
  return stated.images.length === 0 && (stated.repository ?? meant.repository) === meant.repository;
}

/**
 * Of builds that are alike but for their tags, as a branch and a release are, the one that the user means where the user
 * says of the Dockerfile which image it is, or under which tags.
 */
export function asTheUserMeans(config: RunSubject, builds: readonly StatedBuild[]): readonly StatedBuild[] {
  const chosen = new Map<string, StatedBuild>();
  for (const build of builds) {
    const { by: _by, name: _name, from: _from, images: _images, repository: _repository, ...facts } = build;
    const key = JSON.stringify(facts);
    const meant = meantFor(config, build.dockerfile);
    const isMeant =
      meant !== undefined && build.images.some((image) => formatReference(image) === formatReference(meant));
    if (!chosen.has(key) || isMeant) chosen.set(key, build);
  }
  const some = new Set(chosen.values());
  return builds.filter((build) => some.has(build) || !saysTags(config, build.dockerfile));
}

function meantFor({ imageInputs, images }: RunSubject, dockerfile: string): Reference | undefined {
  return imageInputs[''] ?? images.find((entry) => entry.dockerfile === dockerfile)?.image;
}

function saysTags(config: RunSubject, dockerfile: string): boolean {
  const entry = config.images.find((one) => one.dockerfile === dockerfile);
  return config.tags.length > 0 || entry !== undefined || meantFor(config, dockerfile) !== undefined;
}

/** Of the builds of one Dockerfile those of the strongest kind. */
export function strongest(
  builds: readonly StatedBuild[],
  order: readonly StatedBy[] = statedBy,
): readonly StatedBuild[] {
  const best = new Map<string, number>();
  for (const { by, dockerfile } of builds) {
    best.set(dockerfile, Math.min(order.indexOf(by), best.get(dockerfile) ?? order.length));
  }
  return builds.filter(
    ({ by, dockerfile, inline }) => inline !== undefined || order.indexOf(by) === best.get(dockerfile),
  );
}

/** Each image once: several services may run one image. */
export function distinctBuilds(builds: readonly StatedBuild[]): readonly StatedBuild[] {
  const seen = new Map<string, StatedBuild>();
  for (const build of builds) {
    const { by: _by, name: _name, from: _from, ...facts } = build;
    const key = JSON.stringify(facts);
    if (!seen.has(key)) seen.set(key, build);
  }
  return [...seen.values()];
}

/** A path within the repository, undefined for one that leaves it. */
export function pathWithin(...parts: readonly string[]): string | undefined {
  const path = posix.join(...parts);
  return path.startsWith('..') || posix.isAbsolute(path) ? undefined : path.replace(/(?<=.)\/$/, '');
}

/** The reference in a text, undefined where it is not one, such as one with an unknown variable. */
export function referenceOrNone(text: string | undefined): Reference | undefined {
  if (text === undefined || text === '') return undefined;
  try {
    return parseReference(text);
  } catch (error) {
    if (error instanceof FailureError) return undefined;
    throw error;
  }
}

/** Those of the texts that are platforms. */
export function platformsIn(texts: readonly string[]): readonly Platform[] {
  return texts.flatMap((text) => parsePlatform(text) ?? []);
}
