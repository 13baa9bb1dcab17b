import { createHash } from 'node:crypto';
import { attempt, FailureError, fail } from '../../failure.ts';
import { acceptedManifests, bareMediaType, decodeManifest, schema1Refusal } from '../../oci/decode.ts';
import { asDigest, type Digest, digestOf } from '../../oci/digest.ts';
import type { Descriptor, StoredManifest } from '../../oci/manifest.ts';
import { formatReference, type Reference, withDigest } from '../../oci/reference.ts';
import type { Ask, Provenance } from '../auth/session.ts';
import { manifestLimit } from '../transport/body.ts';
import { registryErrors } from '../transport/failures.ts';
import type { WholeReply } from '../transport/transport.ts';
import { cachedManifest, keepManifest } from './cached-manifest.ts';
import { type Context, manifestPath, reading, withoutCache } from './context.ts';

const accept = acceptedManifests.join(', ');

/** What a reference names, as far as one HEAD tells; the whole manifest where it had to be fetched. */
export type Looked =
  | { readonly kind: 'described'; readonly descriptor: Descriptor }
  | { readonly kind: 'fetched'; readonly manifest: StoredManifest };

/** Asks what a reference names: by HEAD, and by GET where HEAD leaves it open. */
export async function lookUp(context: Context, reference: Reference): Promise<Looked> {
  const ask = manifestAsk(context, reference, 'HEAD');
  const answer = await context.session.answer(ask, 0);
  if (answer.status === 200) {
    const descriptor = described(answer, reference, ask.subject);
    if (descriptor !== undefined) return { kind: 'described', descriptor };
  } else if (!isOpen(answer.status)) {
    throw context.session.failure(answer, ask);
  }
  // Whether content is still there is for its registry to say, not for what an earlier run kept of it.
  const asked = reference.digest === undefined ? context : withoutCache(context);
  return { kind: 'fetched', manifest: await fetchManifest(asked, reference) };
}

// A HEAD has no body to say why, and some proxies know HEAD only of what they hold already: GET decides.
function isOpen(status: number): boolean {
  return status === 404 || status === 400 || status === 405 || status === 406 || status === 501;
}

function described(answer: WholeReply, reference: Reference, subject: string): Descriptor | undefined {
  const mediaType = bareMediaType(answer.headers['content-type']);
  const refusal = schema1Refusal(mediaType, subject);
  if (refusal !== undefined) throw refusal;
  const digest = headerDigest(answer);
  const size = /^\d{1,15}$/.test(answer.headers['content-length'] ?? '') ? Number(answer.headers['content-length']) : 0;
  if (digest === undefined || size === 0 || !acceptedManifests.includes(mediaType)) return undefined;
  if (reference.digest !== undefined && reference.digest !== digest) return undefined;
  return { mediaType, digest, size };
}

// An ETag that is a digest and another one shows that one of the two headers is wrong.
function headerDigest({ headers }: WholeReply): Digest | undefined {
  const digest = asDigest(headers['docker-content-digest']?.trim() ?? '');
  const tag = asDigest(headers.etag?.replace(/^W\//, '').replace(/"/g, '') ?? '');
  return tag === undefined || digest === undefined || tag.split(':')[0] !== digest.split(':')[0] || tag === digest
    ? digest
    : undefined;
}

/** Fetches a manifest and verifies its bytes; what an earlier run kept is taken where it must be the same. */
export async function fetchManifest(context: Context, reference: Reference): Promise<StoredManifest> {
  const cached = reference.digest === undefined ? await confirmed(context, reference) : undefined;
  const known =
    cached ?? (reference.digest === undefined ? undefined : await cachedManifest(context, reference.digest));
  if (known !== undefined) return known;
  const ask = manifestAsk(context, reference, 'GET');
  const answer = await context.session.answer(ask, manifestLimit);
  if (answer.status !== 200) throw manifestRefused(context, answer, ask, reference);
  const manifest = await settle(context, reference, answer, ask);
  await keepManifest(context, reference, manifest);
  return manifest;
}

// A tag that an earlier run read is asked for by HEAD, which counts as no pull; what it names may be here already.
async function confirmed(context: Context, reference: Reference): Promise<StoredManifest | undefined> {
  if ((await context.cache?.tagged(reference)) === undefined) return undefined;
  const ask = manifestAsk(context, reference, 'HEAD');
  const answer = await context.session.answer(ask, 0);
  const named = answer.status === 200 ? described(answer, reference, ask.subject) : undefined;
  const cached = named === undefined ? undefined : await cachedManifest(context, named.digest);
  const { size, mediaType } = cached?.descriptor ?? {};
  return size === named?.size && mediaType === named?.mediaType ? cached : undefined;
}

async function settle(context: Context, reference: Reference, answer: WholeReply, ask: Ask): Promise<StoredManifest> {
  if (reference.digest !== undefined) return verified(answer, reference.digest, ask.subject);
  const named = asDigest(answer.headers['docker-content-digest']?.trim() ?? '');
  if (named !== undefined && matches(answer.bytes, named)) return stored(answer, named, ask.subject);
  const digest = digestOf(answer.bytes);
  const manifest = stored(answer, digest, ask.subject);
  return named === undefined ? manifest : settled(context, reference, named, digest);
}

// Either the header or the body is wrong: right is what the registry serves under its own digest.
async function settled(context: Context, reference: Reference, named: Digest, digest: Digest): Promise<StoredManifest> {
  for (const candidate of [named, digest]) {
    const served = await attempt(candidate, () =>
      fetchManifest(withoutCache(context), withDigest(reference, candidate)),
    );
    if (served.kind === 'done') return served.value;
    if (served.failure.retryable) throw new FailureError(served.failure);
  }
  const detail = `registry sent content of ${digest} under the digest ${named}`;
  throw fail('digest-mismatch', formatReference(reference), detail);
}

function verified(answer: WholeReply, digest: Digest, subject: string): StoredManifest {
  if (!matches(answer.bytes, digest)) {
    throw fail(
      'digest-mismatch',
      subject,
      `registry sent content of ${digestOf(answer.bytes)} where ${digest} was asked for`,
    );
  }
  return stored(answer, digest, subject);
}

function stored(answer: WholeReply, digest: Digest, subject: string): StoredManifest {
  const document = decodeManifest(answer.bytes, subject, answer.headers['content-type']);
  const { mediaType, artifactType } = document;
  const extra = artifactType === undefined ? {} : { artifactType };
  return { descriptor: { mediaType, digest, size: answer.bytes.length, ...extra }, bytes: answer.bytes, document };
}

function matches(bytes: Uint8Array, digest: Digest): boolean {
  const [algorithm = 'sha256'] = digest.split(':');
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}` === digest;
}

function manifestRefused(context: Context, answer: WholeReply & Provenance, ask: Ask, reference: Reference): Error {
  if (answer.status !== 404) return context.session.failure(answer, ask);
  const codes = registryErrors(answer.bytes).map(({ code }) => code);
  if (reference.digest === undefined && codes.includes('MANIFEST_UNKNOWN')) {
    return fail('tag-gone', ask.subject, 'its repository has no such tag');
  }
  return context.session.failure(answer, ask);
}

function manifestAsk(context: Context, reference: Reference, method: 'HEAD' | 'GET'): Ask {
  return {
    ...reading(context, reference),
    subject: formatReference(reference),
    method,
    to: manifestPath(reference),
    headers: { accept },
  };
}
