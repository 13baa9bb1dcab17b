import { readBaseline } from '../baseline/ladder.ts';
import type { BaseImage } from '../dockerfile/base-image.ts';
import { attempt, fail, isAbsent } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';
import { familiar, formatReference, type Reference } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import { applyCheckRules } from './apply-check-rules.ts';
import type { CheckRules } from './check-rules.ts';
import type { CheckedBase } from './checked.ts';
import { compareBase, type StandingImage } from './compare-base.ts';

/** The builds of the repository by the references that they publish. */
export type Parents = ReadonlyMap<string, string>;

interface Question extends StandingImage {
  readonly parents: Parents;
  readonly own: string;
}

/** Resolves one base, reads what the published image was built on, and compares the two. */
export async function checkBase(rules: CheckRules, question: Question): Promise<CheckedBase> {
  const { sources } = rules;
  const { base, published, parents, own } = question;
  const name = formatReference(base.reference);
  const parentName = parents.get(name);
  if (parentName === own) return onItself(base, own);
  const parent = parentName === undefined ? {} : { parent: parentName };
  const [upstream, baseline] = await Promise.all([
    attempt(name, () => resolve(sources.registry, base.reference)),
    published === undefined ? ({ kind: 'absent' } as const) : readBaseline(sources, published, base),
  ]);
  if (upstream.kind === 'failed') {
    // The first build of a parent publishes what its children stand on.
    if (parentName !== undefined && isAbsent(upstream.failure)) {
      return { base, baseline, freshness: { kind: 'missing' }, platforms: [], ...parent };
    }
    return { base, baseline, freshness: { kind: 'unknown', failure: upstream.failure }, platforms: [], ...parent };
  }
  const checked = await attempt(name, async () => {
    const compared = await compareBase(sources.registry, question, baseline, upstream.value);
    return applyCheckRules(rules, { base, isOurs: parentName !== undefined }, compared);
  });
  if (checked.kind === 'done') return { base, ...checked.value, ...parent };
  return { base, baseline, freshness: { kind: 'unknown', failure: checked.failure }, platforms: [], ...parent };
}

// An image always begins with its own layers: nothing could show that it is out of date, and every rebuild would be.
function onItself(base: BaseImage, own: string): CheckedBase {
  const detail = `is built on its own release tag ${familiar(base.reference)}, so that no rebuild could bring it up to date`;
  const { failure } = fail('cycle', own, detail, 'name a base that another build publishes');
  return { base, baseline: { kind: 'absent' }, freshness: { kind: 'unknown', failure }, platforms: [] };
}

// A base held by digest in git is what a build uses, whatever its tag names now; HEAD shows that it still exists.
async function resolve(registry: Registry, reference: Reference): Promise<Digest> {
  const { digest } = await registry.head(reference);
  return reference.digest ?? digest;
}
