import { attempt, type Failure } from '../failure.ts';
import { type Blob, blobOf } from '../oci/blob.ts';
import type { Digest } from '../oci/digest.ts';
import { type Descriptor, mediaTypes } from '../oci/manifest.ts';
import { normalisePlatform } from '../oci/platform.ts';
import { formatReference, type Reference, withDigest } from '../oci/reference.ts';
import { version } from '../product.ts';
import type { BuildOrder, BuiltImage } from '../rebuild/engine.ts';
import { attestationEntry, inlineAttestation, resolvedDependency } from '../rebuild/rebase/provenance.ts';
import type { Registry } from '../registry/registry.ts';
import { attach, statementOf } from '../sign/attach.ts';
import type { Predicate } from '../sign/cosign.ts';
import { predicateType } from '../sign/cosign.ts';
import type { Exact } from '../sign/settings.ts';
import type { RewrittenPlatform } from './rewrite.ts';

/** Makes bills of materials of an image in a form. */
export type MakeSboms = (image: Exact, form: 'cyclonedx' | 'spdx-json') => Promise<readonly Predicate[]>;

/** What attestations are made with. */
export interface Attesting {
  readonly registry: Registry;
  readonly order: BuildOrder;
  readonly built: BuiltImage;
  readonly makeSboms: MakeSboms;
  readonly now: () => Date;
}

/** The statements that could be made, and why others could not. */
export interface MadeAttestations {
  readonly predicates: readonly Predicate[];
  readonly failures: readonly Failure[];
}

/** Makes statements of the predicate types that an image lost, about each of its platforms. */
export async function attestAnew(
  attesting: Attesting,
  types: readonly string[],
  platforms: readonly RewrittenPlatform[],
): Promise<MadeAttestations> {
  const made = await Promise.all(
    types.map((type) => attempt(attesting.order.build.name, () => predicatesOf(attesting, type, platforms))),
  );
  return {
    predicates: made.flatMap((one) => (one.kind === 'done' ? one.value : [])),
    failures: made.flatMap((one) => (one.kind === 'failed' ? [one.failure] : [])),
  };
}

async function predicatesOf(
  attesting: Attesting,
  type: string,
  platforms: readonly RewrittenPlatform[],
): Promise<readonly Predicate[]> {
  if (type.startsWith('https://slsa.dev/provenance/')) {
    return platforms.map((platform) => provenanceOf(attesting, platform));
  }
  const form = /cyclonedx/.test(type) ? 'cyclonedx' : 'spdx-json';
  const { candidate } = attesting.order;
  const made: Predicate[] = [];
  for (const { manifest } of platforms) {
    made.push(...(await attesting.makeSboms(withDigest(candidate, manifest.descriptor.digest), form)));
  }
  return made;
}

// SLSA provenance v1: which bases and which commit the build was given.
function provenanceOf({ order, built, now }: Attesting, { form, manifest }: RewrittenPlatform): Predicate {
  const { build, source } = order;
  const platform = normalisePlatform(form.config);
  const finished = now();
  const document = {
    buildDefinition: {
      buildType: 'urn:base-image-refresh:build:v1',
      externalParameters: {
        image: build.releases.map(formatReference),
        dockerfile: build.dockerfile,
        ...(build.target === undefined ? {} : { target: build.target }),
      },
      internalParameters: { engine: built.engine, evidence: built.evidence },
      resolvedDependencies: [
        ...built.pinned
          .filter(({ base }) => base.reachable)
          .map(({ base, digest }) => resolvedDependency(base.reference, digest, platform)),
        ...(source?.revision === undefined || source.dirty ? [] : [{ digest: { gitCommit: source.revision } }]),
      ],
    },
    runDetails: {
      builder: { id: 'urn:base-image-refresh:build:v1', version: { 'base-image-refresh': version } },
      metadata: {
        startedOn: new Date(finished.getTime() - built.durationMs).toISOString(),
        finishedOn: finished.toISOString(),
      },
    },
  };
  return { type: 'https://slsa.dev/provenance/v1', digest: manifest.descriptor.digest, document };
}

/** Stores statements as manifests that an index is to list, and returns its entries for them. */
export async function storeInline(
  registry: Registry,
  candidate: Reference,
  predicates: readonly Predicate[],
): Promise<readonly Descriptor[]> {
  return Promise.all(predicates.map((predicate) => storeOne(registry, candidate, predicate)));
}

async function storeOne(registry: Registry, candidate: Reference, predicate: Predicate): Promise<Descriptor> {
  const statement: Blob = blobOf(mediaTypes.inToto, statementOf(candidate, predicate));
  const type = predicateType(predicate);
  const attestation = inlineAttestation(statement, type);
  for (const { bytes, descriptor } of [attestation.config, statement]) {
    await registry.putBlob(candidate, bytes, descriptor.mediaType);
  }
  await registry.putManifest(withDigest(candidate, attestation.manifest.descriptor.digest), attestation.manifest);
  return attestationEntry(attestation, predicate.digest);
}

/** Attaches statements to a plain manifest, which has no index to list them. */
export async function attachBeside(
  registry: Registry,
  candidate: Reference,
  digest: Digest,
  predicates: readonly Predicate[],
): Promise<void> {
  for (const predicate of predicates) await attach(registry, withDigest(candidate, digest), predicate);
}
