import { attestedReader } from '../baseline/attested.ts';
import { readBaseline } from '../baseline/ladder.ts';
import type { PublishedImage } from '../baseline/published.ts';
import { registryAlone } from '../baseline/sources.ts';
import type { BaseImage } from '../dockerfile/base-image.ts';
import { attempt, describeFailure } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';
import { familiar, formatReference, type Reference, withDigest } from '../oci/reference.ts';
import { namedBase } from '../rebuild/rebase/named-base.ts';
import { whyNotOn } from '../rebuild/rebase/stands-on.ts';
import { readLockFile } from './check-builds.ts';
import type { Run } from './context.ts';
import { attestationVerifier } from './sign-stage.ts';

type Exact = Reference & { readonly digest: Digest };

/**
 * The base that a published image stands on, by its own evidence: what is recorded counts where the layers of the image
 * begin with those of that very digest. Undefined where nothing does; who owns a finding is unknown then.
 */
export async function scannedBase(run: Run, image: PublishedImage): Promise<Exact | undefined> {
  const subject = formatReference(image.reference);
  const read = await attempt(subject, () => standingBase(run, image));
  if (read.kind === 'failed') {
    run.host.log('warning', `owners of findings are unknown: ${describeFailure(read.failure)}`);
    return undefined;
  }
  const { base, why } = read.value;
  if (why !== undefined) run.host.log('warning', `owners of findings are unknown: ${why}`);
  return base;
}

/** The base that a published image stands on, or why what is recorded does not count; neither where nothing is recorded. */
export async function standingBase(
  run: Run,
  image: PublishedImage,
): Promise<{ readonly base?: Exact; readonly why?: string }> {
  const { registry, world, config } = run;
  const attested = attestedReader(registry, attestationVerifier(run));
  const sources = { ...registryAlone(registry), attested, lock: await readLockFile(world, config) };
  const named = await namedBase(sources, image);
  if (named === undefined) return {};
  const baseline = await readBaseline(sources, image, baseOf(named));
  const digest = baseline.kind === 'recorded' ? baseline.digest : named.digest;
  if (digest === undefined) return {};
  const base = withDigest(named, digest);
  const why = await whyNotOn(registry, image, base);
  if (why === undefined) return { base };
  return { why: `${formatReference(base)} is recorded as the base, but ${why}` };
}

// As a Dockerfile of one line would use it.
function baseOf(reference: Reference): BaseImage {
  const written = familiar(reference);
  return {
    reference,
    raw: written,
    expanded: written,
    via: 'from',
    line: 1,
    stage: 0,
    reachable: true,
    runtime: true,
    platform: null,
  };
}
