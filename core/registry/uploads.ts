import { FailureError, fail } from '../failure.ts';
import type { Descriptor } from '../oci/manifest.ts';
import type { Repository } from '../oci/reference.ts';
import { blobSubject, streamBlob } from './blobs.ts';
import { type Context, writing } from './context.ts';
import type { Scope } from './scope.ts';
import { type Ask, ownAddress, type Provenance } from './session.ts';
import type { Answer } from './transport.ts';

/** Times an upload is begun anew: its session is in an unknown state after a failure. */
const mostUploads = 3;
const answerLimit = 256 * 1024;

type Content = () => Uint8Array | AsyncIterable<Uint8Array>;

/** Whether a repository has a blob. */
export async function hasBlob(context: Context, repository: Repository, descriptor: Descriptor): Promise<boolean> {
  const ask = writeAsk(context, repository, descriptor, 'HEAD', `blobs/${descriptor.digest}`);
  const answer = await context.session.answer(ask, 0);
  if (answer.status === 200) return true;
  if (answer.status === 404) return false;
  throw context.session.failure(answer, ask);
}

/** Uploads a blob in one piece (distribution-spec, "POST then PUT"). */
export async function uploadBlob(
  context: Context,
  to: Repository,
  descriptor: Descriptor,
  content: Content,
): Promise<void> {
  for (let upload = 1; ; upload++) {
    try {
      return await finishUpload(context, to, descriptor, content, await beginUpload(context, to, descriptor));
    } catch (thrown) {
      const again = thrown instanceof FailureError && thrown.failure.retryable && upload < mostUploads;
      if (!again || thrown.failure.code === 'deadline') throw thrown;
      // The answer may have been lost, not the blob.
      if (await hasBlob(context, to, descriptor)) return;
    }
  }
}

/** Makes a blob of one repository known in another; `mount` says that both are of one registry. */
export async function transferBlob(
  context: Context,
  from: Repository,
  to: Repository,
  descriptor: Descriptor,
): Promise<'present' | 'mounted' | 'copied'> {
  if (await hasBlob(context, to, descriptor)) return 'present';
  if (from.registry === to.registry && (await mount(context, from, to, descriptor))) return 'mounted';
  await uploadBlob(context, to, descriptor, () => streamBlob(context, from, descriptor));
  return 'copied';
}

async function mount(context: Context, from: Repository, to: Repository, descriptor: Descriptor): Promise<boolean> {
  const query = new URLSearchParams({ mount: descriptor.digest, from: from.repository });
  const ask = writeAsk(context, to, descriptor, 'POST', `blobs/uploads/?${query}`, [
    { repository: from.repository, actions: ['pull'] },
  ]);
  const answer = await context.session.answer(ask, answerLimit);
  if (answer.status === 201) return true;
  // 202 opens an upload that is left alone; whoever may not read the source can still copy what is read elsewhere.
  if ([202, 400, 401, 403, 404, 405].includes(answer.status)) return false;
  throw context.session.failure(answer, ask);
}

async function beginUpload(context: Context, to: Repository, descriptor: Descriptor): Promise<URL> {
  const ask = writeAsk(context, to, descriptor, 'POST', 'blobs/uploads/');
  const answer = await context.session.answer(ask, answerLimit);
  const { location } = answer.headers;
  if (answer.status !== 202) throw context.session.failure(answer, ask);
  if (location === undefined) throw fail('malformed', ask.subject, 'registry began an upload without saying where');
  const url = ownAddress(location, answer.url, ask.place.endpoint, ask.subject);
  url.searchParams.set('digest', descriptor.digest);
  return url;
}

async function finishUpload(
  context: Context,
  to: Repository,
  descriptor: Descriptor,
  content: Content,
  url: URL,
): Promise<void> {
  const ask: Ask = {
    ...writeAsk(context, to, descriptor, 'PUT', url),
    headers: { 'content-type': 'application/octet-stream', 'content-length': String(descriptor.size) },
    body: content,
    bodySize: descriptor.size,
    attempts: 1,
  };
  const answer = await context.session.answer(ask, answerLimit);
  if (answer.status !== 201) throw uploadFailure(context, answer, ask);
  const named = answer.headers['docker-content-digest']?.trim();
  if (named === undefined || named === descriptor.digest) return;
  throw fail('digest-mismatch', ask.subject, `registry stored it as ${named.slice(0, 150)}`);
}

function uploadFailure(context: Context, answer: Answer & Provenance, ask: Ask): Error {
  return context.session.failure(answer, ask);
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
