import { field, mappingOf, parsed } from '../json.ts';
import { asDigest, type Digest } from '../oci/digest.ts';
import type { ImageConfig } from '../oci/manifest.ts';
import { asReference, type Reference } from '../oci/reference.ts';

/** Where buildpacks keep what an image is made of (platform specification, lifecycle metadata). */
export const lifecycleLabel = 'io.buildpacks.lifecycle.metadata';

/** The run image that buildpacks put an image on. */
export interface RunImageRecord {
  /** The tags that it is published under: its own, then its mirrors. */
  readonly names: readonly Reference[];
  /** What was consumed of it; absent where only a local image was. */
  readonly digest?: Digest;
  /** The diffID of its highest layer. */
  readonly topLayer: Digest;
}

/**
 * The run image that the lifecycle recorded. Labels are inherited: undefined where the layers above the run image are
 * not those that the record lists, for then something else was built on what buildpacks made.
 */
export function recordedRunImage({ labels, diffIds }: ImageConfig): RunImageRecord | undefined {
  const text = labels[lifecycleLabel];
  const metadata = mappingOf(parsed(text ?? ''));
  if (text === undefined || metadata === undefined) return undefined;
  const runImage = field(metadata, 'runImage');
  const topLayer = asDigest(textOf(field(runImage, 'topLayer')));
  const top = topLayer === undefined ? -1 : diffIds.indexOf(topLayer);
  const listed = new Set<string>(text.match(/sha256:[0-9a-f]{64}/g));
  if (topLayer === undefined || top === -1) return undefined;
  if (diffIds.slice(top + 1).some((diffId) => !listed.has(diffId))) return undefined;
  const stated = asReference(textOf(field(runImage, 'reference')));
  const named = field(runImage, 'image') === undefined ? field(field(metadata, 'stack'), 'runImage') : runImage;
  const mirrors = field(named, 'mirrors');
  const texts = [field(named, 'image'), ...(Array.isArray(mirrors) ? mirrors : [])];
  const names = texts.flatMap((name) => asReference(textOf(name)) ?? []).filter(({ tag }) => tag !== undefined);
  const digest = asDigest(stated?.digest ?? '');
  return { names, topLayer, ...(digest === undefined ? {} : { digest }) };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
