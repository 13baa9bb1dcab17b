import type { CheckedBase, CheckedImage } from '../check/checked.ts';
import { compareBase } from '../check/compare-base.ts';
import { attempt } from '../failure.ts';
import { familiar } from '../oci/reference.ts';
import { cascadeReason, type PlanStep } from '../plan/plan.ts';
import type { Run } from './context.ts';
import { type Finished, type ImageResult, releasedIn } from './image-result.ts';

/**
 * Why an image that was to follow its bases need not be rebuilt: they came out of this run as it stands on them already.
 * Undefined where one really changed, where that is not known, or where there is another reason to rebuild.
 */
export async function whyNotFollow(
  run: Run,
  { image, because, parents }: Extract<PlanStep, { readonly kind: 'rebuild' }>,
  finished: Finished,
): Promise<string | undefined> {
  const cascades = new Set(parents.map(cascadeReason));
  if (parents.length === 0 || because.some((reason) => !cascades.has(reason))) return undefined;
  const bases = image.bases.filter(({ parent }) => parent !== undefined && parents.includes(parent));
  for (const base of bases) {
    const stands = await attempt(image.build.name, () => standsOnIt(run, image, base, finished.get(base.parent ?? '')));
    if (stands.kind === 'failed' || !stands.value) return undefined;
  }
  const names = [...new Set(bases.map(({ base }) => familiar(base.reference)))];
  return `${names.join(', ')} came out as it was`;
}

async function standsOnIt(
  { registry }: Run,
  { build, published }: CheckedImage,
  { base, baseline }: CheckedBase,
  parent: ImageResult | undefined,
): Promise<boolean> {
  if (parent === undefined) return false;
  if (isUnchanged(parent)) return true;
  const upstream = releasedIn(parent)?.promotion.digest;
  if (upstream === undefined || published === undefined || baseline.kind !== 'recorded') return false;
  const image = { base, published, platforms: build.platforms };
  const { freshness } = await compareBase(registry, image, baseline, upstream);
  return freshness.kind === 'current' || freshness.kind === 'unchanged-for-platforms';
}

/** Whether an image of the plan was found, while the plan was carried out, to need no rebuild. */
export function isUnchanged(result: ImageResult): boolean {
  return result.kind === 'skipped' && result.step.failure === undefined;
}
