import { provenanceLimit } from '../baseline/provenance.ts';
import type { PublishedImage } from '../baseline/published.ts';
import { fail } from '../failure.ts';
import { field, itemsOf, type Mapping, mappingOf, parseJson, textMap } from '../json.ts';
import { blobOf } from '../oci/blob.ts';
import { asDigest, type Digest } from '../oci/digest.ts';
import { type Descriptor, mediaTypes, type StoredManifest } from '../oci/manifest.ts';
import { formatReference, type Reference, withDigest } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import type { Change, TextChange } from './assessed.ts';
import type { ImageForm, PlatformForm } from './form.ts';

/** One platform of the candidate as it is to be. */
export interface RewrittenPlatform {
  readonly form: PlatformForm;
  readonly manifest: Pick<StoredManifest, 'bytes' | 'descriptor'>;
}

/** Stores each platform's manifest, and its configuration, with the labels and annotations that it is to have. */
export async function rewritePlatforms(
  registry: Registry,
  { reference }: PublishedImage,
  form: ImageForm,
  changes: readonly Change[],
): Promise<readonly RewrittenPlatform[]> {
  return Promise.all(
    form.platforms.map(async (platform) => {
      const own = changes.filter((change) => change.platform === platform.platform);
      return { form: platform, manifest: await rewritePlatform(registry, reference, platform, own) };
    }),
  );
}

async function rewritePlatform(
  registry: Registry,
  candidate: Reference,
  { digest, config }: PlatformForm,
  changes: readonly Change[],
): Promise<Pick<StoredManifest, 'bytes' | 'descriptor'>> {
  const place = withDigest(candidate, digest);
  const stored = await registry.manifest(place);
  const annotations = textsAt(changes, 'manifest annotation');
  const ofConfig = changes.filter(({ at }) => at === 'label' || at === 'setting');
  if (ofConfig.length + annotations.length === 0) return stored;
  const document = documentOf(stored, place);
  const configuration =
    ofConfig.length === 0 ? undefined : await storeConfig(registry, candidate, document, config.raw, ofConfig);
  const manifest = blobOf(stored.descriptor.mediaType, {
    ...document,
    ...(configuration === undefined ? {} : { config: { ...mappingOf(document.config), ...configuration } }),
    annotations: changed(textMap(document.annotations), annotations),
  });
  await registry.putManifest(withDigest(candidate, manifest.descriptor.digest), manifest);
  return manifest;
}

async function storeConfig(
  registry: Registry,
  candidate: Reference,
  document: Mapping,
  raw: Mapping,
  changes: readonly Change[],
): Promise<{ readonly digest: Digest; readonly size: number }> {
  const settings = mappingOf(raw.config) ?? {};
  const mediaType = String(field(document.config, 'mediaType'));
  const labels = textsAt(changes, 'label');
  const own = changes.flatMap((change) => (change.at === 'setting' ? [[change.key, change.value] as const] : []));
  const config = {
    ...settings,
    ...Object.fromEntries(own),
    ...(labels.length === 0 ? {} : { Labels: changed(textMap(settings.Labels), labels) }),
  };
  const { bytes, descriptor } = blobOf(mediaType, { ...raw, config });
  await registry.putBlob(candidate, bytes, mediaType);
  return { digest: descriptor.digest, size: descriptor.size };
}

/** Puts the candidate together again in the form that it is to have, and under its tag; returns its digest. */
export async function rewriteTop(
  registry: Registry,
  candidate: Reference,
  image: PublishedImage,
  parts: {
    readonly form: ImageForm['kind'];
    readonly platforms: readonly RewrittenPlatform[];
    readonly changes: readonly Change[];
    /** What an index says that the build did not make. */
    readonly annotations: Readonly<Record<string, string>>;
    /** Entries beside those of its images. */
    readonly added: readonly Descriptor[];
  },
): Promise<Digest> {
  const [first] = parts.platforms;
  if (first === undefined) throw fail('malformed', formatReference(image.reference), 'has no image of any platform');
  const top = parts.form === 'manifest' ? first.manifest : await rewriteIndex(registry, image, parts);
  await registry.putManifest(candidate, top);
  registry.forget(candidate);
  return top.descriptor.digest;
}

async function rewriteIndex(
  registry: Registry,
  image: PublishedImage,
  { platforms, changes, annotations, added }: Parameters<typeof rewriteTop>[3],
): Promise<Pick<StoredManifest, 'bytes' | 'descriptor'>> {
  const isIndex = image.manifest.document.kind === 'index';
  const document = isIndex ? documentOf(image.manifest, image.reference) : {};
  const moved = new Map(platforms.map(({ form, manifest }) => [form.digest, manifest.descriptor] as const));
  const entries = isIndex
    ? await Promise.all(
        itemsOf(document.manifests).map((entry) =>
          rewriteEntry(registry, image.reference, entry, { platforms, moved, changes }),
        ),
      )
    : platforms.map((platform) => withTexts(entryOf(platform), platform, changes));
  const ofIndex = textsAt(changes, 'index annotation');
  return blobOf(isIndex ? image.manifest.descriptor.mediaType : mediaTypes.ociIndex, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    ...document,
    manifests: [...entries, ...added],
    annotations: changed({ ...(isIndex ? textMap(document.annotations) : annotations) }, ofIndex),
  });
}

interface Rewriting {
  readonly platforms: readonly RewrittenPlatform[];
  readonly moved: ReadonlyMap<string, Descriptor>;
  readonly changes: readonly Change[];
}

async function rewriteEntry(
  registry: Registry,
  candidate: Reference,
  entry: unknown,
  { platforms, moved, changes }: Rewriting,
): Promise<object> {
  const known = mappingOf(entry) ?? {};
  const platform = platforms.find(({ form }) => form.digest === known.digest);
  if (platform !== undefined) {
    const { digest, size } = platform.manifest.descriptor;
    return withTexts({ ...known, digest, size }, platform, changes);
  }
  const subject = String(field(known.annotations, 'vnd.docker.reference.digest'));
  const about = moved.get(subject)?.digest;
  const own = asDigest(String(known.digest));
  if (about === undefined || about === subject || own === undefined) return known;
  const { digest, size } = await rewriteAttestation(registry, withDigest(candidate, own), subject, about);
  const annotations = { ...textMap(known.annotations), 'vnd.docker.reference.digest': about };
  return { ...known, digest, size, annotations };
}

// What BuildKit says of a manifest, it says of the same layers and settings with other labels.
async function rewriteAttestation(
  registry: Registry,
  place: Reference & { readonly digest: Digest },
  from: string,
  to: Digest,
): Promise<Descriptor> {
  const stored = await registry.manifest(place);
  const document = documentOf(stored, place);
  const { document: decoded } = stored;
  const layers = decoded.kind === 'manifest' ? decoded.layers : [];
  const ids = new Map<string, Digest>();
  const rewritten: object[] = [];
  for (const layer of layers) {
    const statement = mappingOf(parseJson(textIn(await registry.blob(place, layer, provenanceLimit)))) ?? {};
    const subject = itemsOf(statement.subject).map((one) => speakingOf(mappingOf(one) ?? {}, from, to));
    const { bytes, descriptor } = blobOf(layer.mediaType, { ...statement, subject });
    await registry.putBlob(place, bytes, layer.mediaType);
    ids.set(layer.digest, descriptor.digest);
    rewritten.push({ ...layer, digest: descriptor.digest, size: descriptor.size });
  }
  const config = decoded.kind === 'manifest' ? await rewriteIds(registry, place, decoded.config, ids) : document.config;
  const manifest = blobOf(stored.descriptor.mediaType, { ...document, config, layers: rewritten });
  await registry.putManifest(withDigest(place, manifest.descriptor.digest), manifest);
  return manifest.descriptor;
}

async function rewriteIds(
  registry: Registry,
  place: Reference,
  known: Descriptor,
  ids: ReadonlyMap<string, Digest>,
): Promise<Descriptor> {
  const document = mappingOf(parseJson(textIn(await registry.blob(place, known)))) ?? {};
  const rootfs = mappingOf(document.rootfs);
  if (rootfs === undefined) return known;
  const diffIds = itemsOf(rootfs.diff_ids).map((id) => ids.get(String(id)) ?? id);
  const { bytes, descriptor } = blobOf(known.mediaType, { ...document, rootfs: { ...rootfs, diff_ids: diffIds } });
  await registry.putBlob(place, bytes, known.mediaType);
  return { ...known, digest: descriptor.digest, size: descriptor.size };
}

function speakingOf(subject: Mapping, from: string, to: Digest): Mapping {
  const digest = mappingOf(subject.digest) ?? {};
  const speaks = digest.sha256 === from.replace('sha256:', '');
  return speaks ? { ...subject, digest: { ...digest, sha256: to.replace('sha256:', '') } } : subject;
}

function entryOf({ form: { config }, manifest: { descriptor } }: RewrittenPlatform): Mapping {
  const { os, architecture, variant, osVersion } = config;
  const { mediaType, digest, size } = descriptor;
  const platform = {
    architecture,
    os,
    ...(osVersion === undefined ? {} : { 'os.version': osVersion }),
    ...(variant === undefined ? {} : { variant }),
  };
  return { mediaType, digest, size, platform };
}

function withTexts(entry: Mapping, { form }: RewrittenPlatform, changes: readonly Change[]): Mapping {
  const own = textsAt(changes, 'entry annotation').filter(({ platform }) => platform === form.platform);
  return own.length === 0 ? entry : { ...entry, annotations: changed(textMap(entry.annotations), own) };
}

function textsAt(changes: readonly Change[], at: TextChange['at']): readonly TextChange[] {
  return changes.flatMap((change) => (change.at === at ? [change] : []));
}

function changed(
  texts: Readonly<Record<string, string>>,
  changes: readonly TextChange[],
): Readonly<Record<string, string>> {
  const result = new Map(Object.entries(texts));
  for (const { key, value } of changes) {
    if (value === undefined) result.delete(key);
    else result.set(key, value);
  }
  return Object.fromEntries(result);
}

function documentOf({ bytes }: Pick<StoredManifest, 'bytes'>, reference: Reference): Mapping {
  const document = mappingOf(parseJson(textIn(bytes)));
  if (document !== undefined) return document;
  throw fail('malformed', formatReference(reference), 'the manifest is not a JSON object');
}

function textIn(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
