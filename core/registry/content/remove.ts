import { fail } from '../../failure.ts';
import { formatReference, type Reference } from '../../oci/reference.ts';
import { azureCloudOf } from '../auth/acr.ts';
import type { Ask } from '../auth/session.ts';
import { type Context, manifestPath, writing } from './context.ts';

const answerLimit = 256 * 1024;

/** Removes a tag, or without one a manifest by its digest; what is gone already is no failure. */
export async function removeManifest(context: Context, reference: Reference): Promise<void> {
  const ask = removal(context, reference, formatReference(reference));
  const answer = await context.session.answer(ask, answerLimit);
  if ([200, 202, 204, 404].includes(answer.status)) return;
  if (answer.status === 405) {
    throw fail(
      'unsupported',
      ask.subject,
      'registry does not allow deletion',
      'enable it there or remove the tag by hand',
    );
  }
  throw context.session.failure(answer, ask);
}

function removal(context: Context, reference: Reference, subject: string): Ask {
  const { tag } = reference;
  if (tag !== undefined && azureCloudOf(reference.registry) !== undefined) {
    // Azure deletes manifests by digest alone, and untags by an API of its own ("Tag - Delete" of ACR's data plane).
    const writable = writing(context, reference, ['delete']);
    const { endpoint, repository } = writable.place;
    const to = new URL(`/acr/v1/${repository}/_tags/${encodeURIComponent(tag)}`, endpoint.origin);
    return { ...writable, subject, method: 'DELETE', to };
  }
  // Never by way of its digest where there is a tag: other tags may name the same content.
  const to = manifestPath(tag === undefined ? reference : { tag });
  return { ...writing(context, reference, ['pull', 'push', 'delete']), subject, method: 'DELETE', to };
}
