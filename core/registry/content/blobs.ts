import { FailureError, fail } from '../../failure.ts';
import type { Descriptor } from '../../oci/manifest.ts';
import type { Repository } from '../../oci/reference.ts';
import type { Ask } from '../auth/session.ts';
import { blobVerifier, readStart, refusalLimit, tooLarge } from '../transport/body.ts';
import { connectionFailure, mayPass } from '../transport/connection.ts';
import type { OpenReply } from '../transport/transport.ts';
import { type Context, reading } from './context.ts';
import { type WayOn, wayOn } from './mirror.ts';

/** Attempts to go on with a blob whose connection broke. */
const mostParts = 5;

/** How failures name a blob. */
export function blobSubject({ registry, repository }: Repository, { digest }: Descriptor): string {
  return `${registry}/${repository}@${digest}`;
}

/** A blob in memory, verified. */
export async function readBlob(
  context: Context,
  from: Repository,
  descriptor: Descriptor,
  limit: number,
): Promise<Uint8Array> {
  const subject = blobSubject(from, descriptor);
  if (descriptor.size > limit) throw tooLarge(subject, limit);
  const chunks: Uint8Array[] = [];
  for await (const chunk of streamBlob(context, from, descriptor)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A blob as a stream that ends in `digest-mismatch` where the bytes are others; a broken connection is resumed. */
export async function* streamBlob(
  context: Context,
  from: Repository,
  descriptor: Descriptor,
): AsyncGenerator<Uint8Array> {
  const subject = blobSubject(from, descriptor);
  const verifier = blobVerifier(descriptor, subject);
  let received = 0;
  let way: WayOn | undefined;
  for (let part = 1; ; part++) {
    try {
      for await (const chunk of await openBlob(way?.context ?? context, from, descriptor, received)) {
        verifier.add(chunk);
        received += chunk.length;
        yield chunk;
      }
      return verifier.finish();
    } catch (thrown) {
      // What broke once the last byte had come took nothing with it: registries refuse a range after the end.
      if (!(thrown instanceof FailureError) && received === descriptor.size) return verifier.finish();
      const resumes = !(thrown instanceof FailureError) && part < mostParts && mayPass(thrown);
      if (resumes) {
        await context.session.pause(part, subject);
        continue;
      }
      const failure = connectionFailure(thrown, subject, from.registry, part);
      // What the mirror sent so far counts as well: the digest is taken of the whole.
      const next = way === undefined ? wayOn(context, from, failure) : undefined;
      if (next === undefined) throw way?.failure(failure) ?? failure;
      way = next;
      part = 0;
    }
  }
}

async function openBlob(
  context: Context,
  from: Repository,
  descriptor: Descriptor,
  start: number,
): Promise<AsyncIterable<Uint8Array>> {
  const ask: Ask = {
    ...reading(context, from),
    subject: blobSubject(from, descriptor),
    method: 'GET',
    to: `blobs/${descriptor.digest}`,
    ...(start === 0 ? {} : { headers: { range: `bytes=${start}-` } }),
  };
  const opened = await context.session.open(ask);
  if (opened.status === 200) return skip(opened.body, start);
  if (opened.status === 206 && start > 0 && startsAt(opened, start)) return opened.body;
  const bytes = await readStart(opened, refusalLimit);
  if (opened.status === 206)
    throw fail('malformed', ask.subject, 'registry sent another part of the blob than was asked for');
  throw context.session.failure({ ...opened, bytes }, ask);
}

function startsAt({ headers }: OpenReply, start: number): boolean {
  return headers['content-range']?.startsWith(`bytes ${start}-`) ?? false;
}

// A registry that does not know ranges begins anew.
async function* skip(body: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const chunk of body) {
    if (left >= chunk.length) left -= chunk.length;
    else yield left === 0 ? chunk : chunk.subarray(left);
    if (left < chunk.length) left = 0;
  }
}
