import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { type Digest, digestOf } from '../core/oci/digest.ts';
import { type Descriptor, mediaTypes } from '../core/oci/manifest.ts';
import type { Platform } from '../core/oci/platform.ts';

/** What stands at a path of a layer; text and bytes are plain files. */
export type TestFile =
  | string
  | Uint8Array
  | ({
      readonly content: string | Uint8Array;
      /** Extended attributes, as tar has them. */
      readonly pax?: Readonly<Record<string, string>>;
    } & Owned)
  | { readonly symlink: string }
  | { readonly hardlink: string }
  | ({ readonly directory: true } & Owned);

interface Owned {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

/** A gzipped layer archive. */
export interface Layer {
  readonly bytes: Buffer;
  readonly descriptor: Descriptor;
  readonly diffId: Digest;
}

/** One platform's image, ready to be pushed. */
export interface Image {
  readonly kind: 'manifest';
  readonly bytes: Buffer;
  readonly descriptor: Descriptor;
  readonly config: { readonly bytes: Buffer; readonly descriptor: Descriptor; readonly document: ConfigDocument };
  readonly layers: readonly Layer[];
}

/** An index over images or further indexes. */
export interface ImageIndex {
  readonly kind: 'index';
  readonly bytes: Buffer;
  readonly descriptor: Descriptor;
  readonly entries: readonly (Image | ImageIndex)[];
}

interface History {
  readonly created: string;
  readonly created_by: string;
  readonly empty_layer?: true;
}

/** OCI image-spec, config.md. */
export interface ConfigDocument {
  readonly created: string;
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
  readonly 'os.version'?: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly rootfs: { readonly type: 'layers'; readonly diff_ids: readonly Digest[] };
  readonly history: readonly History[];
}

type Format = 'oci' | 'docker';

export interface ImageParts {
  /** Its layers, history and configuration come first. */
  readonly base?: Image;
  readonly layers?: readonly Layer[];
  /** The `config` object: Env, Cmd, Labels and so on; over that of the base. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly platform?: Platform;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly created?: string;
  /** Entries after those of its layers. */
  readonly history?: readonly History[];
  readonly format?: Format;
}

const types = {
  oci: { ...mediaTypes, manifest: mediaTypes.ociManifest, index: mediaTypes.ociIndex, config: mediaTypes.ociConfig },
  docker: {
    manifest: mediaTypes.dockerManifest,
    index: mediaTypes.dockerIndex,
    config: 'application/vnd.docker.container.image.v1+json',
  },
} as const;
const layerTypes = {
  oci: 'application/vnd.oci.image.layer.v1.tar+gzip',
  docker: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
} as const;

const epoch = '2026-01-01T00:00:00Z';

/** A layer with these files, the same bytes each time. */
export async function makeLayer(files: Readonly<Record<string, TestFile>>): Promise<Layer> {
  const archive = pack();
  for (const [name, entry] of Object.entries(files)) {
    const plain = typeof entry === 'string' || entry instanceof Uint8Array ? { content: entry } : entry;
    const common = { name, mtime: new Date(0) };
    if ('symlink' in plain) archive.entry({ ...common, type: 'symlink', linkname: plain.symlink });
    else if ('hardlink' in plain) archive.entry({ ...common, type: 'link', linkname: plain.hardlink });
    else {
      const { mode, uid = 0, gid = 0 } = plain;
      const owner = { ...common, uid, gid };
      if ('directory' in plain) archive.entry({ ...owner, type: 'directory', mode: mode ?? 0o755 });
      else {
        const header = { ...owner, mode: mode ?? 0o644, ...(plain.pax === undefined ? {} : { pax: plain.pax }) };
        archive.entry(header, Buffer.from(plain.content));
      }
    }
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  const tar = Buffer.concat(chunks);
  const bytes = gzipSync(tar);
  // The operating system's number in the header: it must not differ between machines.
  bytes[9] = 255;
  const descriptor = { mediaType: layerTypes.oci, digest: digestOf(bytes), size: bytes.length };
  return { bytes, descriptor, diffId: digestOf(tar) };
}

/** An image of layers, on a base where one is given. */
export function makeImage(parts: ImageParts): Image {
  const { base, layers: own = [], annotations, format = 'oci' } = parts;
  const layers = [...(base?.layers ?? []), ...own];
  const document = configOf(parts, layers);
  const config = Buffer.from(JSON.stringify(document));
  const configDescriptor = { mediaType: types[format].config, digest: digestOf(config), size: config.length };
  const manifest = {
    schemaVersion: 2,
    mediaType: types[format].manifest,
    config: configDescriptor,
    layers: layers.map(({ descriptor }) => ({ ...descriptor, mediaType: layerTypes[format] })),
    ...(annotations === undefined ? {} : { annotations }),
  };
  return {
    kind: 'manifest',
    ...encode(manifest, manifest.mediaType, platformOf(document)),
    config: { bytes: config, descriptor: configDescriptor, document },
    layers,
  };
}

function configOf(
  { base, layers: own = [], config, platform, created = epoch, history = [] }: ImageParts,
  layers: readonly Layer[],
): ConfigDocument {
  const parent = base?.config.document;
  const { os, architecture, variant, osVersion } = platform ?? (parent === undefined ? linux : platformOf(parent));
  return {
    created,
    architecture,
    os,
    ...(variant === undefined ? {} : { variant }),
    ...(osVersion === undefined ? {} : { 'os.version': osVersion }),
    config: { ...parent?.config, ...config },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: [
      ...(parent?.history ?? []),
      ...own.map((_, at) => ({ created, created_by: `COPY layer ${at + 1}` })),
      ...history,
    ],
  };
}

const linux: Platform = { os: 'linux', architecture: 'amd64' };

function platformOf({ os, architecture, variant, 'os.version': osVersion }: ConfigDocument): Platform {
  return {
    os,
    architecture,
    ...(variant === undefined ? {} : { variant }),
    ...(osVersion === undefined ? {} : { osVersion }),
  };
}

/** A descriptor as an index writes it. */
function entryOf({ platform, ...descriptor }: Descriptor): object {
  if (platform === undefined) return descriptor;
  const { osVersion, ...rest } = platform;
  return { ...descriptor, platform: osVersion === undefined ? rest : { ...rest, 'os.version': osVersion } };
}

/** An index over platform images, or over anything that has a descriptor of its own. */
export function makeIndex(
  entries: readonly (Image | ImageIndex)[],
  options: {
    readonly annotations?: Readonly<Record<string, string>>;
    readonly format?: Format;
    /** Further entries, such as attestations pushed apart. */
    readonly others?: readonly Descriptor[];
  } = {},
): ImageIndex {
  const { annotations, format = 'oci', others = [] } = options;
  const document = {
    schemaVersion: 2,
    mediaType: types[format].index,
    manifests: [...entries.map(({ descriptor }) => descriptor), ...others].map(entryOf),
    ...(annotations === undefined ? {} : { annotations }),
  };
  return { kind: 'index', ...encode(document, document.mediaType), entries };
}

function encode(document: object, mediaType: string, platform?: Platform) {
  const bytes = Buffer.from(JSON.stringify(document));
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  return { bytes, descriptor: platform === undefined ? descriptor : { ...descriptor, platform } };
}
