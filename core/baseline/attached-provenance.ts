import { attempt, FailureError } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';
import { type Descriptor, mediaTypes } from '../oci/manifest.ts';
import { type Reference, withDigest } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import { field, materialsIn, type PlatformProvenance, parsed, provenanceLimit, provenanceType } from './provenance.ts';
import type { PublishedImage } from './published.ts';

/** Referrers that are read: an image may carry a signature for every time that somebody signed it. */
const mostReferrers = 16;

// How a statement is wrapped: not at all, in a Sigstore bundle, or in the DSSE envelope that such a bundle holds.
const bundle = /^application\/vnd\.dev\.sigstore\.bundle(?:\.v|\+json)/;
const envelope = 'application/vnd.dsse.envelope.v1+json';

/** Provenance that stands beside an image as a referrer (OCI distribution-spec, "Listing Referrers") and speaks of its digest. */
export async function readAttachedProvenance(
  registry: Registry,
  { reference, manifest }: PublishedImage,
): Promise<readonly PlatformProvenance[]> {
  const { digest } = manifest.descriptor;
  const listed = await attempt(digest, () => registry.referrers(reference, digest));
  if (listed.kind === 'failed') {
    // Registries without the API forbid it at times; what may read the image and not this has no referrers to see.
    if (listed.failure.code === 'forbidden' || listed.failure.code === 'unauthorised') return [];
    throw new FailureError(listed.failure);
  }
  const found = await Promise.all(
    listed.value.slice(0, mostReferrers).map((entry) => statementsIn(registry, reference, entry)),
  );
  return found
    .flat()
    .filter((statement) => speaksOf(statement, digest))
    .map((statement) => ({ subject: digest, materials: materialsIn(statement) }));
}

async function statementsIn(registry: Registry, image: Reference, entry: Descriptor): Promise<readonly unknown[]> {
  const { document } = await registry.manifest(withDigest(image, entry.digest));
  const layers = document.kind === 'manifest' ? document.layers : [];
  // The type of a referrer is what its tool says; that of the layer is what it is.
  const wrapped = layers.filter(({ mediaType }) => unwrapperOf(mediaType) !== undefined);
  return Promise.all(
    wrapped.map(async (layer) => {
      const text = new TextDecoder().decode(await registry.blob(image, layer, provenanceLimit));
      return unwrapperOf(layer.mediaType)?.(parsed(text));
    }),
  );
}

function unwrapperOf(mediaType: string): ((document: unknown) => unknown) | undefined {
  if (mediaType === mediaTypes.inToto) return (document) => document;
  if (mediaType === envelope) return payloadOf;
  return bundle.test(mediaType) ? (document) => payloadOf(field(document, 'dsseEnvelope')) : undefined;
}

function payloadOf(wrapped: unknown): unknown {
  const payload = field(wrapped, 'payload');
  return typeof payload === 'string' ? parsed(Buffer.from(payload, 'base64').toString('utf8')) : undefined;
}

// in-toto Statement: a copied attestation still names what it was made for.
function speaksOf(statement: unknown, digest: Digest): boolean {
  const [subjects, type] = [field(statement, 'subject'), field(statement, 'predicateType')];
  if (typeof type !== 'string' || !type.startsWith(provenanceType) || !Array.isArray(subjects)) return false;
  const [algorithm = '', hex] = digest.split(':');
  return subjects.some((subject) => field(field(subject, 'digest'), algorithm) === hex);
}
