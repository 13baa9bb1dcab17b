import { fail } from '../../failure.ts';
import type { Digest } from '../../oci/digest.ts';
import { formatPlatform, type Platform } from '../../oci/platform.ts';
import { familiar, withDigest } from '../../oci/reference.ts';
import type { Registry } from '../../registry/registry.ts';
import type { BuildOrder, Pin } from '../engine.ts';
import { partsFor, type RebasedImage } from './parts.ts';

/** The one base whose layers give way, as it was and as it is. */
export interface Swap {
  readonly pin: Pin;
  readonly before: RebasedImage;
  readonly after: RebasedImage;
}

/**
 * Finds the base to swap; throws `unsafe-rebase` where swapping one base cannot be all that a refresh needs: another
 * base moved for one of the platforms. With `any`, the others may have moved.
 */
export async function swapOf(
  registry: Registry,
  order: BuildOrder,
  platforms: readonly Platform[] | 'any',
): Promise<Swap> {
  const subject = order.build.name;
  const used = order.pins.filter(({ base }) => base.reachable && base.via !== 'syntax');
  const [pin, ...more] = used.filter(({ base }) => base.runtime);
  if (pin === undefined || more.length > 0) {
    throw unsafe(subject, pin === undefined ? 'it stands on no base image' : 'it stands on more than one base image');
  }
  const others = used.filter((candidate) => candidate !== pin);
  if (platforms !== 'any') await refuseMoved(registry, subject, others, platforms);
  if (pin.from === undefined) {
    const why = `nothing records which ${familiar(pin.base.reference)} it was built on`;
    throw unsafe(subject, why, 'build it whole once, or name that version with rebase --old-base');
  }
  return { pin, before: await imageAt(registry, pin, pin.from), after: await imageAt(registry, pin, pin.digest) };
}

async function refuseMoved(
  registry: Registry,
  subject: string,
  pins: readonly Pin[],
  platforms: readonly Platform[],
): Promise<void> {
  for (const pin of pins) {
    const why = await whyMoved(registry, pin, platforms);
    if (why !== undefined) throw unsafe(subject, why, 'build it whole: its build stages must run again');
  }
}

function unsafe(subject: string, why: string, remedy = 'build it whole once') {
  return fail('unsafe-rebase', subject, why, remedy);
}

// A new index with the same manifests for our platforms is no move: another architecture was published.
async function whyMoved(registry: Registry, pin: Pin, platforms: readonly Platform[]): Promise<string | undefined> {
  const { base, digest, from } = pin;
  const name = `${familiar(base.reference)} (${stageName(pin)})`;
  if (from === undefined) return `nothing records which ${name} it was built on`;
  if (from === digest) return undefined;
  // With --platform a stage need not run on the platforms of the image.
  if (base.platform !== null) return `${name} moved`;
  const [before, after] = [await imageAt(registry, pin, from), await imageAt(registry, pin, digest)];
  for (const platform of platforms) {
    const [old, fresh] = [await partsFor(registry, before, platform), await partsFor(registry, after, platform)];
    if (old === undefined || fresh === undefined || old.reference.digest !== fresh.reference.digest) {
      return `${name} moved for ${formatPlatform(platform)}`;
    }
  }
  return undefined;
}

function stageName({ base }: Pin): string {
  return typeof base.stage === 'string' ? `build stage "${base.stage}"` : `line ${base.line}`;
}

async function imageAt(registry: Registry, pin: Pin, digest: Digest): Promise<RebasedImage> {
  const { tag: _, ...place } = digest === pin.digest ? pin.source : pin.base.reference;
  const reference = withDigest(place, digest);
  return { reference, manifest: await registry.manifest(reference) };
}
