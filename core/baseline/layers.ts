import type { BaseImage } from '../dockerfile/base-image.ts';
import { attempt, FailureError, isAbsent } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';
import type { StoredManifest } from '../oci/manifest.ts';
import type { Platform } from '../oci/platform.ts';
import { formatReference, type Reference, type Repository, withDigest } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import { recordOfPlatforms } from './per-platform.ts';
import { chosenFor, type PlatformManifest, type PublishedImage, platformManifests } from './published.ts';
import type { Rung } from './rung.ts';
import { recentDigests } from './sources.ts';
import { beginsWith, type ImageContent, type Standing, standingOn } from './stands-on.ts';

/** Earlier digests that are tried: each costs a request for its index and one a platform. */
const mostEarlier = 4;

/**
 * The content itself: layers, diffIDs, history and inherited configuration, held against the base as it is now and as it was lately, and
 * against what somebody claims that it is.
 */
export const byLayers: Rung = async (sources, image, base, claimed) => {
  if (!base.runtime) return undefined;
  const { registry } = sources;
  const now = base.reference.digest ?? (await registry.head(base.reference)).digest;
  const earlier = recentDigests(sources, base.reference).filter((digest) => digest !== now);
  const candidates = [...new Set([now, ...claimed, ...earlier.slice(0, mostEarlier)])];
  const platforms = await platformManifests(registry, image);
  const found = await Promise.all(
    platforms.map(async (platform) => {
      const closest = await closestOf(registry, { image, platform, base }, candidates);
      return { platform: base.platform ?? platform.platform, ...closest };
    }),
  );
  const isSure = found.every(({ standing }) => standing === 'wholly');
  const entries = found.map(({ platform, standing, digest }) => ({
    platform,
    digest: standing === 'wholly' || standing === 'but-for-dates' ? digest : undefined,
  }));
  const record = recordOfPlatforms(entries, isSure ? {} : { confidence: 'low' });
  if (record !== undefined) return record;
  const bare = found.find(({ standing }) => standing === 'layers-only');
  return bare === undefined ? undefined : { layersOf: bare.digest };
};

interface Subject {
  readonly image: PublishedImage;
  readonly platform: PlatformManifest;
  readonly base: BaseImage;
}

interface Closest {
  readonly standing: Standing;
  readonly digest: Digest;
}

const closestFirst: readonly Standing[] = ['wholly', 'but-for-dates', 'layers-only', 'elsewhere'];

async function closestOf(registry: Registry, subject: Subject, candidates: readonly Digest[]): Promise<Closest> {
  const tried: Closest[] = [];
  for (const digest of candidates) {
    const standing = await standingOnDigest(registry, subject, digest);
    tried.push({ standing, digest });
    if (standing === 'wholly') break;
  }
  const [closest] = tried.toSorted((a, b) => closestFirst.indexOf(a.standing) - closestFirst.indexOf(b.standing));
  if (closest === undefined) throw new Error('no digest of the base to hold the image against');
  return closest;
}

async function standingOnDigest(registry: Registry, subject: Subject, digest: Digest): Promise<Standing> {
  const reference = withDigest(subject.base.reference, digest);
  const wanted = subject.base.platform ?? subject.platform.platform;
  const read = await attempt(formatReference(reference), () => platformOf(registry, reference, wanted));
  if (read.kind === 'failed') {
    // Registries drop what no tag names any more.
    if (isAbsent(read.failure)) return 'elsewhere';
    throw new FailureError(read.failure);
  }
  const [ours, theirs] = [subject.platform.manifest, read.value];
  if (theirs === undefined || !mayStandOn(ours, theirs)) return 'elsewhere';
  const [image, base] = await Promise.all([
    contentOf(registry, subject.image.reference, ours),
    contentOf(registry, reference, theirs),
  ]);
  return image === undefined || base === undefined ? 'elsewhere' : standingOn(image, base);
}

// Configurations are fetched only where the layers agree.
function mayStandOn({ document: ours }: StoredManifest, { document: theirs }: StoredManifest): boolean {
  return ours.kind === 'manifest' && theirs.kind === 'manifest' && beginsWith(ours, theirs);
}

async function platformOf(
  registry: Registry,
  reference: Reference,
  wanted: Platform,
): Promise<StoredManifest | undefined> {
  const manifest = await registry.manifest(reference);
  const chosen = await chosenFor(registry, { reference, manifest }, wanted);
  return chosen === undefined ? undefined : registry.manifest(withDigest(reference, chosen.descriptor.digest));
}

async function contentOf(
  registry: Registry,
  repository: Repository,
  stored: StoredManifest,
): Promise<ImageContent | undefined> {
  const { document } = stored;
  if (document.kind !== 'manifest') return undefined;
  return { manifest: document, config: await registry.config(repository, stored) };
}
