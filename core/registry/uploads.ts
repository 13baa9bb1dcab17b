import { FailureError, fail } from '../failure.ts';
import type { Descriptor } from '../oci/manifest.ts';
import type { Repository } from '../oci/reference.ts';
import { ownAddress } from './addresses.ts';
import { blobSubject, streamBlob } from './blobs.ts';
import { type Context, placeOf, writing } from './context.ts';
import type { Scope } from './scope.ts';
import type { Ask, Provenance } from './session.ts';
import type { Answer } from './transport.ts';
import { writeFailure } from './write-failure.ts';

/** Times an upload is begun anew: its session is in an unknown state after a failure. */
const mostUploads = 3;
const answerLimit = 256 * 1024;

/** A blob on its way to a repository. */
interface Upload {
  readonly to: Repository;
  readonly descriptor: Descriptor;
  /** Made anew for each attempt. */
  readonly content: () => Uint8Array | AsyncIterable<Uint8Array>;
  /** Whether the content is itself read from a registry. */
  readonly copies: boolean;
  /** Where an upload was opened already. */
  readonly begun?: URL;
}

/** Whether a repository has a blob. */
export async function hasBlob(context: Context, repository: Repository, descriptor: Descriptor): Promise<boolean> {
  const ask = writeAsk(context, repository, descriptor, 'HEAD', `blobs/${descriptor.digest}`);
  const answer = await context.session.answer(ask, 0);
  if (answer.status === 200) return true;
  if (answer.status === 404) return false;
  throw writeFailure(context.session, answer, ask);
}

/** Uploads a blob in one piece (distribution-spec, "POST then PUT"). */
export async function uploadBlob(context: Context, upload: Upload): Promise<void> {
  const { to, descriptor } = upload;
  let begun = upload.begun;
  for (let attempt = 1; ; attempt++) {
    try {
      return await finishUpload(context, upload, begun ?? (await beginUpload(context, to, descriptor)));
    } catch (thrown) {
      const again = thrown instanceof FailureError && thrown.failure.retryable && attempt < mostUploads;
      if (!again || thrown.failure.code === 'deadline') throw thrown;
      await context.session.pause(attempt, thrown.failure.subject);
      // The answer may have been lost, not the blob.
      if (await hasBlob(context, to, descriptor)) return;
      begun = undefined;
    }
  }
}

/** Makes a blob of one repository known in another, mounted where both are of one registry and it allows that. */
export async function transferBlob(
  context: Context,
  from: Repository,
  to: Repository,
  descriptor: Descriptor,
): Promise<'present' | 'mounted' | 'copied'> {
  if (await hasBlob(context, to, descriptor)) return 'present';
  const source = mountSource(context, from, to);
  const mounted: Mounted = source === undefined ? { kind: 'refused' } : await mount(context, source, to, descriptor);
  if (mounted.kind === 'mounted') return 'mounted';
  const content = () => streamBlob(context, from, descriptor);
  await uploadBlob(context, {
    to,
    descriptor,
    content,
    copies: true,
    ...(mounted.kind === 'opened' ? { begun: mounted.location } : {}),
  });
  return 'copied';
}

/** The name of a repository at the registry that is written to: its own there, or the one that a mirror serves it under. */
function mountSource(context: Context, from: Repository, to: Repository): string | undefined {
  if (from.registry === to.registry) return from.repository;
  const { endpoint, repository } = placeOf(context, from);
  return endpoint.origin === writing(context, to).place.endpoint.origin ? repository : undefined;
}

type Mounted =
  | { readonly kind: 'mounted' }
  | { readonly kind: 'opened'; readonly location: URL }
  | { readonly kind: 'refused' };

// distribution-spec, "Mounting a blob from another repository": who does not mount opens an upload instead.
async function mount(context: Context, from: string, to: Repository, descriptor: Descriptor): Promise<Mounted> {
  const query = new URLSearchParams({ mount: descriptor.digest, from });
  const source: Scope = { repository: from, actions: ['pull'] };
  const ask = writeAsk(context, to, descriptor, 'POST', `blobs/uploads/?${query}`, [source]);
  const answer = await context.session.answer(ask, answerLimit);
  if (answer.status === 201) return { kind: 'mounted' };
  if (answer.status === 202) return { kind: 'opened', location: uploadAddress(answer, ask, descriptor) };
  // Whoever may not mount can still copy what can be read.
  if ([400, 401, 403, 404, 405].includes(answer.status)) return { kind: 'refused' };
  throw writeFailure(context.session, answer, ask);
}

async function beginUpload(context: Context, to: Repository, descriptor: Descriptor): Promise<URL> {
  const ask = writeAsk(context, to, descriptor, 'POST', 'blobs/uploads/');
  const answer = await context.session.answer(ask, answerLimit);
  if (answer.status === 202) return uploadAddress(answer, ask, descriptor);
  throw writeFailure(context.session, answer, ask);
}

function uploadAddress(answer: Answer & Provenance, ask: Ask, descriptor: Descriptor): URL {
  const { location } = answer.headers;
  if (location === undefined) throw fail('malformed', ask.subject, 'registry began an upload without saying where');
  const url = ownAddress(location, answer.url, ask.place.endpoint, ask.subject);
  url.searchParams.set('digest', descriptor.digest);
  return url;
}

async function finishUpload(context: Context, { to, descriptor, content, copies }: Upload, url: URL): Promise<void> {
  const ask: Ask = {
    ...writeAsk(context, to, descriptor, 'PUT', url),
    headers: { 'content-type': 'application/octet-stream', 'content-length': String(descriptor.size) },
    body: content,
    bodySize: descriptor.size,
    copies,
    attempts: 1,
  };
  const answer = await context.session.answer(ask, answerLimit);
  if (answer.status !== 201 && answer.status !== 204) throw writeFailure(context.session, answer, ask);
  const named = answer.headers['docker-content-digest']?.trim();
  if (named === undefined || named === descriptor.digest) return;
  throw fail('digest-mismatch', ask.subject, `registry stored it as ${named.slice(0, 150)}`);
}

function writeAsk(
  context: Context,
  repository: Repository,
  descriptor: Descriptor,
  method: Ask['method'],
  to: string | URL,
  more: readonly Scope[] = [],
): Ask {
  const { place, scopes } = writing(context, repository);
  return { place, scopes: [...scopes, ...more], subject: blobSubject(repository, descriptor), method, to };
}
