import { asDigest, type Digest } from './digest.ts';
import { type Descriptor, type Index, type Manifest, mediaTypes } from './manifest.ts';

// An image's configuration, as BuildKit writes it, or the empty one of an artifact.
const configTypes: readonly string[] = [mediaTypes.ociConfig, mediaTypes.ociEmpty, mediaTypes.inToto];
// in-toto attestation framework, "Media types": plain statements, statements of one predicate, and envelopes of them.
const statementType = /^application\/vnd\.in-toto(?:\.[a-z0-9.-]+)?\+(?:json|dsse)$/;

/** Whether an entry of an index is there for no platform at all: nothing that runs images chooses it for one. */
export function isForNoPlatform({ platform }: Descriptor): boolean {
  return platform?.os === 'unknown' && platform.architecture === 'unknown';
}

/**
 * What an entry of an index attests, by the entry and its content (BuildKit, docs/attestations/attestation-storage.md):
 * the digest of another entry. Undefined where it is no attestation, and so an image whatever its annotations call it.
 */
export function attestedBy(index: Index, entry: Descriptor, content: Manifest | Index): Digest | undefined {
  if (!isForNoPlatform(entry) || !holdsStatementsAlone(content)) return undefined;
  const subject = namedSubject(entry);
  const isAnother = subject !== entry.digest && index.manifests.some(({ digest }) => digest === subject);
  return isAnother ? subject : undefined;
}

/** The digest that an entry says it is about; a claim, until its content shows that it is an attestation. */
export function namedSubject({ annotations }: Descriptor): Digest | undefined {
  return asDigest(annotations?.['vnd.docker.reference.digest'] ?? '');
}

/** Whether content is statements and nothing else: no engine unpacks layers of these types, so that it cannot be run. */
export function holdsStatementsAlone(content: Manifest | Index): content is Manifest {
  if (content.kind === 'index' || !configTypes.includes(content.config.mediaType)) return false;
  return content.layers.length > 0 && content.layers.every(({ mediaType }) => statementType.test(mediaType));
}
