import { type CheckedBase, type CheckedImage, isReasonToRebuild, isSettling, strayTags } from '../check/checked.ts';
import type { ReleaseTag } from '../check/release-tags.ts';
import { type Failure, fail } from '../failure.ts';
import { familiar } from '../oci/reference.ts';
import { ago, minute } from '../text/time.ts';
import { describeReason, type RebuildReason } from './reasons.ts';

export type PlanStep =
  | {
      readonly kind: 'rebuild';
      readonly image: CheckedImage;
      readonly because: readonly string[];
      readonly parents: readonly string[];
      /** What sets it apart from the last build of the same inputs, where those are as they were. */
      readonly epoch?: string;
      /** Whether nothing but a trial build shows that it is worth a promotion. */
      readonly isTrial?: true;
    }
  | {
      readonly kind: 'skip';
      readonly image: CheckedImage;
      readonly why: string;
      readonly failure?: Failure;
      /** Whether it is made as far as this leg makes it, and another goes on with it. */
      readonly isPending?: true;
    };

/** What to rebuild, in order: the images of a level need only images of earlier levels. */
export interface RefreshPlan {
  readonly levels: readonly (readonly PlanStep[])[];
}

/** What calls for a rebuild of an image whatever its bases are, or why that could not be found out. */
export type FurtherReasons =
  | { readonly kind: 'found'; readonly reasons: readonly RebuildReason[]; readonly epoch: string }
  | { readonly kind: 'unknown'; readonly failure: Failure };

export interface PlanOptions {
  readonly force: boolean;
  /** By the name of the image. */
  readonly further?: ReadonlyMap<string, FurtherReasons>;
}

/** Orders what is to be rebuilt: an image goes after every image of the repository that it is built on. */
export function plan(images: readonly CheckedImage[], options: PlanOptions): RefreshPlan {
  const { levels, cyclic } = levelsOf(images);
  const rebuilt = new Set<string>();
  const steps = levels.map((level) =>
    level.map((image) => {
      const step = stepFor(image, rebuilt, options);
      if (step.kind === 'rebuild') rebuilt.add(image.build.name);
      return step;
    }),
  );
  const skipped = cyclic.map(({ image, path }): PlanStep => ({ kind: 'skip', image, ...cycleFailure(image, path) }));
  return { levels: skipped.length === 0 ? steps : [...steps, skipped] };
}

function stepFor(image: CheckedImage, rebuilt: ReadonlySet<string>, { force, further }: PlanOptions): PlanStep {
  const lacks = image.verdict === 'lacks-platform';
  if (image.failure !== undefined && !(lacks && force)) {
    const why = lacks ? 'it lacks a platform' : 'it could not be checked';
    return { kind: 'skip', image, why, failure: image.failure };
  }
  if (image.verdict === 'unknown') return { kind: 'skip', image, ...uncheckedBase(image) };
  // What is built while an index is filled mixes two releases, whatever else there is to do.
  const settling = image.bases.filter(isSettling);
  if (settling.length > 0 && !force) return { kind: 'skip', image, why: settlingReason(settling) };
  const counting = image.bases.filter(({ counts }) => counts !== false);
  const parents = parentsOf({ bases: counting }).filter((name) => rebuilt.has(name));
  const own = further?.get(image.build.name);
  const reasons = [
    ...image.bases.filter(isReasonToRebuild).flatMap(reasonsOf),
    ...strayTags(image).map(tagApart),
    ...parents.map((parent): RebuildReason => ({ kind: 'parent-rebuilt', parent })),
    ...(force ? [{ kind: 'asked-for' } as const] : []),
    ...(own?.kind === 'found' ? own.reasons : []),
  ];
  // Several stages on one base give one reason.
  const because = [...new Set(reasons.map(describeReason))];
  if (because.length > 0) return { kind: 'rebuild', image, because, parents, ...apartBy(own, reasons) };
  if (own?.kind === 'unknown')
    return { kind: 'skip', image, why: 'it is not known whether it needs a rebuild', failure: own.failure };
  // An image without bases (FROM scratch) that was never published has nothing to be compared with.
  if (image.published === undefined)
    return { kind: 'rebuild', image, because: [describeReason({ kind: 'never-published' })], parents };
  const isRemade = image.bases.some(({ freshness }) => freshness.kind === 'unchanged-packages');
  const others = isRemade ? 'every base is current, or rebuilt from the same packages' : 'every base is current';
  const why = image.bases.some(({ counts }) => counts === false) ? 'its runtime base is current' : others;
  return { kind: 'skip', image, why };
}

function apartBy(own: FurtherReasons | undefined, reasons: readonly RebuildReason[]) {
  if (own?.kind !== 'found' || own.reasons.length === 0) return {};
  const isTrial = reasons.every(({ kind }) => kind === 'fixable');
  return { epoch: own.epoch, ...(isTrial ? { isTrial } : {}) };
}

/** Why an image follows a base that this run rebuilds. */
export function cascadeReason(parent: string): string {
  return describeReason({ kind: 'parent-rebuilt', parent });
}

function reasonsOf({ base, baseline, freshness, moved }: CheckedBase): readonly RebuildReason[] {
  const { reference } = base;
  switch (freshness.kind) {
    case 'stale': {
      const { from, to } = freshness;
      return [{ kind: 'base-moved', base: reference, from, to, back: moved?.back === true }];
    }
    case 'unrecorded':
      return [{ kind: 'base-unrecorded', base: reference, isUnverified: baseline.kind === 'recorded' }];
    case 'missing':
      return [freshness.to === undefined ? { kind: 'base-unpublished', base: reference } : { kind: 'never-published' }];
    case 'current':
    case 'unchanged-for-platforms':
    case 'unchanged-packages':
    case 'settling':
    case 'platform-missing':
    case 'unknown':
      return [];
  }
}

function settlingReason(bases: readonly CheckedBase[]): string {
  const reasons = bases.map(({ base, freshness, moved }) => {
    const since = moved === undefined ? 'moved lately' : `moved ${ago(moved.ageMs)}`;
    const until = freshness.kind === 'settling' ? ` until ${minute(freshness.until.toISOString())}` : '';
    return `${familiar(base.reference)} ${since} and is left to settle${until}`;
  });
  return [...new Set(reasons)].join('; ');
}

/** Why a release tag that does not name what the first one names is to be brought up to it. */
export function strayReason(tag: ReleaseTag): string {
  return describeReason(tagApart(tag));
}

function tagApart({ reference, digest }: ReleaseTag): RebuildReason {
  return { kind: 'tag-apart', tag: reference, isPublished: digest !== undefined };
}

function uncheckedBase(image: CheckedImage): { readonly why: string; readonly failure: Failure } {
  for (const { base, freshness } of image.bases) {
    if (freshness.kind === 'unknown') return { why: 'a base could not be checked', failure: freshness.failure };
    if (freshness.kind === 'platform-missing') {
      const { failure } = fail(
        'not-found',
        familiar(base.reference),
        `no longer has ${freshness.platforms.join(', ')}, which ${image.build.name} ships`,
        'drop the platform or choose another base',
      );
      return { why: 'a base lacks a platform', failure };
    }
  }
  const { failure } = fail('internal', image.build.name, 'the image is unknown and no base says why');
  return { why: 'it could not be checked', failure };
}

function parentsOf(image: Pick<CheckedImage, 'bases'>): readonly string[] {
  return [...new Set(image.bases.flatMap(({ parent }) => (parent === undefined ? [] : [parent])))];
}

interface Cyclic {
  readonly image: CheckedImage;
  readonly path: readonly string[];
}

// Kahn's algorithm by levels; what is left when no image is free stands on or behind a cycle.
function levelsOf(images: readonly CheckedImage[]): {
  readonly levels: readonly (readonly CheckedImage[])[];
  readonly cyclic: readonly Cyclic[];
} {
  const levels: CheckedImage[][] = [];
  const done = new Set<string>();
  let waiting = images;
  while (waiting.length > 0) {
    const free = waiting.filter((image) => parentsOf(image).every((name) => done.has(name)));
    if (free.length === 0) break;
    levels.push([...free]);
    for (const image of free) done.add(image.build.name);
    waiting = waiting.filter((image) => !done.has(image.build.name));
  }
  return { levels, cyclic: waiting.map((image) => ({ image, path: pathFrom(image, waiting) })) };
}

// Follows waiting parents until a name comes again: the walk ends in the cycle.
function pathFrom(start: CheckedImage, waiting: readonly CheckedImage[]): readonly string[] {
  const byName = new Map(waiting.map((image) => [image.build.name, image]));
  const path: string[] = [];
  let at: CheckedImage | undefined = start;
  while (at !== undefined && !path.includes(at.build.name)) {
    path.push(at.build.name);
    const next: string | undefined = parentsOf(at).find((name) => byName.has(name));
    at = next === undefined ? undefined : byName.get(next);
  }
  return at === undefined ? path : [...path, at.build.name];
}

function cycleFailure(
  image: CheckedImage,
  path: readonly string[],
): { readonly why: string; readonly failure: Failure } {
  const { failure } = fail(
    'cycle',
    image.build.name,
    `its bases form a cycle: ${path.join(' → ')}`,
    'break the cycle in the FROM lines',
  );
  return { why: 'its bases form a cycle', failure };
}
