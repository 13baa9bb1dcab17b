import { posix } from 'node:path';
import { type Distribution, distributionOf } from '../layers/distribution.ts';
import { type FileSystem, layered } from '../layers/filesystem.ts';
import type { Attributes, LayerEntry, LayerFiles } from '../layers/layer-files.ts';
import { listLayer } from '../layers/list-layer.ts';
import type { Manifest } from '../oci/manifest.ts';
import type { Repository } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';

/** A wanted file may stand behind a link to a link. */
const mostReadings = 4;

/** Folders that no layer lists are made by whoever unpacks the image. */
const implied: Attributes = { mode: 0o755, uid: 0, gid: 0 };

/** The files of one platform of an image; paths may begin with a slash. */
export interface ImageFiles {
  /** What stands at a path, links in its folders followed but not a link that it is itself. */
  at(path: string): (LayerEntry & { readonly attributes: Attributes }) | undefined;
  /** What stands there when every link is followed. */
  behind(path: string): LayerEntry | undefined;
  /** The text of a wanted file; undefined where it is not one or too long. */
  text(path: string): string | undefined;
  paths(): Iterable<string>;
  readonly distribution: Distribution | undefined;
}

export type ReadFiles =
  | { readonly kind: 'read'; readonly files: ImageFiles; readonly layers: readonly LayerFiles[] }
  | { readonly kind: 'unreadable'; readonly why: string };

/** Reads an image's layers as streams, without a daemon; `wanted` are the files whose text is needed. */
export async function readImageFiles(
  registry: Registry,
  repository: Repository,
  { layers }: Manifest,
  wanted: readonly string[],
): Promise<ReadFiles> {
  const asked = new Set(wanted.map(relative));
  for (let readings = 1; ; readings++) {
    const listed = await Promise.all(layers.map((layer) => listLayer(registry, repository, layer, [...asked])));
    const unreadable = listed.find((layer) => layer.kind === 'unreadable');
    if (unreadable?.kind === 'unreadable') return unreadable;
    const read = listed.flatMap((layer) => (layer.kind === 'listed' ? [layer.files] : []));
    const files = layered(read);
    if (files.fault !== undefined) return { kind: 'unreadable', why: `no engine can unpack it: ${files.fault}` };
    const further = wanted
      .flatMap((path) => otherNames(read, files.follow(relative(path))))
      .filter((path) => !asked.has(path));
    if (further.length === 0 || readings >= mostReadings) {
      return { kind: 'read', files: imageFiles(files), layers: read };
    }
    for (const path of further) asked.add(path);
  }
}

// The names under which an archive may hold the content of a path: its own, and those that hard links lead to.
function otherNames(layers: readonly LayerFiles[], path: string): readonly string[] {
  const targets = layers.flatMap(({ entries }) => {
    const entry = entries.get(path);
    return entry?.kind === 'hardlink' ? [entry.target] : [];
  });
  return [path, ...targets];
}

function imageFiles(files: FileSystem): ImageFiles {
  return {
    at: (path) => {
      const name = relative(path);
      const found: LayerEntry | undefined = name === '' ? { kind: 'directory' } : files.at(name);
      if (found === undefined) return undefined;
      const attributes = found.attributes ?? implied;
      // symlink(7): whatever an archive says, everybody may do everything with a link.
      return { ...found, attributes: found.kind === 'symlink' ? { ...attributes, mode: 0o777 } : attributes };
    },
    behind: (path) => files.at(files.follow(relative(path))),
    text: (path) => files.text(relative(path)),
    paths: () => files.paths(),
    distribution: distributionOf(files),
  };
}

function relative(path: string): string {
  return posix.normalize(`/${path}`).replace(/\/+$/, '').slice(1);
}
