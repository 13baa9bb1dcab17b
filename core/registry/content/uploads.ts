import { FailureError } from '../../failure.ts';
import type { Descriptor } from '../../oci/manifest.ts';
import type { Repository } from '../../oci/reference.ts';
import type { Scope } from '../auth/scope.ts';
import { streamBlob } from './blobs.ts';
import { uploadInChunks, usualChunk } from './chunks.ts';
import { type Context, placeOf, writing } from './context.ts';
import {
  answerLimit,
  beginUpload,
  endUpload,
  sessionOf,
  type Upload,
  type UploadSession,
  writeAsk,
} from './upload-session.ts';
import { writeFailure } from './write-failure.ts';

/** Times an upload is begun, as often as any other request is made: its session is in an unknown state after a failure. */
const mostUploads = 5;

/** Whether a repository has a blob. */
async function hasBlob(context: Context, repository: Repository, descriptor: Descriptor): Promise<boolean> {
  const ask = writeAsk(context, repository, descriptor, 'HEAD', `blobs/${descriptor.digest}`);
  const answer = await context.session.answer(ask, 0);
  if (answer.status === 200) return true;
  if (answer.status === 404) return false;
  throw writeFailure(context.session, answer, ask);
}

/**
 * Uploads a blob: in one piece (distribution-spec, "POST then PUT"), which every registry takes, and in chunks that can
 * be gone on with where that breaks off or is too much for one request.
 */
export async function uploadBlob(context: Context, upload: Upload): Promise<void> {
  const { to, descriptor } = upload;
  let { begun } = upload;
  let [bounded, inChunks] = [false, false];
  for (let attempt = 1; ; attempt++) {
    try {
      const session = begun ?? (await beginUpload(context, upload));
      if (inChunks) return await uploadInChunks(context, upload, session);
      const whole = { content: upload.content, size: descriptor.size };
      if ((await endUpload(context, upload, session, whole)) === 'stored') return;
      bounded = true;
    } catch (thrown) {
      if (!(thrown instanceof FailureError) || attempt >= mostUploads) throw thrown;
      // A registry that knows no chunks may still take the blob in one piece.
      const another = thrown.failure.retryable || (inChunks && !bounded && thrown.failure.code === 'refused');
      if (!another || thrown.failure.code === 'deadline') throw thrown;
      await context.session.pause(attempt, thrown.failure.subject);
      // The answer may have been lost, not the blob.
      if (await hasBlob(context, to, descriptor)) return;
    }
    begun = undefined;
    inChunks = bounded || (!inChunks && descriptor.size > usualChunk);
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
    ...(mounted.kind === 'opened' ? { begun: mounted.session } : {}),
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
  | { readonly kind: 'opened'; readonly session: UploadSession }
  | { readonly kind: 'refused' };

// distribution-spec, "Mounting a blob from another repository": who does not mount opens an upload instead.
async function mount(context: Context, from: string, to: Repository, descriptor: Descriptor): Promise<Mounted> {
  const query = new URLSearchParams({ mount: descriptor.digest, from });
  const source: Scope = { repository: from, actions: ['pull'] };
  const ask = writeAsk(context, to, descriptor, 'POST', `blobs/uploads/?${query}`, [source]);
  const answer = await context.session.answer(ask, answerLimit);
  if (answer.status === 201) return { kind: 'mounted' };
  if (answer.status === 202) return { kind: 'opened', session: sessionOf(answer, ask) };
  // Whoever may not mount can still copy what can be read.
  if ([400, 401, 403, 404, 405].includes(answer.status)) return { kind: 'refused' };
  throw writeFailure(context.session, answer, ask);
}
