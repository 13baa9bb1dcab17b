import { layered, layerTree } from '../../layers/filesystem.ts';
import type { LayerEntry, LayerFiles, ListedLayer } from '../../layers/layer-files.ts';
import type { Descriptor } from '../../oci/manifest.ts';
import type { Repository } from '../../oci/reference.ts';
import type { BaseSide, OwnLayer, RebaseEvidence } from './evidence.ts';
import type { PlatformParts } from './parts.ts';
import type { PlatformRebase } from './platform-rebase.ts';
import type { Unmet } from './rules.ts';

/** Lists a layer's files; each layer is read once in a run. */
export type ListLayer = (repository: Repository, layer: Descriptor) => Promise<ListedLayer>;

/** Reads all that the proof of one platform rests on, or says which layer cannot be read. */
export async function gatherEvidence(
  readLayer: ListLayer,
  planned: PlatformRebase,
  published: Repository,
  dockerfile: string | undefined,
): Promise<
  { readonly kind: 'gathered'; readonly evidence: RebaseEvidence } | { readonly kind: 'refused'; readonly unmet: Unmet }
> {
  const { app, share, before, after, history, settings } = planned;
  const read = (from: Repository, layers: readonly Descriptor[]) =>
    Promise.all(layers.map((layer) => readLayer(from, layer)));
  const listed = await Promise.all([
    read(published, share.layers),
    // The image has its old base's layers in its own repository, even where the base's have been cleaned up.
    read(published, before.manifest.layers),
    read(after.reference, after.manifest.layers),
  ]);
  const unreadable = listed.flat().find((layer) => layer.kind === 'unreadable');
  if (unreadable?.kind === 'unreadable') return { kind: 'refused', unmet: { rule: 'forms', why: unreadable.why } };
  const [own, below, fresh] = listed.map(filesOf);
  const sides = {
    before: sideOf(before, below ?? [], own ?? [], app.config.config),
    after: sideOf(after, fresh ?? [], own ?? [], planned.merged.config),
  };
  const filled = history.filter((entry) => entry.filled);
  const layers = (own ?? []).map((files, at): OwnLayer => {
    const by = filled[at];
    const number = before.manifest.layers.length + at + 1;
    return { number, files, tree: layerTree(files), ...(by === undefined ? {} : { by }) };
  });
  const evidence = { app, share, history, settings, ...sides, own: layers, ownFiles: ownFiles(layers, sides.after) };
  return { kind: 'gathered', evidence: dockerfile === undefined ? evidence : { ...evidence, dockerfile } };
}

function filesOf(layers: readonly ListedLayer[]): readonly LayerFiles[] {
  return layers.flatMap((layer) => (layer.kind === 'listed' ? [layer.files] : []));
}

function sideOf(
  parts: PlatformParts,
  base: readonly LayerFiles[],
  own: readonly LayerFiles[],
  config: BaseSide['config'],
): BaseSide {
  return { parts, config, files: layered(base), whole: layered([...base, ...own]) };
}

function ownFiles(own: readonly OwnLayer[], { whole }: BaseSide): ReadonlyMap<string, LayerEntry> {
  const found = new Map<string, LayerEntry>();
  for (const { files } of own) {
    for (const [path, { kind }] of files.entries) {
      const entry = kind === 'directory' ? undefined : whole.at(path);
      if (entry !== undefined) found.set(path, entry);
    }
  }
  return found;
}
