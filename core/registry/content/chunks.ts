import { FailureError, fail } from '../../failure.ts';
import type { Ask } from '../auth/session.ts';
import type { Context } from './context.ts';
import { answerLimit, endUpload, sessionOf, type Upload, type UploadSession, writeAsk } from './upload-session.ts';
import { writeFailure } from './write-failure.ts';

/** Bytes of a chunk; what is smaller is not worth going on with. */
export const usualChunk = 8 * 1024 * 1024;
/** A proxy that takes no more than this is no way to a registry. */
const leastChunk = 64 * 1024;
/** Attempts to go on from where the registry is, without a byte more arriving. */
const mostAttempts = 5;

interface Progress {
  session: UploadSession;
  /** Bytes that the registry has. */
  held: number;
  /** Most bytes of one request: less where a proxy bounds them. */
  piece: number;
}

/**
 * Uploads a blob in chunks (distribution-spec, "Pushing a blob in chunks"). A chunk that breaks off is gone on with from
 * the byte that the registry says it has, so that no byte is read twice from where the blob comes from.
 */
export async function uploadInChunks(context: Context, upload: Upload, session: UploadSession): Promise<void> {
  const progress: Progress = { session, held: 0, piece: Math.max(usualChunk, session.smallestChunk) };
  for await (const chunk of gathered(upload.content(), progress.piece)) {
    await sendChunk(context, upload, progress, chunk);
  }
  await endUpload(context, upload, progress.session, { content: () => new Uint8Array(), size: 0 });
}

async function sendChunk(context: Context, upload: Upload, progress: Progress, chunk: Uint8Array): Promise<void> {
  const start = progress.held;
  for (let attempt = 1; progress.held < start + chunk.length; ) {
    const { held: before, piece: cut } = progress;
    const piece = chunk.subarray(before - start, before - start + progress.piece);
    try {
      await sendPiece(context, upload, progress, piece);
    } catch (thrown) {
      const passes = thrown instanceof FailureError && thrown.failure.retryable && thrown.failure.code !== 'deadline';
      if (!passes || attempt >= mostAttempts) throw thrown;
      await context.session.pause(attempt, thrown.failure.subject);
      await askProgress(context, upload, progress);
    }
    if (progress.held < start || progress.held > start + chunk.length) throw lost(context, upload);
    const hasMoved = progress.held > before || progress.piece < cut;
    attempt = hasMoved ? 1 : attempt + 1;
    if (attempt > mostAttempts) throw lost(context, upload);
  }
}

async function sendPiece(context: Context, upload: Upload, progress: Progress, piece: Uint8Array): Promise<void> {
  const { held, session } = progress;
  const ask: Ask = {
    ...writeAsk(context, upload.to, upload.descriptor, 'PATCH', session.url),
    headers: {
      'content-type': 'application/octet-stream',
      'content-length': String(piece.length),
      'content-range': `${held}-${held + piece.length - 1}`,
    },
    body: () => piece,
    bodySize: piece.length,
    attempts: 1,
  };
  const answer = await context.session.answer(ask, answerLimit);
  if (answer.status === 413 && piece.length > Math.max(leastChunk, session.smallestChunk)) {
    progress.piece = Math.max(Math.ceil(piece.length / 2), leastChunk, session.smallestChunk);
    return;
  }
  if (answer.status === 416) return askProgress(context, upload, progress);
  // distribution-spec says 202; go-containerregistry's registry says 204.
  if (answer.status !== 202 && answer.status !== 204) throw writeFailure(context.session, answer, ask);
  progress.session = { ...sessionOf(answer, ask), smallestChunk: session.smallestChunk };
  progress.held = heldOf(answer.headers.range, held) ?? held + piece.length;
}

// distribution-spec, "Resuming": a GET of the upload says how much of it has arrived.
async function askProgress(context: Context, upload: Upload, progress: Progress): Promise<void> {
  const { session, held } = progress;
  const ask = writeAsk(context, upload.to, upload.descriptor, 'GET', session.url);
  const answer = await context.session.answer(ask, answerLimit);
  const known = answer.status === 204 ? heldOf(answer.headers.range, held) : undefined;
  if (known === undefined) throw lost(context, upload);
  const moved = answer.headers.location === undefined ? session : sessionOf(answer, ask);
  progress.session = { ...moved, smallestChunk: session.smallestChunk };
  progress.held = known;
}

// `0-0` is also what an upload without a byte is said to hold.
function heldOf(range: string | undefined, before: number): number | undefined {
  const last = /^(?:bytes=)?0-(\d{1,15})$/.exec(range?.trim() ?? '')?.[1];
  if (last === undefined) return undefined;
  return last === '0' && before === 0 ? 0 : Number(last) + 1;
}

function lost(context: Context, { to, descriptor }: Upload): FailureError {
  const { subject } = writeAsk(context, to, descriptor, 'PATCH', '');
  return fail('unreachable', subject, 'registry lost what was uploaded', 'run again', { retryable: true });
}

async function* gathered(content: Uint8Array | AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of content instanceof Uint8Array ? [content] : content) {
    let rest = part;
    while (rest.length > 0) {
      const taken = rest.subarray(0, size - length);
      parts.push(taken);
      length += taken.length;
      rest = rest.subarray(taken.length);
      if (length < size) continue;
      yield parts.length === 1 ? taken : Buffer.concat(parts);
      [parts, length] = [[], 0];
    }
  }
  if (length > 0) yield Buffer.concat(parts);
}
