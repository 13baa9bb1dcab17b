import type { Digest } from '../../core/oci/digest.ts';
import { asDigest } from '../../core/oci/digest.ts';
import { refuse, reply, type TestReply, type TestRequest } from './exchange.ts';
import type { RegistryBehaviour } from './settings.ts';
import type { Store } from './store.ts';

/** Blobs: distribution-spec, "Pulling blobs" and "Deleting blobs". */
export function answerBlob(
  store: Store,
  settings: RegistryBehaviour,
  asked: TestRequest,
  repository: string,
  reference: string,
): TestReply {
  const digest = asDigest(reference);
  if (digest === undefined) return refuse('DIGEST_INVALID', `"${reference}" is not a digest`);
  const bytes = store.blob(repository, digest);
  if (bytes === undefined) return refuse('BLOB_UNKNOWN', 'blob unknown to registry', { detail: { digest } });
  switch (asked.method) {
    case 'HEAD':
      return whole(bytes, digest);
    case 'GET':
      return settings.redirectsBlobs ? redirect(asked, repository, digest) : readBlob(asked, bytes, digest);
    case 'DELETE':
      if (!settings.deletes) return refuse('UNSUPPORTED', 'deleting is disabled');
      store.deleteBlob(repository, digest);
      return reply(202, { 'docker-content-digest': digest });
    default:
      return refuse('UNSUPPORTED', `${asked.method} is not for blobs`);
  }
}

/** The storage that blob requests are sent on to. It refuses credentials, as signed addresses do. */
export function answerStorage(store: Store, asked: TestRequest, repository: string, reference: string): TestReply {
  if (asked.headers.authorization !== undefined) return reply(400, {}, Buffer.from('only one auth mechanism allowed'));
  const bytes = store.blob(repository, reference);
  return bytes === undefined ? reply(403) : readBlob(asked, bytes, reference as Digest);
}

function readBlob(asked: TestRequest, bytes: Buffer, digest: Digest): TestReply {
  const range = /^bytes=(\d+)-(\d*)$/.exec(asked.headers.range ?? '');
  if (range === null) return whole(bytes, digest);
  const first = Number(range[1]);
  const last = Math.min(range[2] === '' ? bytes.length - 1 : Number(range[2]), bytes.length - 1);
  if (first > last) return refuse('SIZE_INVALID', 'range is outside the blob', { status: 416 });
  const part = bytes.subarray(first, last + 1);
  return reply(206, { ...blobHeaders(digest), 'content-range': `bytes ${first}-${last}/${bytes.length}` }, part);
}

function whole(bytes: Buffer, digest: Digest): TestReply {
  return reply(200, blobHeaders(digest), bytes);
}

function blobHeaders(digest: Digest): Readonly<Record<string, string>> {
  return {
    'content-type': 'application/octet-stream',
    'docker-content-digest': digest,
    'accept-ranges': 'bytes',
    etag: `"${digest}"`,
  };
}

// Another name of the same machine: a client must not send it the registry's credentials.
function redirect(asked: TestRequest, repository: string, digest: Digest): TestReply {
  const port = asked.headers.host?.split(':')[1] ?? '80';
  const location = `http://localhost:${port}/storage/${repository}/${digest}?signature=0123456789abcdef`;
  return reply(307, { location, 'docker-content-digest': digest });
}
