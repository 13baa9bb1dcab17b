import { layered, layerTree } from '../../../core/layers/filesystem.ts';
import type { LayerEntry, LayerFiles } from '../../../core/layers/layer-files.ts';
import type { ImageConfig } from '../../../core/oci/manifest.ts';
import { parseReference } from '../../../core/oci/reference.ts';
import type { BaseSide, RebaseEvidence } from '../../../core/rebuild/rebase/evidence.ts';
import { readHistory } from '../../../core/rebuild/rebase/history.ts';
import { mergeConfigs } from '../../../core/rebuild/rebase/merge-config.ts';
import { ownSettings } from '../../../core/rebuild/rebase/own-settings.ts';
import type { PlatformParts } from '../../../core/rebuild/rebase/parts.ts';
import { digestNo } from '../support.ts';

type Settings = Readonly<Record<string, unknown>>;

/** Two bases of one layer each, and an image on the old one. */
export interface Scene {
  readonly before: LayerFiles;
  readonly after: LayerFiles;
  /** The image's own layers, and what its history says of each; one without files made no layer. */
  readonly own: readonly { readonly createdBy: string; readonly files?: LayerFiles }[];
  readonly configs?: { readonly before?: Settings; readonly after?: Settings; readonly app?: Settings };
  readonly dockerfile?: string;
}

/** What a proof would rest on. */
export function evidenceOf({ before, after, own, configs = {}, dockerfile }: Scene): RebaseEvidence {
  const raw = own.map(({ createdBy, files }) => ({
    created_by: createdBy,
    ...(files === undefined ? { empty_layer: true } : {}),
  }));
  const layers = own.flatMap(({ files }) => (files === undefined ? [] : [files]));
  const history = readHistory(raw);
  const below = [{ created_by: 'ADD rootfs.tar / # buildkit' }];
  const app = partsOf(configs.app ?? configs.before ?? {}, [...below, ...raw], layers.length + 1);
  const settings = ownSettings(history, app.config.config);
  const merged = mergeConfigs({
    before: configs.before ?? {},
    after: configs.after ?? {},
    app: app.config.config,
    own: settings.sure,
  });
  const side = (files: LayerFiles, config: Settings, whole: Settings): BaseSide => ({
    parts: partsOf(config, below, 1),
    files: layered([files]),
    whole: layered([files, ...layers]),
    config: whole,
  });
  const filled = history.filter((entry) => entry.filled);
  const sides = {
    before: side(before, configs.before ?? {}, app.config.config),
    after: side(after, configs.after ?? {}, merged.config),
  };
  const numbered = layers.map((files, at) => {
    const by = filled[at];
    return { number: at + 2, files, tree: layerTree(files), ...(by === undefined ? {} : { by }) };
  });
  const ownFiles = new Map<string, LayerEntry>();
  for (const { files } of numbered) {
    for (const [path, { kind }] of files.entries) {
      const entry = sides.after.whole.at(path);
      if (kind !== 'directory' && entry !== undefined) ownFiles.set(path, entry);
    }
  }
  const share = { layers: app.manifest.layers.slice(1), diffIds: app.config.diffIds.slice(1), history: raw };
  const evidence = { app, share, ...sides, own: numbered, ownFiles, history, settings };
  return dockerfile === undefined ? evidence : { ...evidence, dockerfile };
}

function partsOf(config: Settings, history: readonly object[], count: number): PlatformParts {
  const digests = Array.from({ length: count }, (_, at) => digestNo(at));
  const descriptor = { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', size: 1 };
  const labels = (config.Labels ?? {}) as Readonly<Record<string, string>>;
  const image: ImageConfig = {
    architecture: 'amd64',
    os: 'linux',
    config,
    labels,
    diffIds: digests,
    history: [],
    raw: { history },
  };
  return {
    reference: parseReference('r.example/base:1'),
    manifest: {
      kind: 'manifest',
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: { ...descriptor, digest: digestNo(99) },
      layers: digests.map((digest) => ({ ...descriptor, digest })),
      annotations: {},
    },
    config: image,
  };
}
