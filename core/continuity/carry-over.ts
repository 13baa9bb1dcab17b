import type { PublishedImage } from '../baseline/published.ts';
import type { StatedSettings } from '../dockerfile/stated-settings.ts';
import { describeFailure, type Failure } from '../failure.ts';
import { withDigest } from '../oci/reference.ts';
import type { BuildOrder, BuiltImage } from '../rebuild/engine.ts';
import type { Registry } from '../registry/registry.ts';
import { given } from '../table.ts';
import { assess } from './assess.ts';
import { finalForm } from './assess-shape.ts';
import type { AssessedDifference, Change, FormComparison, PlannedSigning } from './assessed.ts';
import { attachBeside, attestAnew, type MakeSboms, storeInline } from './attest-anew.ts';
import type { Broken, Continuity, Difference, Explained } from './difference.ts';
import { type ImageForm, readForm, type StandingSignature } from './form.ts';
import { lossesElsewhere, type OtherTag } from './other-tags.ts';
import { readBases } from './read-bases.ts';
import { rewritePlatforms, rewriteTop } from './rewrite.ts';
import type { ContinuitySettings } from './settings.ts';
import type { SourceChange } from './source-change.ts';

/** What the continuity of one image is checked with. */
export interface Succession extends ContinuitySettings {
  readonly registry: Registry;
  readonly order: BuildOrder;
  readonly published: PublishedImage;
  /** What other release tags name, where that is another image or stands in another repository. */
  readonly others?: readonly OtherTag[];
  /** Whether the run says that the source is to be another than that of what is published. */
  readonly isOtherSourceMeant?: boolean;
  /** What the two sources say, where the candidate is not built from the commit of the published image. */
  readonly sources?: SourceChange;
  /** What the Dockerfile of the published image states; absent where that is not known. */
  readonly stated?: StatedSettings;
  readonly signing?: PlannedSigning;
  readonly makeSboms: MakeSboms;
  readonly now: () => Date;
}

/** A candidate with what the published image has, and how the two differ. */
export interface Successor {
  readonly built: BuiltImage;
  readonly continuity: Continuity;
  /** The signatures of what is published under all release tags, each of which the candidate is to have of the same signer. */
  readonly signatures: readonly StandingSignature[];
}

/** Compares what was built with the image that it is to replace, makes it have what the build left out, and compares again. */
export async function carryOver(succession: Succession, built: BuiltImage): Promise<Successor> {
  const { registry, published, order, others = [], isOtherSourceMeant = false } = succession;
  const form = await readForm(registry, published, true);
  const made = await madeAlike(succession, built, await comparisonOf(succession, form, built));
  const { comparison, continuity } = made;
  const source = given('source', order.source);
  const common = { registry, published, others, built: made.built, comparison, isOtherSourceMeant, ...source };
  const elsewhere = await lossesElsewhere(common);
  return {
    built: made.built,
    continuity: {
      carried: continuity.carried,
      explained: [...continuity.explained, ...elsewhere.explained],
      broken: [...continuity.broken, ...elsewhere.broken],
    },
    signatures: [...form.signatures, ...elsewhere.signatures],
  };
}

interface MadeAlike extends Pick<Successor, 'built' | 'continuity'> {
  readonly comparison: FormComparison;
}

async function madeAlike(succession: Succession, built: BuiltImage, first: FormComparison): Promise<MadeAlike> {
  const assessed = assess(first);
  if (!assessed.some(({ verdict }) => verdict.kind === 'carry'))
    return { built, comparison: first, continuity: concluded(assessed, []) };
  const made = await makeAlike(succession, built, first, assessed);
  const comparison = { ...first, candidate: await candidateForm(succession, made.built) };
  const after = assess(comparison);
  const left = new Set(after.map(nameOf));
  const carried = assessed.filter((one) => one.verdict.kind === 'carry' && !left.has(nameOf(one)));
  return { built: made.built, comparison, continuity: concluded(after, carried, made.failures) };
}

async function comparisonOf(succession: Succession, published: ImageForm, built: BuiltImage): Promise<FormComparison> {
  const { registry, order, signing, sources, stated, accept } = succession;
  const candidate = await candidateForm(succession, built);
  const revision = order.source?.revision;
  return {
    published,
    candidate,
    bases: await readBases(registry, built.pinned, candidate),
    hasBase: built.pinned.some(({ base }) => base.runtime && base.reachable),
    accept,
    ...given('sources', sources),
    ...given('stated', stated),
    ...(revision === undefined ? {} : { revision: order.source?.dirty === true ? `${revision}-dirty` : revision }),
    ...(signing === undefined ? {} : { signing }),
  };
}

// Nothing stands beside it yet but what was attested of a plain manifest, which has no index to list that.
async function candidateForm({ registry }: Succession, { reference }: BuiltImage): Promise<ImageForm> {
  const manifest = await registry.manifest(reference);
  return readForm(registry, { reference, manifest }, manifest.document.kind === 'manifest');
}

async function makeAlike(
  succession: Succession,
  built: BuiltImage,
  comparison: FormComparison,
  assessed: readonly AssessedDifference[],
): Promise<{ readonly built: BuiltImage; readonly failures: readonly Failure[] }> {
  const { registry, order } = succession;
  const { candidate } = order;
  const wanted = assessed.filter(({ verdict }) => verdict.kind === 'carry');
  const changes = wanted.flatMap(({ verdict }): readonly Change[] =>
    verdict.kind === 'carry' && verdict.change !== undefined ? [verdict.change] : [],
  );
  const image = { reference: built.reference, manifest: await registry.manifest(built.reference) };
  const platforms = await rewritePlatforms(registry, image, comparison.candidate, changes);
  const form = finalForm(comparison);
  const lost = wanted.filter(({ aspect }) => aspect === 'attestations').flatMap(({ from }) => from ?? []);
  const isOther = form === 'manifest' && platforms[0]?.manifest.descriptor.digest !== built.digest;
  const types = [...lost, ...(isOther ? leftBehind(comparison.candidate) : [])];
  const { predicates, failures } = await attestAnew({ ...succession, built }, types, platforms);
  const added = form === 'index' ? await storeInline(registry, candidate, predicates) : [];
  const digest = await rewriteTop(registry, candidate, image, {
    form,
    platforms,
    changes,
    annotations: order.annotations,
    added,
  });
  if (form === 'manifest') await attachBeside(registry, candidate, digest, predicates);
  return { built: { ...built, digest, reference: withDigest(candidate, digest) }, failures };
}

// What stands beside a plain manifest names it, and not what it becomes.
function leftBehind({ attestations }: ImageForm): readonly string[] {
  return attestations.filter(({ place, signed }) => place === 'beside' && !signed).map(({ type }) => type);
}

function concluded(
  assessed: readonly AssessedDifference[],
  carried: readonly AssessedDifference[],
  failures: readonly Failure[] = [],
): Continuity {
  return {
    carried: carried.map(differenceOf),
    explained: assessed.flatMap((one): readonly Explained[] =>
      one.verdict.kind === 'explained' ? [{ ...differenceOf(one), because: one.verdict.because }] : [],
    ),
    broken: assessed.flatMap((one): readonly Broken[] =>
      one.verdict.kind === 'explained'
        ? []
        : [{ ...differenceOf(one), remedy: remedyOf(one.verdict.remedy, one, failures) }],
    ),
  };
}

function remedyOf(remedy: string, { aspect }: AssessedDifference, failures: readonly Failure[]): string {
  const [why] = aspect === 'attestations' ? failures : [];
  return why === undefined ? remedy : `${remedy} (${describeFailure(why).replace(/\.$/, '')})`;
}

function differenceOf({ verdict: _, ...difference }: AssessedDifference): Difference {
  return difference;
}

function nameOf({ aspect, what, platform }: Difference): string {
  return JSON.stringify([aspect, what, platform ?? null]);
}
