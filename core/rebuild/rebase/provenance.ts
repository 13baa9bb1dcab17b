import { type Blob, blobOf } from '../../oci/blob.ts';
import { type Digest, digestOf } from '../../oci/digest.ts';
import { type Descriptor, mediaTypes } from '../../oci/manifest.ts';
import { formatPlatform, type Platform } from '../../oci/platform.ts';
import { familiar, formatReference, type Reference } from '../../oci/reference.ts';
import { version } from '../../product.ts';
import type { Pin } from '../engine.ts';
import type { RebasePolicy } from '../settings.ts';
import type { ComposedImage } from './compose.ts';
import type { RebasePlan } from './plan.ts';

const predicateType = 'https://slsa.dev/provenance/v1';
const rebasing = 'urn:base-image-refresh:rebase:v1';

/** What a rebase did, as far as it is the same for every platform. */
export interface Deed {
  readonly plan: RebasePlan;
  readonly policy: RebasePolicy;
  /** What the new image stands on. */
  readonly pins: readonly Pin[];
  /** ISO 8601, UTC. */
  readonly started: string;
}

/** An attestation of one platform's manifest: what to store, and what to list. */
export interface Attestation {
  readonly config: Blob;
  readonly statement: Blob;
  readonly manifest: Blob;
}

/** Our own provenance of a rebased platform, where BuildKit's would stand in an index (BuildKit, attestation-storage.md). */
export function attestInIndex(deed: Deed, image: ComposedImage): Attestation {
  return inlineAttestation(statementOf(deed, image), predicateType);
}

/** A statement as a manifest that an index lists beside the one it is about (BuildKit, attestation-storage.md). */
export function inlineAttestation(statement: Blob, type: string): Attestation {
  const config = blobOf(mediaTypes.ociConfig, {
    architecture: 'unknown',
    os: 'unknown',
    config: {},
    rootfs: { type: 'layers', diff_ids: [digestOf(statement.bytes)] },
  });
  return { statement, config, manifest: manifestOf(config, statement, type, {}) };
}

/** The same as a referrer, for an image that is a single manifest and shall stay one (OCI image-spec, manifest.md). */
export function attestBeside(deed: Deed, image: ComposedImage): Attestation {
  const statement = statementOf(deed, image);
  const config = blobOf(mediaTypes.ociEmpty, {});
  const { mediaType, digest, size } = image.manifest.descriptor;
  const reference = { artifactType: mediaTypes.inToto, subject: { mediaType, digest, size } };
  return { statement, config, manifest: manifestOf(config, statement, predicateType, reference) };
}

/** The entry of an index for an attestation of one of its manifests. */
export function attestationEntry({ manifest }: Pick<Attestation, 'manifest'>, about: Digest): Descriptor {
  return {
    ...manifest.descriptor,
    annotations: {
      'vnd.docker.reference.digest': about,
      'vnd.docker.reference.type': 'attestation-manifest',
    },
    platform: { architecture: 'unknown', os: 'unknown' },
  };
}

function manifestOf(config: Blob, statement: Blob, type: string, more: object): Blob {
  return blobOf(mediaTypes.ociManifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    ...more,
    config: config.descriptor,
    layers: [{ ...statement.descriptor, annotations: { 'in-toto.io/predicate-type': type } }],
  });
}

// in-toto Statement v1 with SLSA provenance v1.
function statementOf({ plan, policy, pins, started }: Deed, { manifest, rebase }: ComposedImage): Blob {
  const { digest } = manifest.descriptor;
  const { published, swap } = plan;
  const app = { ...published.reference, digest: published.manifest.descriptor.digest };
  return blobOf(mediaTypes.inToto, {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: purlOf(published.reference, rebase.platform), digest: sha256(digest) }],
    predicateType,
    predicate: {
      buildDefinition: {
        buildType: rebasing,
        externalParameters: { image: formatReference(app), policy },
        internalParameters: { oldBase: formatReference(swap.before.reference) },
        resolvedDependencies: [
          ...pins.map(({ base, digest: pinned }) => resolvedDependency(base.reference, pinned, rebase.platform)),
          resolvedDependency(app, app.digest, rebase.platform),
        ],
      },
      runDetails: {
        builder: { id: rebasing, version: { 'base-image-refresh': version } },
        metadata: { startedOn: started },
      },
    },
  });
}

/** A base or an image as SLSA provenance names what a build took. */
export function resolvedDependency(reference: Reference, digest: string, platform: Platform) {
  return { uri: purlOf(reference, platform), digest: sha256(digest) };
}

// As BuildKit writes the docker type of purl-spec: the registry is part of the name, a digest is not part of the version.
function purlOf({ registry, repository, tag }: Reference, platform: Platform): string {
  const name = encodeURIComponent(familiar({ registry, repository })).replaceAll('%2F', '/');
  const at = tag === undefined ? '' : `@${encodeURIComponent(tag)}`;
  return `pkg:docker/${name}${at}?platform=${encodeURIComponent(formatPlatform(platform))}`;
}

function sha256(digest: string): { readonly sha256: string } {
  return { sha256: digest.replace('sha256:', '') };
}
