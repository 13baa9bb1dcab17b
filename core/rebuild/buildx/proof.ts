import { readProvenance } from '../../baseline/provenance.ts';
import { imageEntries } from '../../baseline/published.ts';
import { dialectIn } from '../../discover/read-build.ts';
import { readDockerfile } from '../../dockerfile/read.ts';
import { fail } from '../../failure.ts';
import type { Digest } from '../../oci/digest.ts';
import type { StoredManifest } from '../../oci/manifest.ts';
import { formatPlatform, type Platform } from '../../oci/platform.ts';
import {
  familiar,
  formatReference,
  parseReference,
  type Reference,
  sameRepository,
  withDigest,
} from '../../oci/reference.ts';
import type { Registry } from '../../registry/registry.ts';
import type { BuildOrder, Pin } from '../engine.ts';
import type { BuildSettings } from '../settings.ts';
import { sbomGenerator } from './sbom.ts';

/** What BuildKit pushed, and what it was made from. */
export interface Built {
  readonly reference: Reference;
  readonly manifest: StoredManifest;
  readonly dockerfile: string;
  readonly settings: Pick<BuildSettings, 'sbomGenerator'>;
}

/** Throws unless BuildKit's provenance of every platform names images of the pinned digests only, and all of these. */
export async function provePins(registry: Registry, order: BuildOrder, built: Built): Promise<void> {
  const subject = order.build.name;
  const provenances = await readProvenance(registry, built);
  const isIndex = built.manifest.document.kind === 'index';
  const images = isIndex ? await imageEntries(registry, built) : [];
  if (images.length === 0) throw refuted(subject, 'BuildKit wrote no index with provenance');
  const used = new Set<Digest>();
  const pinned = new Set(order.pins.map(({ digest }) => digest));
  for (const image of images) {
    const provenance = provenances.find((candidate) => candidate.subject === image.descriptor.digest);
    if (provenance === undefined) throw refuted(subject, `${formatPlatform(image.platform)} has no provenance`);
    for (const { reference, digest } of provenance.materials) {
      if (!pinned.has(digest) && !isGenerator(sbomGenerator(order, built.settings), reference)) {
        throw refuted(
          subject,
          `it was built on ${formatReference(withDigest(reference, digest))}, which is not pinned`,
        );
      }
      used.add(digest);
    }
    const digests = new Set(provenance.materials.map(({ digest }) => digest));
    const unused = neededOn(order, built.dockerfile, image.platform).find(({ digest }) => !digests.has(digest));
    if (unused !== undefined)
      throw refuted(subject, `${formatPlatform(image.platform)} did not use ${pinText(unused)}`);
  }
  const missing = order.pins.find(({ base, digest }) => base.reachable && base.via !== 'syntax' && !used.has(digest));
  if (missing === undefined) return;
  throw refuted(subject, `${pinText(missing)} was not used`);
}

// What a platform needs can differ: a FROM line may name its architecture.
function neededOn({ build, pins }: BuildOrder, dockerfile: string, platform: Platform): readonly Pin[] {
  const { args, contexts, target } = build;
  const platforms = { build: platform, target: platform };
  const asked = target === undefined ? {} : { target };
  const reading = readDockerfile(dockerfile, { args, contexts, platforms, ...asked, ...dialectIn(build) });
  if (reading.kind === 'refused') return [];
  const needed = reading.bases.filter((base) => base.reachable && base.via !== 'syntax');
  return pins.filter(({ base }) =>
    needed.some(({ line, via, expanded }) => line === base.line && via === base.via && expanded === base.expanded),
  );
}

function isGenerator(generator: string | undefined, { registry, repository }: Reference): boolean {
  return generator !== undefined && sameRepository(parseReference(generator), { registry, repository });
}

function pinText({ base, digest }: Pin): string {
  return `${familiar(base.reference)} at ${digest}`;
}

function refuted(subject: string, fact: string) {
  return fail(
    'build-failed',
    subject,
    `provenance does not prove the pinned bases: ${fact}`,
    'nothing was promoted; name every image that the build uses in its Dockerfile',
  );
}
