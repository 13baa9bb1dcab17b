import { type Blob, blobOf } from '../oci/blob.ts';
import { digestOf } from '../oci/digest.ts';
import { mediaTypes } from '../oci/manifest.ts';
import { type Reference, withDigest } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import { type AttestedInput, documentWith, type Predicate, predicateType } from './cosign.ts';
import type { Exact } from './settings.ts';

/** Attaches statements to an image, one after the other, and returns where they are. */
export async function attachAll(
  registry: Registry,
  image: Exact,
  predicates: readonly Predicate[],
): Promise<readonly Exact[]> {
  const attached: Exact[] = [];
  const made: AttestedInput[] = [];
  for (const predicate of predicates) {
    const place = await attach(registry, image, { ...predicate, document: documentWith(predicate, made) });
    attached.push(place);
    made.push({ type: predicate.type, uri: predicateType(predicate), digest: place.digest });
  }
  return attached;
}

/** Attaches a statement to an image as a referrer and returns where it is, unsigned. */
export async function attach(registry: Registry, image: Exact, predicate: Predicate): Promise<Exact> {
  const { tag: _, ...repository }: Reference = image;
  const about = await registry.manifest(withDigest(repository, predicate.digest));
  const statement = blobOf(mediaTypes.inToto, statementOf(image, predicate));
  const config = blobOf(mediaTypes.ociEmpty, {});
  for (const { bytes, descriptor } of [config, statement]) {
    await registry.putBlob(repository, bytes, descriptor.mediaType);
  }
  const { mediaType, digest, size } = about.descriptor;
  const manifest: Blob = blobOf(mediaTypes.ociManifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType: mediaTypes.inToto,
    config: config.descriptor,
    layers: [{ ...statement.descriptor, annotations: { 'in-toto.io/predicate-type': predicateType(predicate) } }],
    subject: { mediaType, digest, size },
  });
  const reference = withDigest(repository, digestOf(manifest.bytes));
  await registry.putManifest(reference, manifest);
  return reference;
}

/** An in-toto statement of a predicate about an image. */
export function statementOf({ registry, repository }: Reference, predicate: Predicate): object {
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: `${registry}/${repository}`, digest: { sha256: predicate.digest.replace('sha256:', '') } }],
    predicateType: predicateType(predicate),
    predicate: predicate.document,
  };
}
