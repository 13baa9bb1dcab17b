import { provenanceLimit, provenanceType } from '../baseline/provenance.ts';
import { recordType } from '../baseline/record.ts';
import { attempt, FailureError, isAbsent } from '../failure.ts';
import { field, parsed } from '../json.ts';
import type { Digest } from '../oci/digest.ts';
import { type Descriptor, type Manifest, mediaTypes } from '../oci/manifest.ts';
import { type Repository, withDigest, withTag } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import { bundleSigner, certificateSigner, envelopeSigner, type SignedBy } from '../sign/certificate.ts';
import type { SignerName } from '../sign/settings.ts';
import { given } from '../table.ts';

/** What stands beside an image and is about it. */
export type StandingThing =
  | { readonly kind: 'signature'; readonly tool: SignerName; readonly by: SignedBy }
  | {
      readonly kind: 'attestation';
      /** URI of its predicate, or the media type of a document that stands there as it is. */
      readonly type: string;
      /** Whether it is in an envelope that is signed. */
      readonly signed: boolean;
    };

/** What stands beside a manifest, as far as it could be looked for. */
export interface Attachments {
  readonly things: readonly StandingThing[];
  /** Why there may be more; absent where all of it was read. */
  readonly unseen?: string;
}

/** Referrers that are read of one manifest; an image that has more has signatures of many runs. */
const mostReferrers = 64;

const bundle = /^application\/vnd\.dev\.sigstore\.bundle(?:\.v|\+json)/;
const simpleSigning = 'application/vnd.dev.cosign.simplesigning.v1+json';
const notarySignature = 'application/vnd.cncf.notary.signature';
const envelope = 'application/vnd.dsse.envelope.v1+json';
const signaturePredicate = 'https://sigstore.dev/cosign/sign/v1';

// What registries attach by themselves, and our record of a promotion, which each promotion writes anew.
const ofRegistry = /^application\/vnd\.(?:microsoft\.artifact\.lifecycle|base-image-refresh\.)/;

/** Everything that stands beside a manifest: its referrers, and what cosign keeps under tags. */
export async function attachedTo(registry: Registry, place: Repository, digest: Digest): Promise<Attachments> {
  const { referrers, unseen } = await referrersOf(registry, place, digest);
  const tags = ['sig', 'att', 'sbom'].map((kind) => withTag(place, `${digest.replace(':', '-')}.${kind}`));
  const references = [...referrers.map((entry) => withDigest(place, entry.digest)), ...tags];
  const found = await Promise.all(
    references.map(async (reference) => {
      const read = await attempt(digest, () => registry.manifest(reference));
      if (read.kind === 'failed' && isAbsent(read.failure)) return [];
      if (read.kind === 'failed') throw new FailureError(read.failure);
      const { document } = read.value;
      return document.kind === 'index' ? [] : attachmentsIn(registry, place, document);
    }),
  );
  return { things: found.flat(), ...given('unseen', unseen) };
}

interface Listed {
  readonly referrers: readonly Descriptor[];
  readonly unseen?: string;
}

async function referrersOf(registry: Registry, place: Repository, digest: Digest): Promise<Listed> {
  const listed = await attempt(digest, () => registry.referrers(place, digest));
  if (listed.kind === 'failed') {
    const { code, detail } = listed.failure;
    // What may read the image and not this list cannot know whether the image is signed.
    if (code === 'forbidden' || code === 'unauthorised') return { referrers: [], unseen: detail };
    throw new FailureError(listed.failure);
  }
  const all = listed.value.filter(({ artifactType }) => !ofRegistry.test(artifactType ?? ''));
  const referrers = all.slice(0, mostReferrers);
  if (referrers.length === all.length) return { referrers };
  return { referrers, unseen: `${all.length} referrers, of which ${mostReferrers} are read` };
}

async function attachmentsIn(
  registry: Registry,
  place: Repository,
  manifest: Manifest,
): Promise<readonly StandingThing[]> {
  const type = manifest.artifactType ?? manifest.config.mediaType;
  if (type === notarySignature)
    return [{ kind: 'signature', tool: 'notation', by: await notarySigner(registry, place, manifest) }];
  if (ofRegistry.test(type)) return [];
  const found = await Promise.all(manifest.layers.map((layer) => attachmentIn(registry, place, manifest, layer)));
  return found.flat();
}

async function attachmentIn(
  registry: Registry,
  place: Repository,
  manifest: Manifest,
  layer: Descriptor,
): Promise<readonly StandingThing[]> {
  if (layer.mediaType === simpleSigning) return [{ kind: 'signature', tool: 'cosign', by: simpleSigner(layer) }];
  const isSigned = bundle.test(layer.mediaType) || layer.mediaType === envelope;
  const stated = predicateIn(layer.annotations ?? {}) ?? predicateIn(manifest.annotations);
  if (!isSigned) {
    const written = layer.mediaType === mediaTypes.inToto ? await predicateOf(registry, place, layer) : undefined;
    return [{ kind: 'attestation', type: stated ?? written ?? artifactTypeOf(manifest, layer), signed: false }];
  }
  const type = stated ?? (await predicateOf(registry, place, layer));
  // A bundle without a statement holds a signature of the image itself.
  if (type === undefined || type === signaturePredicate) {
    const by = bundleSigner(new TextDecoder().decode(await registry.blob(place, layer, provenanceLimit)));
    return [{ kind: 'signature', tool: 'cosign', by }];
  }
  return [{ kind: 'attestation', type, signed: true }];
}

async function notarySigner(registry: Registry, place: Repository, { layers }: Manifest): Promise<SignedBy> {
  const [layer] = layers;
  if (layer === undefined) return { kind: 'unknown' };
  return envelopeSigner(await registry.blob(place, layer, provenanceLimit));
}

// cosign, specs/SIGNATURE_SPEC.md: the certificate stands beside the signature, where there is one.
function simpleSigner({ annotations }: Descriptor): SignedBy {
  const certificate = annotations?.['dev.sigstore.cosign/certificate'];
  return certificate === undefined || certificate === '' ? { kind: 'key' } : certificateSigner(certificate);
}

function artifactTypeOf({ artifactType }: Manifest, { mediaType }: Descriptor): string {
  return artifactType ?? mediaType;
}

function predicateIn(annotations: Readonly<Record<string, string>>): string | undefined {
  const keys = ['in-toto.io/predicate-type', 'predicateType', 'dev.sigstore.bundle.predicateType'];
  return keys.map((key) => annotations[key]).find((type) => type !== undefined && type !== '');
}

async function predicateOf(registry: Registry, place: Repository, layer: Descriptor): Promise<string | undefined> {
  const document = parsed(new TextDecoder().decode(await registry.blob(place, layer, provenanceLimit)));
  const payload = field(field(document, 'dsseEnvelope') ?? document, 'payload');
  const statement = typeof payload === 'string' ? parsed(Buffer.from(payload, 'base64').toString('utf8')) : document;
  const type = field(statement, 'predicateType');
  return typeof type === 'string' ? type : undefined;
}

const kinds: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`^${provenanceType}`), 'provenance'],
  [
    /^https:\/\/(?:spdx\.dev\/Document|cyclonedx\.org\/)|^application\/(?:spdx|vnd\.cyclonedx|vnd\.syft)|\bspdx\b/,
    'SBOM',
  ],
  [/^https:\/\/cosign\.sigstore\.dev\/attestation\/vuln\//, 'scan'],
  [new RegExp(`^${recordType}$`), 'record'],
  [/^https:\/\/slsa\.dev\/verification_summary\//, 'verification summary'],
  [/openvex|\bcsaf\b/, 'VEX'],
];

/** What a predicate is called here, whatever its version: provenance, SBOM, scan, record, verification summary, VEX, else itself. */
export function attestationKind(type: string): string {
  return kinds.find(([form]) => form.test(type))?.[1] ?? type;
}
