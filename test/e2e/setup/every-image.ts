import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

/** A registry in which every tag of every repository is the same small image. */
export interface EveryImage {
  readonly host: string;
  stop(): Promise<void>;
}

const digestOf = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const oci = 'application/vnd.oci.image';

/** Starts it on a free loopback port. */
export async function startEveryImage(): Promise<EveryImage> {
  const tar = Buffer.alloc(1024);
  const layer = gzipSync(tar);
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: { Env: ['PATH=/usr/bin:/bin'] },
      rootfs: { type: 'layers', diff_ids: [digestOf(tar)] },
    }),
  );
  const described = (bytes: Buffer, mediaType: string) => ({ mediaType, digest: digestOf(bytes), size: bytes.length });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: `${oci}.manifest.v1+json`,
      config: described(config, `${oci}.config.v1+json`),
      layers: [described(layer, `${oci}.layer.v1.tar+gzip`)],
    }),
  );
  const blobs = new Map([config, layer].map((bytes) => [digestOf(bytes), bytes]));
  const answer = (path: string): { readonly body: Buffer; readonly type: string } | undefined => {
    const [, kind, name = ''] = /\/(manifests|blobs)\/([^/]+)$/.exec(path) ?? [];
    if (kind === undefined) return { body: Buffer.from('{}'), type: 'application/json' };
    if (kind === 'blobs') return { body: blobs.get(name) ?? Buffer.alloc(0), type: 'application/octet-stream' };
    const isOurs = !name.startsWith('sha256:') || name === digestOf(manifest);
    return isOurs ? { body: manifest, type: `${oci}.manifest.v1+json` } : undefined;
  };
  const server = createServer(({ method, url }, response) => {
    const found = answer(new URL(url ?? '/', 'http://registry').pathname);
    if (found === undefined) {
      response.writeHead(404).end('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}');
      return;
    }
    const { body, type } = found;
    response.writeHead(200, {
      'content-type': type,
      'content-length': body.length,
      'docker-content-digest': digestOf(body),
    });
    response.end(method === 'HEAD' ? undefined : body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
