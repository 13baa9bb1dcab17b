import { fail } from '../../failure.ts';
import type { Descriptor } from '../../oci/manifest.ts';
import type { Repository } from '../../oci/reference.ts';
import type { Scope } from '../auth/scope.ts';
import type { Ask, Provenance } from '../auth/session.ts';
import { ownAddress } from '../transport/addresses.ts';
import type { WholeReply } from '../transport/transport.ts';
import { blobSubject } from './blobs.ts';
import { type Context, writing } from './context.ts';
import { writeFailure } from './write-failure.ts';

/** Answers to uploads are short. */
export const answerLimit = 256 * 1024;

/** A blob on its way to a repository. */
export interface Upload {
  readonly to: Repository;
  readonly descriptor: Descriptor;
  /** Made anew for each attempt. */
  readonly content: () => Uint8Array | AsyncIterable<Uint8Array>;
  /** Whether the content is itself read from a registry. */
  readonly copies: boolean;
  /** Where an upload was opened already. */
  readonly begun?: UploadSession;
}

/** An upload that a registry has opened. */
export interface UploadSession {
  /** Changes with every answer: registries keep their state in it. */
  readonly url: URL;
  /** Fewest bytes that a chunk may have, the last one aside (`OCI-Chunk-Min-Length`). */
  readonly smallestChunk: number;
}

/** Opens an upload. */
export async function beginUpload(context: Context, { to, descriptor }: Upload): Promise<UploadSession> {
  const ask = writeAsk(context, to, descriptor, 'POST', 'blobs/uploads/');
  const answer = await context.session.answer(ask, answerLimit);
  if (answer.status === 202) return sessionOf(answer, ask);
  throw writeFailure(context.session, answer, ask);
}

/** The upload that an answer names. */
export function sessionOf({ headers, url }: WholeReply & Provenance, ask: Ask): UploadSession {
  if (headers.location === undefined)
    throw fail('malformed', ask.subject, 'registry began an upload without saying where');
  const smallest = headers['oci-chunk-min-length'] ?? '';
  return {
    url: ownAddress(headers.location, url, ask.place.endpoint, ask.subject),
    smallestChunk: /^\d{1,10}$/.test(smallest) ? Number(smallest) : 0,
  };
}

/** Ends an upload, with the whole content or with none that is left to send, and makes sure of what was stored. */
export async function endUpload(
  context: Context,
  { to, descriptor, copies }: Upload,
  session: UploadSession,
  body: { readonly content: Upload['content']; readonly size: number },
): Promise<'stored' | 'too-large'> {
  const url = new URL(session.url);
  url.searchParams.set('digest', descriptor.digest);
  const ask: Ask = {
    ...writeAsk(context, to, descriptor, 'PUT', url),
    headers: { 'content-type': 'application/octet-stream', 'content-length': String(body.size) },
    body: body.content,
    bodySize: body.size,
    copies,
    attempts: 1,
  };
  const answer = await context.session.answer(ask, answerLimit);
  if (answer.status === 413 && body.size > 0) return 'too-large';
  if (answer.status !== 201 && answer.status !== 204) throw writeFailure(context.session, answer, ask);
  const named = answer.headers['docker-content-digest']?.trim();
  if (named === undefined || named === descriptor.digest) return 'stored';
  throw fail('digest-mismatch', ask.subject, `registry stored it as ${named.slice(0, 150)}`);
}

/** A request that writes a blob. */
export function writeAsk(
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
