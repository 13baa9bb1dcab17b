import { attempt, FailureError, fail, isAbsent } from '../../failure.ts';
import { decodeManifest } from '../../oci/decode.ts';
import type { Digest } from '../../oci/digest.ts';
import { type Descriptor, type Index, mediaTypes } from '../../oci/manifest.ts';
import { type Repository, withTag } from '../../oci/reference.ts';
import type { Ask } from '../auth/session.ts';
import { manifestLimit } from '../transport/body.ts';
import type { ServedRepository } from '../transport/endpoint.ts';
import { registryErrors } from '../transport/failures.ts';
import type { WholeReply } from '../transport/transport.ts';
import { atOrigin, type Context, reading } from './context.ts';
import { fetchManifest } from './manifests.ts';
import { readAnywhere } from './mirror.ts';
import { pages } from './pages.ts';

/** Manifests whose subject is the digest (distribution-spec, "Listing Referrers"). */
export function listReferrers(
  context: Context,
  repository: Repository,
  digest: Digest,
): Promise<readonly Descriptor[]> {
  return readAnywhere(context, repository, (place) => listReferrersAt(place, repository, digest));
}

async function listReferrersAt(
  context: Context,
  repository: Repository,
  digest: Digest,
): Promise<readonly Descriptor[]> {
  const ask = asking(context, repository, digest);
  const { subject } = ask;
  const namespace = namespaceOf(ask.place);
  if (context.withoutReferrers?.has(namespace)) return taggedReferrers(context, repository, digest);
  const found = new Map<Digest, Descriptor>();
  for await (const answer of pages(context.session, ask, manifestLimit)) {
    // A registry that knows the API answers 200 even where there is nothing.
    if ([400, 404, 405, 406, 501].includes(answer.status)) {
      if (isWithoutApi(answer)) context.withoutReferrers?.add(namespace);
      return taggedReferrers(context, repository, digest);
    }
    if (answer.status !== 200) throw context.session.failure(answer, ask);
    const index = decodeManifest(answer.bytes, subject, answer.headers['content-type']);
    if (index.kind !== 'index') throw fail('malformed', subject, 'registry answered its referrers with no index');
    for (const descriptor of index.manifests) found.set(descriptor.digest, descriptor);
  }
  return [...found.values()];
}

/** Whether the registry itself lists what is attached to a digest: where not, its clients share one tag for that, and overwrite one another. */
export async function hasReferrersApi(context: Context, repository: Repository, digest: Digest): Promise<boolean> {
  const ask = asking(atOrigin(context), repository, digest);
  if (context.withoutReferrers?.has(namespaceOf(ask.place))) return false;
  const { status } = await context.session.answer(ask, manifestLimit);
  return status === 200;
}

function asking(context: Context, repository: Repository, digest: Digest): Ask {
  return {
    ...reading(context, repository),
    subject: `${repository.registry}/${repository.repository}@${digest}`,
    method: 'GET',
    to: `referrers/${digest}`,
    headers: { accept: mediaTypes.ociIndex },
  };
}

// One host may have several registries behind it (Artifactory, Nexus), distinguished by the first part of the name.
function namespaceOf({ endpoint, repository }: ServedRepository): string {
  return `${endpoint.origin}/${repository.split('/', 1)[0]}`;
}

// What is said of this repository or image alone (NAME_UNKNOWN and the like) says nothing of the API.
function isWithoutApi({ status, bytes }: WholeReply): boolean {
  if (status === 405 || status === 501) return true;
  return status === 404 && registryErrors(bytes).every(({ code }) => code === 'UNSUPPORTED');
}

/** The tag that stands in for the referrers API (distribution-spec, "Referrers Tag Schema"). */
export function referrersTag(digest: Digest): string {
  return digest.replace(':', '-').slice(0, 128);
}

async function taggedReferrers(
  context: Context,
  repository: Repository,
  digest: Digest,
): Promise<readonly Descriptor[]> {
  return (await referrersIndex(context, repository, digest))?.manifests ?? [];
}

/** The index under the referrers tag, undefined where there is none. */
export async function referrersIndex(
  context: Context,
  repository: Repository,
  digest: Digest,
): Promise<Index | undefined> {
  const reference = withTag(repository, referrersTag(digest));
  const outcome = await attempt(reference.tag, () => fetchManifest(context, reference));
  if (outcome.kind === 'failed') {
    if (isAbsent(outcome.failure)) return undefined;
    throw new FailureError(outcome.failure);
  }
  const { document } = outcome.value;
  return document.kind === 'index' ? document : undefined;
}
