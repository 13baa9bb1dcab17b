import type { CheckedBase, CheckedImage } from '../check/checked.ts';
import { upstreamOf } from '../check/compare.ts';
import { FailureError, fail } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';
import { familiar, withDigest } from '../oci/reference.ts';
import { candidateAnnotations, candidateFor } from '../rebuild/candidate.ts';
import type { BuildOrder, Pin } from '../rebuild/engine.ts';
import type { BuiltSource } from '../source/record.ts';
import { given } from '../table.ts';
import type { Run } from './context.ts';
import { type Finished, releasedIn } from './image-result.ts';

/** Puts together all that an engine needs of an image: its bases at the digests that were compared, and where the candidate goes. */
export function orderFor(
  run: Run,
  { image, step }: { readonly image: CheckedImage; readonly step?: { readonly epoch?: string } },
  finished: Finished,
): BuildOrder {
  const { build, published, releasedDockerfile } = image;
  const [release] = build.releases;
  if (release === undefined) throw fail('config', build.name, 'has no release tag', 'name its image');
  const pins = image.bases.map((checked) => pinFor(checked, finished));
  return {
    build,
    root: run.config.root,
    pins,
    candidate: candidateFor(release, run.world),
    annotations: candidateAnnotations(pins, releasedSource(image)),
    ...given('epoch', step?.epoch),
    ...given('published', published),
    ...given('releasedDockerfile', releasedDockerfile),
  };
}

// Swapping layers leaves the image's own content, and so its source, as it is.
function releasedSource({ source }: CheckedImage): BuiltSource | undefined {
  return source?.kind === 'recorded' ? { revision: source.revision, dirty: source.dirty } : undefined;
}

function pinFor(checked: CheckedBase, finished: Finished): Pin {
  const { base, baseline, parent } = checked;
  const from = baseline.kind === 'recorded' ? { from: baseline.digest } : {};
  const made = parent === undefined ? undefined : finished.get(parent);
  const built = made === undefined ? undefined : releasedIn(made)?.built;
  if (built !== undefined) return { base, digest: built.digest, source: built.reference, ...from };
  const digest = upstreamDigest(checked);
  return { base, digest, source: withDigest(base.reference, digest), ...from };
}

function upstreamDigest({ base, freshness }: CheckedBase): Digest {
  if (freshness.kind === 'unknown') throw new FailureError(freshness.failure);
  const digest = upstreamOf(freshness);
  if (digest !== undefined) return digest;
  throw fail('not-found', familiar(base.reference), 'has never been published', 'publish it first');
}
