import { fail } from '../failure.ts';
import { digestOf } from '../oci/digest.ts';
import type { StoredManifest } from '../oci/manifest.ts';
import { formatReference, type Reference } from '../oci/reference.ts';
import { type Context, manifestPath, writing } from './context.ts';
import { lookUp } from './manifests.ts';
import type { Ask } from './session.ts';

const answerLimit = 256 * 1024;

/** PUTs manifest bytes unchanged under the tag, or else the digest, and makes sure of what the registry stored. */
export async function storeManifest(
  context: Context,
  reference: Reference,
  { bytes, descriptor }: Pick<StoredManifest, 'bytes' | 'descriptor'>,
): Promise<void> {
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
  if (answer.status !== 201 && answer.status !== 200) throw context.session.failure(answer, ask);
  const named = answer.headers['docker-content-digest']?.trim() ?? (await readBack(context, reference));
  if (named !== descriptor.digest) {
    throw fail('digest-mismatch', subject, `registry stored ${named.slice(0, 150)} where ${descriptor.digest} was put`);
  }
}

async function readBack(context: Context, reference: Reference): Promise<string> {
  const looked = await lookUp(context, reference);
  return looked.kind === 'described' ? looked.descriptor.digest : looked.manifest.descriptor.digest;
}

/** Removes a tag, or a manifest by its digest; what is gone already is no failure. */
export async function removeManifest(context: Context, reference: Reference): Promise<void> {
  const subject = formatReference(reference);
  // A tag alone is never deleted by way of its digest: other tags may name the same content.
  const to = manifestPath(reference);
  const ask: Ask = { ...writing(context, reference, ['pull', 'push', 'delete']), subject, method: 'DELETE', to };
  const answer = await context.session.answer(ask, answerLimit);
  if ([200, 202, 204, 404].includes(answer.status)) return;
  if (answer.status === 405) {
    throw fail('refused', subject, 'registry does not allow deletion', 'enable it there or remove the tag by hand');
  }
  throw context.session.failure(answer, ask);
}
