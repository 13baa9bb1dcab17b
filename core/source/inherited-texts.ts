import { readBaseline } from '../baseline/ladder.ts';
import { type PublishedImage, platformManifests } from '../baseline/published.ts';
import type { Sources } from '../baseline/sources.ts';
import type { DetectedDockerfile } from '../discover/build.ts';
import { withDigest } from '../oci/reference.ts';

type Texts = Readonly<Record<string, string>>;

/** Labels and annotations of the base of a published image: what an image inherits says nothing of its own source. */
export interface InheritedTexts {
  readonly labels: Texts;
  readonly annotations: Texts;
  /** Whether that is the recorded base; otherwise these are those of the base as it is now. */
  readonly isKnown: boolean;
}

const nothing: InheritedTexts = { labels: {}, annotations: {}, isKnown: true };

/** Reads what a published image may have from its base. */
export async function textsOfBase(
  sources: Sources,
  dockerfile: DetectedDockerfile,
  published: PublishedImage,
): Promise<InheritedTexts> {
  const runtime = dockerfile.kind === 'read' ? dockerfile.bases.find((base) => base.runtime) : undefined;
  if (runtime === undefined) return nothing;
  const baseline = await readBaseline(sources, published, runtime);
  const isKnown = baseline.kind === 'recorded';
  const reference = isKnown ? withDigest(runtime.reference, baseline.digest) : runtime.reference;
  const manifest = await sources.registry.manifest(reference);
  const [first] = await platformManifests(sources.registry, { reference, manifest });
  if (first === undefined) return { ...nothing, isKnown };
  const { labels } = await sources.registry.config(reference, first.manifest);
  return { labels, annotations: { ...manifest.document.annotations, ...first.manifest.document.annotations }, isKnown };
}

/** Whether a text of an image may be that of its base. */
export function mayBeInherited(inherited: InheritedTexts, at: 'labels' | 'annotations', key: string, text: string) {
  const ofBase = inherited[at][key];
  // What another version of the base says of itself is another text.
  return inherited.isKnown ? ofBase === text : ofBase !== undefined;
}
