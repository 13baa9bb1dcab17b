import pLimit from 'p-limit';
import { platformManifests } from '../baseline/published.ts';
import type { Build } from '../discover/build.ts';
import { type Discovery, discover } from '../discover/discover.ts';
import type { RunSubject } from '../discover/subject.ts';
import { type ChosenRelease, compareFitting, fittingTags, type TagParts } from '../discover/tag-rule.ts';
import { attempt, FailureError, fail } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';
import { familiar, formatReference, namedTag, type Reference, withTag } from '../oci/reference.ts';
import type { World } from '../ports.ts';
import type { Registry } from '../registry/registry.ts';
import { quoted } from '../settings/value.ts';

/** What has release tags, or a rule that chooses one. */
export type Releasable = Pick<Build, 'releases' | 'chosen'>;

/** What a repository builds, as `discover` has it, with the release tags that rules choose in its registries. */
export async function discoverReleased(
  { world, registry }: { readonly world: World; readonly registry: Registry },
  config: RunSubject,
  options?: Parameters<typeof discover>[2],
): Promise<Discovery> {
  const found = await discover(world, config, options);
  const chosen = found.builds.map(async (one) => ({ ...one, build: await withChosen(registry, one.build) }));
  const builds = await Promise.all(chosen);
  const listed = await Promise.all((found.listed ?? []).map((one) => withChosen(registry, one)));
  return { ...found, builds, ...(found.listed === undefined ? {} : { listed }) };
}

/** The same with the release tag that its rule chooses; without one where it has no rule, or it is not known which. */
export async function withChosen<T extends Releasable>(registry: Registry, one: T): Promise<T> {
  const { chosen } = one;
  if (chosen === undefined) return one;
  const { repository, tags } = chosen;
  const found = await attempt(familiar(repository), () => chosenTag(registry, chosen));
  if (found.kind === 'failed') return { ...one, releases: [], chosen: { ...chosen, unknown: found.failure } };
  return { ...one, releases: [withTag(repository, found.value), ...tags.map((tag) => namedTag(repository, tag))] };
}

/** The release tags of a build that a promotion moves: the tag that a rule chose stays where templates make new ones. */
export function movingReleases({ releases, chosen }: Releasable): readonly Reference[] {
  return makesTags({ chosen }) ? releases.slice(1) : releases;
}

/** Whether a promotion makes tags that have no name before. */
export function makesTags({ chosen }: { readonly chosen?: ChosenRelease | undefined }): boolean {
  return chosen !== undefined && chosen.rule.templates.length > 0;
}

async function chosenTag(registry: Registry, { repository, rule }: ChosenRelease): Promise<string> {
  const tags = await registry.tags(repository);
  const fitting = fittingTags(rule, tags);
  if (fitting.length === 0) throw undecided(repository, `none of its ${tags.length} tags fits ${wordsOf(rule)}`);
  const best = rule.byCreation ? await newest(registry, repository, fitting) : highest(fitting);
  const [first] = best.toSorted((a, b) => (a < b ? -1 : 1));
  if (first !== undefined && best.length === 1) return first;
  const same = await digestsOf(registry, repository, best);
  // Which of them moves is of no concern where none does.
  if (first !== undefined && new Set(same.values()).size === 1 && rule.templates.length > 0) return first;
  throw undecided(repository, `${best.slice(0, 5).join(', ')} are alike by ${wordsOf(rule)}`);
}

function undecided(repository: ChosenRelease['repository'], fact: string): FailureError {
  const detail = `which tag is the published image is not known: ${fact}`;
  return fail('base-unknown', familiar(repository), detail, 'change tag-rule of the image');
}

function wordsOf({ patterns, range }: ChosenRelease['rule']): string {
  const all = patterns.map(quoted).join(' or ');
  return range === undefined ? all : `${all} within ${quoted(range)}`;
}

function highest(fitting: readonly TagParts[]): readonly string[] {
  const top = fitting.reduce((a, b) => (compareFitting(b, a) > 0 ? b : a));
  return fitting.filter((one) => compareFitting(one, top) === 0).map(({ tag }) => tag);
}

const mostCompared = 200;

async function newest(
  registry: Registry,
  repository: ChosenRelease['repository'],
  fitting: readonly TagParts[],
): Promise<readonly string[]> {
  if (fitting.length > mostCompared) {
    const fact = `${fitting.length} tags fit newest, and when more than ${mostCompared} were created is not read`;
    throw undecided(repository, fact);
  }
  const limit = pLimit(8);
  const dated = await Promise.all(
    fitting.map(({ tag }) => limit(async () => ({ tag, at: await createdAt(registry, withTag(repository, tag)) }))),
  );
  const last = Math.max(...dated.map(({ at }) => at));
  return dated.filter(({ at }) => at === last).map(({ tag }) => tag);
}

// Builds that are to be reproducible all say the same day, and say nothing by it.
const firstImages = Date.UTC(2013, 2, 1);

async function createdAt(registry: Registry, reference: Reference): Promise<number> {
  const manifest = await registry.manifest(reference);
  const [first] = await platformManifests(registry, { reference, manifest });
  const { created } = first === undefined ? {} : await registry.config(reference, first.manifest);
  const at = Date.parse(created ?? '');
  if (at >= firstImages) return at;
  const fact = `${familiar(reference)} does not say when it was created`;
  throw undecided(reference, fact);
}

async function digestsOf(
  registry: Registry,
  repository: ChosenRelease['repository'],
  tags: readonly string[],
): Promise<ReadonlyMap<string, Digest>> {
  const heads = tags.map(async (tag) => {
    const reference = withTag(repository, tag);
    const head = await attempt(formatReference(reference), () => registry.head(reference));
    if (head.kind === 'failed') throw new FailureError(head.failure);
    return [tag, head.value.digest] as const;
  });
  return new Map(await Promise.all(heads));
}
