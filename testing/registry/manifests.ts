import { asDigest, type Digest } from '../../core/oci/digest.ts';
import { refuse, reply, type TestReply, type TestRequest } from './exchange.ts';
import type { RegistryBehaviour } from './settings.ts';
import { type HeldManifest, matches, type Store } from './store.ts';

const largest = 4 * 1024 * 1024;

/** Manifests and indexes: distribution-spec, "Pulling manifests", "Pushing Manifests", "Deleting Manifests". */
export function answerManifest(
  store: Store,
  settings: RegistryBehaviour,
  asked: TestRequest,
  repository: string,
  reference: string,
): TestReply {
  if (asDigest(reference) === undefined && !/^\w[\w.-]{0,127}$/.test(reference)) {
    return refuse('TAG_INVALID', `"${reference}" is neither a tag nor a digest`);
  }
  if (asked.method === 'PUT') return putManifest(store, settings, asked, repository, reference);
  const held = store.manifest(repository, reference);
  if (held === undefined) return unknown(store, repository, reference);
  switch (asked.method) {
    case 'GET':
    case 'HEAD':
      return getManifest(settings, asked, held);
    case 'DELETE':
      return deleteManifest(store, settings, repository, reference);
    default:
      return refuse('UNSUPPORTED', `${asked.method} is not for manifests`);
  }
}

function unknown(store: Store, repository: string, reference: string): TestReply {
  if (!store.has(repository))
    return refuse('NAME_UNKNOWN', 'repository name not known to registry', { detail: { name: repository } });
  return refuse('MANIFEST_UNKNOWN', 'manifest unknown', { detail: { reference } });
}

function getManifest(settings: RegistryBehaviour, asked: TestRequest, held: HeldManifest): TestReply {
  if (settings.negotiates && !accepts(asked.headers.accept, held.mediaType)) {
    return refuse('MANIFEST_UNKNOWN', `manifest found, but accept header does not support ${held.mediaType}`);
  }
  const headers = { 'content-type': held.mediaType, 'docker-content-digest': held.digest, etag: `"${held.digest}"` };
  return asked.headers['if-none-match']?.includes(held.digest) === true
    ? reply(304, headers)
    : reply(200, headers, held.bytes);
}

function accepts(accept: string | undefined, mediaType: string): boolean {
  if (accept === undefined) return true;
  const types = accept.split(',').map((part) => part.split(';', 1)[0]?.trim() ?? '');
  return types.some((type) => type === mediaType || type === '*/*' || type === 'application/*');
}

function deleteManifest(store: Store, settings: RegistryBehaviour, repository: string, reference: string): TestReply {
  if (!settings.deletes) return refuse('UNSUPPORTED', 'deleting is disabled');
  if (!settings.tagDeletes && !reference.startsWith('sha256:')) return refuse('DIGEST_INVALID', 'invalid digest');
  if (!store.untag(repository, reference)) store.deleteManifest(repository, reference);
  return reply(202);
}

function putManifest(
  store: Store,
  settings: RegistryBehaviour,
  asked: TestRequest,
  repository: string,
  reference: string,
): TestReply {
  const { body } = asked;
  if (body.length > largest) return refuse('MANIFEST_INVALID', 'manifest is too large', { status: 413 });
  const wanted = asDigest(reference);
  if (wanted !== undefined && !matches(body, wanted)) {
    return refuse('DIGEST_INVALID', 'provided digest did not match uploaded content');
  }
  const document = readDocument(body);
  const mediaType = asked.headers['content-type'];
  if (document === undefined || (document.mediaType !== undefined && document.mediaType !== mediaType)) {
    return refuse('MANIFEST_INVALID', 'manifest is not a document of the type it is sent as');
  }
  const missing = missingContent(store, settings, repository, document);
  if (missing !== undefined) return missing;
  const { digest } = store.putManifest(repository, body, {
    ...(wanted === undefined ? { tag: reference } : { digest: wanted }),
    ...(mediaType === undefined ? {} : { mediaType }),
  });
  const subject = document.subject?.digest;
  return reply(201, {
    location: `/v2/${repository}/manifests/${digest}`,
    'docker-content-digest': digest,
    ...(subject !== undefined && settings.referrers ? { 'oci-subject': subject } : {}),
  });
}

interface Document {
  readonly mediaType?: string;
  readonly config?: { readonly digest: Digest; readonly mediaType?: string };
  readonly layers?: readonly { readonly digest: Digest; readonly urls?: readonly string[] }[];
  readonly manifests?: readonly { readonly digest: Digest }[];
  readonly subject?: { readonly digest: Digest };
}

function readDocument(body: Buffer): Document | undefined {
  try {
    const document = JSON.parse(body.toString('utf8')) as Document | null;
    const isIndex = Array.isArray(document?.manifests);
    const isManifest = asDigest(document?.config?.digest ?? '') !== undefined && Array.isArray(document?.layers);
    return document !== null && (isIndex || isManifest) ? document : undefined;
  } catch {
    return undefined;
  }
}

function missingContent(
  store: Store,
  settings: RegistryBehaviour,
  repository: string,
  document: Document,
): TestReply | undefined {
  const blobs = [...(document.config === undefined ? [] : [document.config]), ...(document.layers ?? [])];
  const blob = blobs.find((entry) => !('urls' in entry) && store.blob(repository, entry.digest) === undefined);
  if (blob !== undefined && settings.requiresBlobs) {
    return refuse('MANIFEST_BLOB_UNKNOWN', 'blob unknown to registry', { detail: { digest: blob.digest } });
  }
  const child = document.manifests?.find(({ digest }) => store.manifest(repository, digest) === undefined);
  if (child === undefined || !settings.requiresChildren) return undefined;
  return refuse('MANIFEST_UNKNOWN', 'manifest unknown', { detail: { digest: child.digest } });
}
