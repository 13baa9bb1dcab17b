import { attempt, describeFailure, type Failure, fail } from '../failure.ts';
import { itemsOf, mappingOf, parsed, textOf } from '../json.ts';
import { digestOf } from '../oci/digest.ts';
import { mediaTypes } from '../oci/manifest.ts';
import type { Repository } from '../oci/reference.ts';
import { listed } from '../text/words.ts';
import type { Authorizer } from './auth/authorizer.ts';
import type { Context } from './content/context.ts';
import { answerLimit, sessionOf, writeAsk } from './content/upload-session.ts';
import { writeFailure } from './content/write-failure.ts';
import { placeToWrite } from './transport/endpoint.ts';

/** What is known of whether an image may be pushed. */
export type PushAccess =
  | { readonly kind: 'proved' }
  /** An upload was begun and is left to expire. */
  | { readonly kind: 'left'; readonly why: string }
  | { readonly kind: 'granted' }
  | { readonly kind: 'not-granted'; readonly actions: readonly string[]; readonly source?: string }
  | { readonly kind: 'refused'; readonly failure: Failure }
  /** The registry could not be asked. */
  | { readonly kind: 'unasked'; readonly failure: Failure }
  | { readonly kind: 'not-stated' };

/** What asks. */
export interface PushParts {
  readonly authorizer: Authorizer;
  readonly context: Context;
}

/** Whether a repository may be pushed to: by what the token for it says, and where that is no yes, by an upload that is begun and cancelled. */
export async function askPushAccess(parts: PushParts, release: Repository): Promise<PushAccess> {
  const said = await pushByToken(parts, release);
  if (said.kind !== 'not-stated' && said.kind !== 'not-granted') return said;
  // What a token does not say, the registry may allow all the same.
  const tried = await pushByTrial(parts, release);
  return said.kind === 'not-granted' && tried.kind === 'refused' ? said : tried;
}

/** Why an image may not be pushed; undefined where it may, or nobody knows. */
export function pushRefusal(subject: string, host: string, access: PushAccess): Failure | undefined {
  if (access.kind === 'refused') {
    const { failure } = access;
    const why = describeFailure({ subject: failure.subject, detail: failure.detail }).replace(/\.$/, '');
    return { ...failure, subject, detail: `push is not allowed: ${why}` };
  }
  if (access.kind !== 'not-granted') return undefined;
  const { actions, source } = access;
  const detail = `push is not allowed: the token is for ${actions.length === 0 ? 'nothing there' : listed(actions)}`;
  const remedy = source === undefined ? `add credentials for ${host}` : `let the credentials from ${source} push there`;
  return fail('forbidden', subject, detail, remedy).failure;
}

/** Asks for a token to push with, and looks at what it is for; nothing is written. */
export async function pushByToken({ authorizer, context }: PushParts, release: Repository): Promise<PushAccess> {
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
export async function pushByTrial({ context }: Pick<PushParts, 'context'>, release: Repository): Promise<PushAccess> {
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

function notBegun(failure: Failure): PushAccess {
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
