import { type CheckedImage, isReasonToRebuild, strayTags } from '../check/checked.ts';
import { attempt, describeFailure, fail } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';
import { annotationKeys } from '../oci/manifest.ts';
import { type Platform, samePlatform } from '../oci/platform.ts';
import { familiar, formatReference, withDigest } from '../oci/reference.ts';
import { unexpectedDigest } from '../promote/release.ts';
import type { BuildOrder, BuiltImage, Engine } from '../rebuild/engine.ts';
import { proveLayers } from '../rebuild/prove-layers.ts';
import { allParts, configPlatform, type PlatformParts } from '../rebuild/rebase/parts.ts';
import type { Admission } from '../rebuild/repeats/guard.ts';
import type { EngineName } from '../rebuild/settings.ts';
import { ruleFor } from '../sign/rules.ts';
import type { Run } from './context.ts';
import { findPromotion } from './promotion-evidence.ts';

/**
 * What was made of the same inputs already, under the tag of their key or by the word of the register. It is taken only
 * where it is whole and stands on the pinned bases by its layers and its own record, and goes through the gate like any other.
 */
export async function findCandidate(
  run: Run,
  order: BuildOrder,
  engine: Engine,
  known: Pick<Extract<Admission, { readonly kind: 'new' }>, 'made' | 'done'>,
): Promise<BuiltImage | undefined> {
  const { registry, host, config } = run;
  const { name } = order.build;
  // Whoever may push to the repository can put something under the key, and the key of this run would sign it.
  if (config.sign !== undefined && engine.remakes === undefined) {
    host.log('debug', `${name}: what is signed here is built here, so no candidate is looked for`);
    return undefined;
  }
  const found = await attempt(name, async () => {
    const digest = (await unexpectedDigest(registry, order.candidate)) ?? known.done;
    if (digest === undefined) return undefined;
    // What cannot be made again is that which its builder wrote down.
    if (engine.remakes === undefined && digest !== known.made && digest !== known.done) throw foreign(order, digest);
    const reference = withDigest(order.candidate, digest);
    const manifest = await registry.manifest(reference);
    if (manifest.document.annotations[annotationKeys.bases] !== order.annotations[annotationKeys.bases])
      return undefined;
    const parts = await allParts(registry, { reference, manifest });
    if (!isWhole(order, parts)) return undefined;
    for (const part of parts) await proveLayers(registry, order, part);
    // Who may push it has every word in it: what can be made again has to be as this engine makes it.
    if ((await engine.remakes?.(order, { reference, manifest })) === false) return undefined;
    const notes = [`${familiar(order.candidate)} was made of the same inputs before`];
    const made = { reference, digest, engine: engine.name, pinned: order.pins };
    return { ...made, evidence: 'layers' as const, durationMs: 0, notes };
  });
  if (found.kind === 'done') return found.value;
  host.log('debug', `${name}: ${familiar(order.candidate)} is not taken: ${describeFailure(found.failure)}`);
  return undefined;
}

function foreign({ candidate }: BuildOrder, digest: Digest) {
  const fact = `names ${digest}, which the register of its key does not have as made`;
  return fail('base-unknown', familiar(candidate), fact, 'build it');
}

function isWhole({ build }: BuildOrder, parts: readonly PlatformParts[]): boolean {
  const has = (wanted: Platform) => parts.some(({ config }) => samePlatform(configPlatform(config), wanted));
  return parts.length > 0 && build.platforms.every(has);
}

/**
 * What the first release tag names, where a promotion of it to the others was broken off: its record names each of them, and
 * what it named then it names still. Undefined where anything else is a reason to rebuild.
 */
export async function findBegun(
  run: Run,
  image: CheckedImage,
  order: BuildOrder,
  engine: EngineName,
): Promise<BuiltImage | undefined> {
  const { published, build } = image;
  const strays = strayTags(image);
  if (published === undefined || strays.length === 0 || image.bases.some(isReasonToRebuild)) return undefined;
  const { digest } = published.manifest.descriptor;
  const reference = withDigest(published.reference, digest);
  // Without a rule of whose records are believed, anybody who may push could have this run sign what they put there.
  if (run.config.sign !== undefined && ruleFor(run.config.trustAttested, reference) === undefined) return undefined;
  const found = await attempt(build.name, () => findPromotion(run, reference));
  if (found.kind === 'failed' || found.value.kind === 'unproven') return undefined;
  const { record } = found.value;
  const isBegun = strays.every((stray) => {
    const name = formatReference(stray.reference);
    return record.tags.some((tag) => tag.reference === name && tag.previous === stray.digest);
  });
  if (!isBegun) return undefined;
  const notes = [`its promotion of ${record.at} was broken off between two tags`];
  return { reference, digest, engine, pinned: order.pins, evidence: 'layers', durationMs: 0, notes };
}
