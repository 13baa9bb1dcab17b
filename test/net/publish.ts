import { recordType } from '../../core/baseline/record.ts';
import { annotationKeys } from '../../core/oci/manifest.ts';
import { type Image, type ImageIndex, makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { architectures, platformsIn, type Version } from './images.ts';
import type { Published } from './row.ts';
import { releaseTags, type Site } from './site.ts';

type Annotations = Readonly<Record<string, string>>;
type Base = { readonly reference: string; readonly digest: string };

const media = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  empty: 'application/vnd.oci.empty.v1+json',
  inToto: 'application/vnd.in-toto+json',
};
const slsa = 'https://slsa.dev/provenance/v0.2';

/** Publishes an image under both release tags, as a row wants it. */
export async function publish(site: Site, name: string, published: Published): Promise<void> {
  const { by = 'own record', on = ['v1', 'v1'] } = published;
  if (by === 'nothing yet') return;
  const images = await Promise.all(on.map((_, at) => imageOn(site, name, published, at)));
  const annotations = by === 'own record' ? recordOf(basesOf(site, on[0])) : {};
  const index = makeIndex(images, { annotations });
  const whole = by === 'provenance' ? await withProvenance(site, name, index, basesOf(site, on[0])) : index;
  for (const tag of releaseTags) await pushImage(site.registry.store, site.repository(name), whole, tag);
  if (by === 'statement beside') attachRecord(site, name, basesOf(site, on[0]));
}

// The build stage stands first, so that who takes the first entry for the runtime base is wrong.
function basesOf(site: Site, version: Version): readonly Base[] {
  return [
    { reference: `${site.name('tools')}:1`, digest: site.bases.tools.v1.descriptor.digest },
    { reference: `${site.name('debian')}:12`, digest: site.bases.debian[version].descriptor.digest },
  ];
}

function recordOf(bases: readonly Base[]): Annotations {
  return { [annotationKeys.bases]: JSON.stringify(bases) };
}

async function imageOn(site: Site, name: string, published: Published, at: number): Promise<Image> {
  const { by, on = ['v1', 'v1'], architectures: names = architectures } = published;
  const version = on[at] ?? 'v1';
  const base = platformsIn(site.bases.debian[version])[at];
  if (base === undefined) throw new Error(`the base has no platform ${at}`);
  const isRecorded = by === 'a record of each platform' || (by === 'a record of the first platform' && at === 0);
  const own = name === 'web' ? published : {};
  const layer = await makeLayer({ 'srv/': { directory: true }, [`srv/${name}`]: name, ...own.files });
  return makeImage({
    base,
    layers: [layer],
    platform: { os: 'linux', architecture: names[at] ?? '' },
    config: { User: own.user ?? '1000' },
    annotations: isRecorded ? recordOf(basesOf(site, version)) : {},
  });
}

// As BuildKit attests in an index (docs/attestations/attestation-storage.md); the bill of materials stands first.
async function withProvenance({ registry, repository }: Site, name: string, index: ImageIndex, bases: readonly Base[]) {
  const { store } = registry;
  const at = repository(name);
  const materials = bases.map(({ reference, digest }) => ({
    uri: `pkg:docker/${reference.replace(/:(?=[^/]+$)/, '@').replace(/:/, '%3A')}`,
    digest: { sha256: digest.replace('sha256:', '') },
  }));
  const layerOf = (predicateType: string, predicate: object) => ({
    ...store.putBlob(at, JSON.stringify({ predicateType, predicate }), media.inToto),
    annotations: { 'in-toto.io/predicate-type': predicateType },
  });
  const layers = [layerOf('https://spdx.dev/Document', { packages: [] }), layerOf(slsa, { materials })];
  const others = platformsIn(index).map(({ descriptor }) => ({
    ...store.putManifest(at, { schemaVersion: 2, mediaType: media.manifest, config: emptyIn(store, at), layers }),
    platform: { os: 'unknown', architecture: 'unknown' },
    annotations: {
      'vnd.docker.reference.type': 'attestation-manifest',
      'vnd.docker.reference.digest': descriptor.digest,
    },
  }));
  return makeIndex(index.entries, { others });
}

function emptyIn(store: Site['registry']['store'], repository: string) {
  return store.putBlob(repository, '{}', media.empty);
}

/** Attaches a record of a refresh to an image, as it is attested for builders that drop annotations. */
function attachRecord(site: Site, name: string, bases: readonly Base[]): void {
  const digest = site.digestOf(name, '1') ?? '';
  const subject = [{ name, digest: { sha256: digest.replace('sha256:', '') } }];
  attach(site, name, '1', media.inToto, { subject, predicateType: recordType, predicate: { bases } });
}

/** Attaches a document to what a tag names, as a referrer of one layer. */
export function attach(
  { registry: { store }, repository }: Site,
  name: string,
  tag: string,
  mediaType: string,
  document: object,
) {
  const at = repository(name);
  const held = store.manifest(at, tag);
  if (held === undefined) throw new Error(`${at}:${tag} is not there`);
  store.putManifest(at, {
    schemaVersion: 2,
    mediaType: media.manifest,
    artifactType: mediaType,
    config: emptyIn(store, at),
    layers: [store.putBlob(at, JSON.stringify(document), mediaType)],
    subject: { mediaType: held.mediaType, digest: held.digest, size: held.bytes.length },
  });
}
