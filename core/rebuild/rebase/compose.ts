import { mappingOf } from '../../json.ts';
import { type Blob, blobOf } from '../../oci/blob.ts';
import { annotationKeys, type Descriptor, mediaTypes } from '../../oci/manifest.ts';
import { formatPlatform } from '../../oci/platform.ts';
import { formatReference } from '../../oci/reference.ts';
import { rebasedLabels } from './buildpacks.ts';
import type { HistoryEntry } from './history.ts';
import type { PlatformParts, RebasedImage } from './parts.ts';
import type { PlatformRebase } from './platform-rebase.ts';
import { baseHistory } from './prefix.ts';

export interface ComposedImage {
  readonly rebase: PlatformRebase;
  readonly config: Blob;
  readonly manifest: Blob;
  readonly notes: readonly string[];
}

type Annotations = Readonly<Record<string, string>>;

/** The configuration and manifest of one platform on its new base. */
export function composeImage(rebase: PlatformRebase, annotations: Annotations, created: string): ComposedImage {
  const { app, after, share, merged, history } = rebase;
  const { raw } = app.config;
  const settings = ofBuildpacks(merged.config, rebase);
  const config = blobOf(mediaTypes.ociConfig, {
    ...raw,
    ...authorOf(app, after, history),
    ...(after.config.osVersion === undefined ? {} : { 'os.version': after.config.osVersion }),
    created,
    config: relabelled(settings, annotations),
    rootfs: { type: 'layers', diff_ids: [...after.config.diffIds, ...share.diffIds] },
    history: [...baseHistory(after), ...share.history],
  });
  const manifest = blobOf(mediaTypes.ociManifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    ...(app.manifest.artifactType === undefined ? {} : { artifactType: app.manifest.artifactType }),
    config: config.descriptor,
    layers: [...after.manifest.layers, ...share.layers].map(ociLayer),
    annotations: { ...app.manifest.annotations, ...annotations },
  });
  const where = formatPlatform(rebase.platform);
  return { rebase, config, manifest, notes: merged.conflicts.map((name) => conflictNote(name, where)) };
}

/** The index over the new manifests, in the order of the old one's images; its attestations give way to those of the new ones. */
export function composeIndex(
  { manifest: { document } }: RebasedImage,
  images: readonly ComposedImage[],
  attestations: readonly Descriptor[],
  annotations: Annotations,
): Blob {
  const manifests = images.map(
    ({
      manifest,
      rebase: {
        app: { entry },
      },
    }) => ({
      ...manifest.descriptor,
      ...imageAnnotations(entry),
      ...(entry?.platform === undefined ? {} : { platform: written(entry.platform) }),
    }),
  );
  return blobOf(mediaTypes.ociIndex, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: [...manifests, ...attestations],
    annotations: { ...document.annotations, ...annotations },
  });
}

// MAINTAINER is the one instruction whose setting stands beside the others.
function authorOf(app: PlatformParts, after: PlatformParts, history: readonly HistoryEntry[]) {
  const isOwn = history.some(({ step }) => step.kind === 'setting' && step.keyword === 'maintainer');
  const { author } = (isOwn ? app : after).config.raw;
  return { author: author ?? undefined };
}

function ofBuildpacks(config: Readonly<Record<string, unknown>>, { after, name }: PlatformRebase) {
  const labels = mappingOf(config.Labels);
  const topLayer = after.config.diffIds.at(-1);
  if (labels === undefined || topLayer === undefined) return config;
  const run = { topLayer, reference: formatReference(after.reference), name, labels: after.config.labels };
  return { ...config, Labels: rebasedLabels(labels, run) };
}

// An image is no attestation of another: what would call it one does not go on to the new index.
function imageAnnotations(entry: Descriptor | undefined): Pick<Descriptor, 'annotations'> {
  if (entry?.annotations === undefined) return {};
  const own = Object.entries(entry.annotations).filter(([key]) => !key.startsWith('vnd.docker.reference.'));
  return own.length === 0 ? {} : { annotations: Object.fromEntries(own) };
}

const layerTypes: Readonly<Record<string, string>> = {
  'application/vnd.docker.image.rootfs.diff.tar.gzip': 'application/vnd.oci.image.layer.v1.tar+gzip',
  'application/vnd.docker.image.rootfs.diff.tar': 'application/vnd.oci.image.layer.v1.tar',
  'application/vnd.docker.image.rootfs.diff.tar.zstd': 'application/vnd.oci.image.layer.v1.tar+zstd',
};

// Annotations are OCI's alone, and a manifest should not mix its types with Docker's: the bytes are the same.
export function ociLayer({ mediaType, digest, size, annotations }: Descriptor): Descriptor {
  return {
    mediaType: layerTypes[mediaType] ?? mediaType,
    digest,
    size,
    ...(annotations === undefined ? {} : { annotations }),
  };
}

// Labels of an earlier build that tell the base would contradict the annotations.
function relabelled(config: Readonly<Record<string, unknown>>, annotations: Annotations) {
  const { Labels: labels } = config;
  if (typeof labels !== 'object' || labels === null) return config;
  const repeated = Object.values(annotationKeys).filter((key) => Object.hasOwn(labels, key) && key in annotations);
  return { ...config, Labels: { ...labels, ...Object.fromEntries(repeated.map((key) => [key, annotations[key]])) } };
}

function written({ os, architecture, variant, osVersion }: NonNullable<Descriptor['platform']>) {
  return {
    architecture,
    os,
    ...(osVersion === undefined ? {} : { 'os.version': osVersion }),
    ...(variant === undefined ? {} : { variant }),
  };
}

function conflictNote(name: string, where: string): string {
  return `${where}: ${name} was set by the image and changed by the new base; the image's value stays`;
}
