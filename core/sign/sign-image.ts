import { type Blob, blobOf } from '../oci/blob.ts';
import { digestOf } from '../oci/digest.ts';
import { mediaTypes } from '../oci/manifest.ts';
import { type Reference, withDigest } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import { cosignSign, cosignVariables, type Predicate } from './cosign.ts';
import { notationSign, notationVariables } from './notation.ts';
import { recordOf, type SigningSubject, scanPredicateOf } from './predicates.ts';
import type { AttestationKind, SignerName, SignSettings } from './settings.ts';
import { type SigningContext, withSigner } from './signer-space.ts';

/** How an image is signed, and what is attested of it. */
export interface Signature {
  readonly tool: SignerName;
  /** The key's name; absent where an identity token stands for it. */
  readonly key?: string;
  readonly attestations: readonly AttestationKind[];
}

/** A software bill of materials of each platform, where something at hand can make one. */
export type MakeSbom = () => Promise<readonly Predicate[]>;

/** Signs a cleared image by digest, with what is attested of it, before any release tag names it; throws `sign-failed`. */
export async function signImage(
  context: SigningContext & { readonly registry: Registry },
  settings: SignSettings,
  judged: SigningSubject,
  makeSbom: MakeSbom,
): Promise<Signature> {
  const predicates = await predicatesOf(settings, judged, makeSbom);
  const image = judged.built.reference;
  const { tool: name, key } = settings;
  const tool = { name, ...(settings.path === undefined ? {} : { path: settings.path }) };
  switch (name) {
    case 'cosign':
      await withSigner(context, tool, image, cosignVariables(key), (signer) =>
        cosignSign(context, signer, settings, image, predicates),
      );
      break;
    case 'notation': {
      const attached = await attachAll(context.registry, image, predicates);
      await withSigner(context, tool, image, notationVariables, async (signer) => {
        for (const one of [image, ...attached]) await notationSign(context, signer, settings, one);
      });
    }
  }
  return { tool: name, attestations: settings.attestations, ...(key === undefined ? {} : { key }) };
}

async function predicatesOf(
  { attestations }: SignSettings,
  judged: SigningSubject,
  makeSbom: MakeSbom,
): Promise<readonly Predicate[]> {
  const made = await Promise.all(attestations.map((kind) => predicatesOfKind(kind, judged, makeSbom)));
  return made.flat();
}

async function predicatesOfKind(
  kind: AttestationKind,
  judged: SigningSubject,
  makeSbom: MakeSbom,
): Promise<readonly Predicate[]> {
  switch (kind) {
    case 'record':
      return [recordOf(judged)];
    case 'scan':
      return [scanPredicateOf(judged)];
    case 'sbom':
      return makeSbom();
  }
}

type Exact = SigningSubject['built']['reference'];

// notation signs manifests and no statements: each statement is a referrer of the image, and signed as such.
async function attachAll(
  registry: Registry,
  image: Exact,
  predicates: readonly Predicate[],
): Promise<readonly Exact[]> {
  const attached: Exact[] = [];
  for (const predicate of predicates) attached.push(await attach(registry, image, predicate));
  return attached;
}

/** Attaches a statement to an image as a referrer and returns where it is; nobody has signed it. */
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
    layers: [{ ...statement.descriptor, annotations: { 'in-toto.io/predicate-type': fullType(predicate) } }],
    subject: { mediaType, digest, size },
  });
  const reference = withDigest(repository, digestOf(manifest.bytes));
  await registry.putManifest(reference, manifest);
  return reference;
}

function statementOf({ registry, repository }: Reference, predicate: Predicate): object {
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: `${registry}/${repository}`, digest: { sha256: predicate.digest.replace('sha256:', '') } }],
    predicateType: fullType(predicate),
    predicate: predicate.document,
  };
}

// The names that cosign has for types, in full.
function fullType({ type }: Predicate): string {
  if (type === 'vuln') return 'https://cosign.sigstore.dev/attestation/vuln/v1';
  return type === 'cyclonedx' ? 'https://cyclonedx.org/bom' : type;
}
