import { attempt, type Failure, FailureError } from '../failure.ts';
import { field, parsed } from '../json.ts';
import type { Digest } from '../oci/digest.ts';
import { type Descriptor, mediaTypes } from '../oci/manifest.ts';
import { type Reference, withDigest } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import { provenanceLimit } from './provenance.ts';

/** Referrers that are read: an image may carry a signature for every time that somebody signed it. */
const mostReferrers = 16;

// How a statement is wrapped: not at all, in a Sigstore bundle, or in the DSSE envelope that such a bundle holds.
const bundle = /^application\/vnd\.dev\.sigstore\.bundle(?:\.v|\+json)/;
const envelope = 'application/vnd.dsse.envelope.v1+json';

/** A document that stands beside an image, out of its wrapping; signatures are not verified. */
export interface AttachedDocument {
  /** The manifest that carries it. */
  readonly referrer: Digest;
  /** Of the layer: what it is, whatever its tool calls the referrer. */
  readonly mediaType: string;
  readonly document: unknown;
}

export interface Attached {
  readonly documents: readonly AttachedDocument[];
  /** How many referrers there were too many. */
  readonly unread: number;
  /** Why the registry does not list them; absent where it does. */
  readonly refusal?: Failure;
}

/**
 * The documents beside an image (OCI distribution-spec, "Listing Referrers") of the media types that are wanted, in-toto
 * statements among them, whatever they are wrapped in.
 */
export async function readAttached(
  registry: Registry,
  image: Reference,
  digest: Digest,
  isWanted: (mediaType: string) => boolean = () => false,
): Promise<Attached> {
  const listed = await attempt(digest, () => registry.referrers(image, digest));
  if (listed.kind === 'failed') {
    const { failure } = listed;
    // Registries without the API forbid it at times; what may read the image and not this has no referrers to see.
    if (failure.code !== 'forbidden' && failure.code !== 'unauthorised') throw new FailureError(failure);
    return { documents: [], unread: 0, refusal: failure };
  }
  const read = listed.value.slice(0, mostReferrers).map((entry) => documentsIn(registry, image, entry, isWanted));
  return { documents: (await Promise.all(read)).flat(), unread: Math.max(0, listed.value.length - mostReferrers) };
}

async function documentsIn(
  registry: Registry,
  image: Reference,
  entry: Descriptor,
  isWanted: (mediaType: string) => boolean,
): Promise<readonly AttachedDocument[]> {
  const { document } = await registry.manifest(withDigest(image, entry.digest));
  const layers = document.kind === 'manifest' ? document.layers : [];
  const wanted = layers.filter(({ mediaType }) => isWanted(mediaType) || unwrapperOf(mediaType) !== undefined);
  return Promise.all(
    wanted.map(async (layer) => {
      const text = new TextDecoder().decode(await registry.blob(image, layer, provenanceLimit));
      const unwrap = unwrapperOf(layer.mediaType) ?? ((plain: unknown) => plain);
      return { referrer: entry.digest, mediaType: layer.mediaType, document: unwrap(parsed(text)) };
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
