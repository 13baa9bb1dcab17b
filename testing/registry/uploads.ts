import { randomUUID } from 'node:crypto';
import { asDigest } from '../../core/oci/digest.ts';
import { refuse, reply, type TestReply, type TestRequest } from './exchange.ts';
import type { RegistryBehaviour } from './settings.ts';
import { matches, type Store } from './store.ts';

interface Upload {
  readonly repository: string;
  readonly chunks: Buffer[];
}

/** Answers requests below `/blobs/uploads/` of a repository. */
export type Uploads = (asked: TestRequest, repository: string, id: string) => TestReply;

/** Uploads under way: distribution-spec, "Pushing blobs", "Mounting a blob from another repository". */
export function createUploads(store: Store, settings: RegistryBehaviour): Uploads {
  const open = new Map<string, Upload>();
  return (asked, repository, id) => {
    if (id === '') return asked.method === 'POST' ? begin(asked, repository) : notFor(asked);
    const upload = open.get(id);
    if (upload === undefined || upload.repository !== repository) {
      return refuse('BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry');
    }
    switch (asked.method) {
      case 'GET':
        return progress(204, asked, id, upload);
      case 'PATCH':
        if (!isNext(asked, upload)) return outOfOrder(asked, id, upload);
        take(upload, asked.body);
        return progress(202, asked, id, upload);
      case 'PUT':
        return isNext(asked, upload) ? finish(asked, id, upload) : outOfOrder(asked, id, upload);
      case 'DELETE':
        open.delete(id);
        return reply(204);
      default:
        return notFor(asked);
    }
  };

  function begin(asked: TestRequest, repository: string): TestReply {
    const [mount, from, digest] = ['mount', 'from', 'digest'].map((name) => asked.query.get(name));
    const mounted = settings.mounts && mount && from ? store.blob(from, mount) : undefined;
    if (mounted !== undefined) return put(store, settings, repository, mounted, mount ?? '', asked);
    if (digest) return put(store, settings, repository, asked.body, digest, asked);
    const id = randomUUID();
    const upload = { repository, chunks: [] };
    open.set(id, upload);
    return progress(202, asked, id, upload);
  }

  function finish(asked: TestRequest, id: string, upload: Upload): TestReply {
    take(upload, asked.body);
    open.delete(id);
    return put(
      store,
      settings,
      upload.repository,
      Buffer.concat(upload.chunks),
      asked.query.get('digest') ?? '',
      asked,
    );
  }

  function progress(status: number, asked: TestRequest, id: string, upload: Upload): TestReply {
    // The state is opaque and must come back as it was given.
    const location = locate(
      settings,
      asked,
      `/v2/${upload.repository}/blobs/uploads/${id}?_state=${size(upload)}.${id.slice(0, 8)}`,
    );
    return reply(status, { location, range: `0-${Math.max(size(upload) - 1, 0)}`, 'docker-upload-uuid': id });
  }

  function outOfOrder(asked: TestRequest, id: string, upload: Upload): TestReply {
    const { headers } = progress(416, asked, id, upload);
    return refuse('BLOB_UPLOAD_INVALID', 'chunk is out of order', { headers });
  }
}

function size({ chunks }: Upload): number {
  return chunks.reduce((sum, chunk) => sum + chunk.length, 0);
}

function take(upload: Upload, chunk: Buffer): void {
  if (chunk.length > 0) upload.chunks.push(chunk);
}

function isNext(asked: TestRequest, upload: Upload): boolean {
  const range = /^(?:bytes[ =])?(\d+)-(\d+)/.exec(asked.headers['content-range'] ?? '');
  if (range === null) return true;
  const [first, last] = [Number(range[1]), Number(range[2])];
  return first === size(upload) && last - first + 1 === asked.body.length;
}

function notFor(asked: TestRequest): TestReply {
  return refuse('UNSUPPORTED', `${asked.method} is not for uploads`);
}

function locate(settings: RegistryBehaviour, asked: TestRequest, path: string): string {
  return settings.locations === 'relative' ? path : `${asked.origin}${path}`;
}

function put(
  store: Store,
  settings: RegistryBehaviour,
  repository: string,
  bytes: Buffer,
  text: string,
  asked: TestRequest,
): TestReply {
  const digest = asDigest(text);
  if (digest === undefined || !matches(bytes, digest)) {
    return refuse('DIGEST_INVALID', 'provided digest did not match uploaded content', { detail: { digest: text } });
  }
  store.putBlob(repository, bytes, undefined, digest);
  const location = locate(settings, asked, `/v2/${repository}/blobs/${digest}`);
  return reply(201, { location, 'docker-content-digest': digest });
}
