import { choosableEntries, choosablePlatforms, chosenFor, manifestsOf } from '../baseline/published.ts';
import { attempt, FailureError, isAbsent } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';
import type { StoredManifest } from '../oci/manifest.ts';
import { formatPlatform, type Platform, samePlatform } from '../oci/platform.ts';
import { formatReference, type Reference, withDigest } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';

/** What a reference names now. */
export type FoundReference =
  | { readonly kind: 'image'; readonly manifest: StoredManifest; readonly platforms: readonly Platform[] }
  | { readonly kind: 'absent' }
  | { readonly kind: 'not-an-image'; readonly detail: string };

/** Looks up what a reference names; throws what keeps it from being known. */
export async function find(registry: Registry, reference: Reference): Promise<FoundReference> {
  const subject = formatReference(reference);
  const read = await attempt(subject, () => registry.manifest(reference));
  if (read.kind === 'failed') {
    if (isAbsent(read.failure)) return { kind: 'absent' };
    throw new FailureError(read.failure);
  }
  const manifest = read.value;
  const platforms = await attempt(subject, () => choosablePlatforms(registry, { reference, manifest }));
  if (platforms.kind === 'done') return foundAs(manifest, platforms.value);
  if (platforms.failure.code === 'malformed') return { kind: 'not-an-image', detail: platforms.failure.detail };
  throw new FailureError(platforms.failure);
}

// An index of attestations alone, or of nothing, is nothing that a build could stand on.
function foundAs(manifest: StoredManifest, platforms: readonly Platform[]): FoundReference {
  const isUsable = platforms.some(({ os }) => os !== 'unknown');
  if (isUsable) return { kind: 'image', manifest, platforms };
  return { kind: 'not-an-image', detail: 'has no image for any platform' };
}

/** The platforms that are needed and not there. */
export function missingFrom(offered: readonly Platform[], needed: readonly Platform[]): readonly Platform[] {
  return needed.filter((platform) => !offered.some((other) => samePlatform(other, platform)));
}

/** Words for platforms that are not there. */
export function missingDetail(missing: readonly Platform[]): string {
  return `is not there for ${missing.map(formatPlatform).join(', ')}`;
}

/** When the youngest of the needed platforms says that it was made; undefined where one says nothing. */
export async function youngestCreated(
  registry: Registry,
  reference: Reference,
  manifest: StoredManifest,
  needed: readonly Platform[],
): Promise<string | undefined> {
  const times = [...(await createdTimes(registry, reference, manifest, needed))];
  return times.includes(undefined) ? undefined : times.sort().at(-1);
}

/** When each of the needed platforms says that it was made; undefined for one that says nothing. */
export async function createdTimes(
  registry: Registry,
  reference: Reference,
  manifest: StoredManifest,
  needed: readonly Platform[],
): Promise<readonly (string | undefined)[]> {
  const image = { reference, manifest };
  const isSingle = manifest.document.kind === 'manifest';
  const entries = (await choosableEntries(registry, image)).filter(
    ({ platform }) => isSingle || needed.some((other) => samePlatform(other, platform)),
  );
  const manifests = await manifestsOf(registry, image, entries);
  return Promise.all(manifests.map((one) => createdTime(registry, reference, one.manifest)));
}

async function createdTime(registry: Registry, reference: Reference, manifest: StoredManifest) {
  const { created } = await registry.config(reference, manifest);
  const time = new Date(created ?? '');
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

/** The platform of a pin that is the manifest of one; undefined where it is an index, or gone. */
export async function pinnedPlatform(
  registry: Registry,
  { registry: host, repository, digest }: Reference & { readonly digest: Digest },
): Promise<Platform | undefined> {
  const held = await find(registry, { registry: host, repository, digest });
  return held.kind === 'image' && held.manifest.document.kind === 'manifest' ? held.platforms[0] : undefined;
}

/** The digest of the manifest that an index has for a platform. */
export async function digestFor(
  registry: Registry,
  reference: Reference,
  digest: Digest,
  platform: Platform,
): Promise<Digest | undefined> {
  const exact = withDigest(reference, digest);
  const entry = await chosenFor(registry, { reference, manifest: await registry.manifest(exact) }, platform);
  return entry?.descriptor.digest;
}

/** What a pin is held on: the index that its tag is made of, or the manifest of one platform. */
export type PinState = 'current' | 'moved' | 'platform-manifest' | 'vanished';

/** Says how a pin fares beside what its tag names now. */
export async function pinState(
  registry: Registry,
  pinned: Reference & { readonly digest: Digest },
  now: FoundReference,
): Promise<PinState> {
  const { digest, registry: host, repository } = pinned;
  if (now.kind === 'image' && now.manifest.descriptor.digest === digest) return 'current';
  const held = await find(registry, { registry: host, repository, digest });
  if (held.kind === 'absent') return 'vanished';
  const isOfOnePlatform = held.kind === 'image' && held.manifest.document.kind === 'manifest';
  return isOfOnePlatform && now.kind === 'image' && now.manifest.document.kind === 'index'
    ? 'platform-manifest'
    : 'moved';
}
