import { attempt, describeFailure, type Failure } from '../../failure.ts';
import { itemsOf, mappingOf, parsed, textOf } from '../../json.ts';
import { digestOf } from '../../oci/digest.ts';
import { mediaTypes } from '../../oci/manifest.ts';
import type { Reference } from '../../oci/reference.ts';
import { answerLimit, sessionOf, writeAsk } from '../../registry/content/upload-session.ts';
import { writeFailure } from '../../registry/content/write-failure.ts';
import { placeToWrite } from '../../registry/transport/endpoint.ts';
import type { ClientParts } from './client.ts';

/** What is known of whether an image may be pushed. */
export type Push =
  | { readonly kind: 'proved' }
  /** An upload was begun and is left to expire. */
  | { readonly kind: 'left'; readonly why: string }
  | { readonly kind: 'granted' }
  | { readonly kind: 'not-granted'; readonly actions: readonly string[]; readonly source?: string }
  | { readonly kind: 'refused'; readonly failure: Failure }
  /** The registry could not be asked. */
  | { readonly kind: 'unasked'; readonly failure: Failure }
  | { readonly kind: 'not-stated' };

/** Asks for a token to push with, and looks at what it is for; nothing is written. */
export async function pushByToken({ authorizer, context }: ClientParts, release: Reference): Promise<Push> {
  const { endpoint, repository } = placeToWrite(context.routes, release);
  const asked = await attempt(release.registry, () =>
    authorizer.authorize(endpoint, [{ repository, actions: ['pull', 'push'] }]),
  );
  if (asked.kind === 'failed') return notBegun(asked.failure);
  const { header, source } = asked.value;
  const actions = grantedActions(header, repository);
  if (actions === undefined) return { kind: 'not-stated' };
  if (actions.includes('push') || actions.includes('*')) return { kind: 'granted' };
  return { kind: 'not-granted', actions, ...(source === undefined ? {} : { source }) };
}

/** Begins an upload and cancels it (distribution-spec, "Cancel a blob upload"). */
export async function pushByTrial({ context }: ClientParts, release: Reference): Promise<Push> {
  const { session } = context;
  const bytes = new Uint8Array();
  const descriptor = { mediaType: mediaTypes.ociConfig, digest: digestOf(bytes), size: 0 };
  const ask = writeAsk(context, release, descriptor, 'POST', 'blobs/uploads/');
  const begun = await attempt(ask.subject, async () => {
    const answer = await session.answer(ask, answerLimit);
    if (answer.status !== 202) throw writeFailure(session, answer, ask);
    return sessionOf(answer, ask).url;
  });
  if (begun.kind === 'failed') return notBegun(begun.failure);
  const ended = await attempt(ask.subject, () =>
    session.answer({ ...ask, method: 'DELETE', to: begun.value }, answerLimit),
  );
  if (ended.kind === 'failed') return { kind: 'left', why: describeFailure(ended.failure) };
  const { status } = ended.value;
  return status >= 200 && status < 300 ? { kind: 'proved' } : { kind: 'left', why: `the registry answered ${status}` };
}

function notBegun(failure: Failure): Push {
  const isRefusal = ['unauthorised', 'forbidden', 'not-found', 'refused'].includes(failure.code);
  return { kind: isRefusal ? 'refused' : 'unasked', failure };
}

/**
 * The actions on a repository that a bearer token says it is for (distribution, "Token Authentication Implementation");
 * undefined for one that says nothing: many registries hand out tokens that only they can read.
 */
export function grantedActions(header: string | undefined, repository: string): readonly string[] | undefined {
  const payload = /^Bearer [\w-]+\.([\w-]+)\.[\w-]+$/.exec(header ?? '')?.[1];
  const claims =
    payload === undefined ? undefined : mappingOf(parsed(Buffer.from(payload, 'base64url').toString('utf8')));
  if (!Array.isArray(claims?.access)) return undefined;
  return itemsOf(claims.access).flatMap((item) => {
    const access = mappingOf(item);
    return access?.type === 'repository' && access.name === repository
      ? itemsOf(access.actions).flatMap((action) => textOf(action) ?? [])
      : [];
  });
}

// Only a message depends on it, so the signature is not verified.
