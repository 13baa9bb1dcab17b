import { fail } from '../../failure.ts';
import { decodeManifest } from '../../oci/decode.ts';
import { type Digest, digestOf } from '../../oci/digest.ts';
import { type Descriptor, mediaTypes, type StoredManifest } from '../../oci/manifest.ts';
import { formatReference, type Reference, withTag } from '../../oci/reference.ts';
import type { Ask } from '../auth/session.ts';
import { atOrigin, type Context, manifestPath, writing } from './context.ts';
import { lookUp } from './manifests.ts';
import { referrersIndex, referrersTag } from './referrers.ts';
import { writeFailure } from './write-failure.ts';

const answerLimit = 256 * 1024;

type Storable = Pick<StoredManifest, 'bytes' | 'descriptor'>;

/** PUTs manifest bytes unchanged under the tag, or else the digest, and makes sure of what the registry stored. */
export async function storeManifest(context: Context, reference: Reference, manifest: Storable): Promise<void> {
  const { bytes, descriptor } = manifest;
  const subject = formatReference(reference);
  if (descriptor.digest.startsWith('sha256:') && digestOf(bytes) !== descriptor.digest) {
    throw fail(
      'digest-mismatch',
      subject,
      `the manifest to put there is ${digestOf(bytes)} and not ${descriptor.digest}`,
    );
  }
  const { tag } = reference;
  const ask: Ask = {
    ...writing(context, reference),
    subject,
    method: 'PUT',
    to: manifestPath(tag === undefined ? { digest: descriptor.digest } : { tag }),
    headers: { 'content-type': descriptor.mediaType },
    body: () => bytes,
    bodySize: bytes.length,
  };
  const answer = await context.session.answer(ask, answerLimit);
  if (answer.status !== 201 && answer.status !== 200) throw writeFailure(context.session, answer, ask);
  const named =
    answer.headers['docker-content-digest']?.trim() ?? (await readBack(context, reference, descriptor.digest));
  if (named !== descriptor.digest) {
    throw fail('digest-mismatch', subject, `registry stored ${named.slice(0, 150)} where ${descriptor.digest} was put`);
  }
  if (answer.headers['oci-subject'] === undefined) await tagReferrer(context, reference, manifest, subject);
}

async function readBack(context: Context, { registry, repository, tag }: Reference, digest: Digest): Promise<string> {
  const looked = await lookUp(atOrigin(context), {
    registry,
    repository,
    ...(tag === undefined ? { digest } : { tag }),
  });
  return looked.kind === 'described' ? looked.descriptor.digest : looked.manifest.descriptor.digest;
}

// A registry without the referrers API leaves the list to its clients (distribution-spec, "Pushing Manifests with Subject").
async function tagReferrer(
  context: Context,
  reference: Reference,
  { bytes, descriptor }: Storable,
  subject: string,
): Promise<void> {
  if (!Buffer.from(bytes).includes('"subject"')) return;
  const document = decodeManifest(bytes, subject, descriptor.mediaType);
  if (document.subject === undefined) return;
  const { digest } = document.subject;
  const known = (await referrersIndex(atOrigin(context), reference, digest))?.manifests ?? [];
  if (known.some((entry) => entry.digest === descriptor.digest)) return;
  const artifactType = document.artifactType ?? (document.kind === 'manifest' ? document.config.mediaType : undefined);
  const entry: Descriptor = {
    mediaType: document.mediaType,
    digest: descriptor.digest,
    size: bytes.length,
    ...(Object.keys(document.annotations).length === 0 ? {} : { annotations: document.annotations }),
    ...(artifactType === undefined ? {} : { artifactType }),
  };
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [...known, entry].map(writable) };
  const written = new TextEncoder().encode(JSON.stringify(index));
  await storeManifest(context, withTag(reference, referrersTag(digest)), {
    bytes: written,
    descriptor: { mediaType: mediaTypes.ociIndex, digest: digestOf(written), size: written.length },
  });
}

// The domain's names of platform fields are not the specification's.
function writable({ platform, ...descriptor }: Descriptor): object {
  if (platform === undefined) return descriptor;
  const { osVersion, ...rest } = platform;
  return { ...descriptor, platform: { ...rest, ...(osVersion === undefined ? {} : { 'os.version': osVersion }) } };
}
