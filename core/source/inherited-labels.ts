import { readBaseline } from '../baseline/ladder.ts';
import { type PublishedImage, platformManifests } from '../baseline/published.ts';
import type { Sources } from '../baseline/sources.ts';
import type { DetectedDockerfile } from '../discover/build.ts';
import { withDigest } from '../oci/reference.ts';

/** The labels of the base that a published image stands on: what an image inherits says nothing of its own source. */
export async function labelsOfBase(
  sources: Sources,
  dockerfile: DetectedDockerfile,
  published: PublishedImage,
): Promise<Readonly<Record<string, string>>> {
  const runtime = dockerfile.kind === 'read' ? dockerfile.bases.find((base) => base.runtime) : undefined;
  if (runtime === undefined) return {};
  const baseline = await readBaseline(sources, published, runtime);
  if (baseline.kind !== 'recorded') return {};
  const reference = withDigest(runtime.reference, baseline.digest);
  const base = { reference, manifest: await sources.registry.manifest(reference) };
  const [first] = await platformManifests(sources.registry, base);
  return first === undefined ? {} : (await sources.registry.config(reference, first.manifest)).labels;
}
