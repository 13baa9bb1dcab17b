import type { PublishedImage } from '../baseline/published.ts';
import type { Digest } from '../oci/digest.ts';
import { familiar } from '../oci/reference.ts';
import type { BuiltImage } from '../rebuild/engine.ts';
import type { Registry } from '../registry/registry.ts';
import type { BuiltSource, SourceRecord } from '../source/record.ts';
import { assess } from './assess.ts';
import type { AssessedDifference, FormComparison, PlatformBases } from './assessed.ts';
import { beginsWithLayers } from './compression.ts';
import type { Broken, Difference, Explained } from './difference.ts';
import { type ImageForm, type PlatformForm, readForm, type StandingSignature } from './form.ts';
import { readBases } from './read-bases.ts';

/** What another release tag names: another image than the first, or the same in another repository. */
export interface OtherTag {
  readonly image: PublishedImage;
  /** Of what it is built from; absent where that is the image of the first tag. */
  readonly source?: SourceRecord;
}

/** What is to be put under all release tags, and what it was compared with under the first. */
export interface CommonSuccession {
  readonly registry: Registry;
  readonly published: PublishedImage;
  readonly others: readonly OtherTag[];
  readonly built: BuiltImage;
  /** With the candidate as it is to be promoted. */
  readonly comparison: FormComparison;
  /** The source of a full build; absent where layers were swapped, and where the run says that it is to be another. */
  readonly source?: BuiltSource;
  readonly isOtherSourceMeant: boolean;
}

/** What the other release tags would lose, and who signed there. */
export interface OtherLosses {
  readonly explained: readonly Explained[];
  readonly broken: readonly Broken[];
  readonly signatures: readonly StandingSignature[];
}

/** Compares what is to be promoted with what the other release tags name: they are to lose nothing either. */
export async function lossesElsewhere(succession: CommonSuccession): Promise<OtherLosses> {
  const all = await Promise.all(succession.others.map((other) => lossesAt(succession, other)));
  return {
    explained: all.flatMap(({ explained }) => explained),
    broken: all.flatMap(({ broken }) => broken),
    signatures: all.flatMap(({ signatures }) => signatures),
  };
}

async function lossesAt(succession: CommonSuccession, other: OtherTag): Promise<OtherLosses> {
  const { registry, published, built, comparison } = succession;
  const form = await readForm(registry, other.image, true);
  const isSame = other.image.manifest.descriptor.digest === published.manifest.descriptor.digest;
  const bases = isSame
    ? comparison.bases
    : await readBases(registry, built.pinned, comparison.candidate, {
        form,
        published: other.image,
      });
  const assessed = assess({ ...comparison, published: form, bases });
  // Of the same image, only what stands beside it can be another.
  const differing = isSame ? assessed.filter(({ aspect }) => isBeside(aspect)) : assessed;
  const lost = [...differing, ...(isSame ? [] : ofAnother(succession, other, { form, bases }))];
  const name = familiar(other.image.reference);
  const remedy = `${name} names another image than ${familiar(published.reference)}: take it out of tags, or accept`;
  const place = ({ verdict: _, what, ...difference }: AssessedDifference): Difference => ({
    ...difference,
    what: `${what} of ${name}`,
  });
  return {
    explained: lost.flatMap((one) =>
      one.verdict.kind === 'explained' && one.verdict.because === 'accepted'
        ? [{ ...place(one), because: 'accepted' }]
        : [],
    ),
    broken: lost.flatMap((one) => {
      if (one.verdict.kind === 'explained') return [];
      const own = isSame || isBeside(one.aspect) ? one.verdict.remedy : `${remedy} ${one.aspect}`;
      return [{ ...place(one), remedy: own }];
    }),
    signatures: form.signatures,
  };
}

function isBeside(aspect: AssessedDifference['aspect']): boolean {
  return aspect === 'signature' || aspect === 'attestations';
}

interface Elsewhere {
  readonly form: ImageForm;
  readonly bases: ReadonlyMap<string, PlatformBases>;
}

// A tag that is apart may lag behind by its base alone, or be of another version: the base alone is exchanged.
function ofAnother(
  { comparison, source, isOtherSourceMeant }: CommonSuccession,
  other: OtherTag,
  standing: Elsewhere,
): readonly AssessedDifference[] {
  if (source !== undefined && isOtherSourceMeant) return [];
  const difference = source === undefined ? otherLayers(comparison, standing) : otherSource(other.source, source);
  if (difference === undefined) return [];
  const isAccepted = comparison.accept.includes('release-tags');
  const verdict = isAccepted
    ? ({ kind: 'explained', because: 'accepted' } as const)
    : ({ kind: 'broken', remedy: 'accept release-tags' } as const);
  return [{ ...difference, verdict }];
}

function otherSource(then: SourceRecord | undefined, now: BuiltSource): Difference | undefined {
  const from = then?.kind === 'recorded' && !then.dirty ? then.revision : undefined;
  const to = now.dirty ? undefined : now.revision;
  if (from !== undefined && from === to) return undefined;
  return { aspect: 'release-tags', what: 'source', from: from ?? 'not known', to: to ?? 'not known' };
}

// What layers were swapped below has the layers above unchanged.
function otherLayers({ candidate, bases: now }: FormComparison, { form, bases }: Elsewhere): Difference | undefined {
  const then = new Map(
    form.platforms.map((one) => [one.platform, layersAbove(one, bases.get(one.platform)?.before?.diffIds)]),
  );
  const other = candidate.platforms.find((one) => {
    const own = layersAbove(one, now.get(one.platform)?.after?.diffIds);
    return own === undefined || then.get(one.platform) !== own;
  });
  if (other === undefined) return undefined;
  const difference = { aspect: 'release-tags', what: 'layers above the base', platform: other.platform } as const;
  return { ...difference, from: 'other layers', to: 'those of the first release tag' };
}

function layersAbove({ diffIds }: PlatformForm, base: readonly Digest[] | undefined): string | undefined {
  return base === undefined || !beginsWithLayers(diffIds, base) ? undefined : diffIds.slice(base.length).join(' ');
}
