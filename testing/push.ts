import type { Digest } from '../core/oci/digest.ts';
import type { Descriptor } from '../core/oci/manifest.ts';
import type { Image, ImageIndex } from './images.ts';
import type { Store } from './registry/store.ts';

/** Where an image is pushed: straight into a store, or over HTTP to the registry at a URL. */
export type Destination = Store | { readonly url: string; readonly authorization?: string };

/** Pushes an image or index with all that it refers to, under a tag where one is given. */
export async function pushImage(
  to: Destination,
  repository: string,
  image: Image | ImageIndex,
  tag?: string,
): Promise<Descriptor & { readonly digest: Digest }> {
  if (image.kind === 'index') {
    for (const entry of image.entries) await pushImage(to, repository, entry);
  } else {
    for (const { bytes, descriptor } of [...image.layers, image.config])
      await pushBlob(to, repository, bytes, descriptor);
  }
  const { bytes, descriptor } = image;
  if ('url' in to) {
    const path = `/v2/${repository}/manifests/${tag ?? descriptor.digest}`;
    await put(to, path, bytes, descriptor.mediaType);
  } else {
    to.putManifest(repository, bytes, { mediaType: descriptor.mediaType, ...(tag === undefined ? {} : { tag }) });
  }
  return descriptor;
}

async function pushBlob(
  to: Destination,
  repository: string,
  bytes: Buffer,
  { digest, mediaType }: Descriptor,
): Promise<void> {
  if (!('url' in to)) return void to.putBlob(repository, bytes, mediaType);
  const begun = await fetch(`${to.url}/v2/${repository}/blobs/uploads/`, { method: 'POST', headers: headersFor(to) });
  if (begun.status !== 202)
    throw new Error(`POST of an upload to ${repository}: ${begun.status} ${await begun.text()}`);
  const location = new URL(begun.headers.get('location') ?? '', to.url);
  location.searchParams.set('digest', digest);
  await put(to, location.href.slice(location.origin.length), bytes, 'application/octet-stream');
}

async function put(
  to: Extract<Destination, { readonly url: string }>,
  path: string,
  bytes: Buffer,
  mediaType: string,
): Promise<void> {
  const headers = { ...headersFor(to), 'content-type': mediaType };
  const answer = await fetch(`${to.url}${path}`, { method: 'PUT', headers, body: bytes });
  if (answer.status !== 201) throw new Error(`PUT ${path}: ${answer.status} ${await answer.text()}`);
  await answer.arrayBuffer();
}

function headersFor({ authorization }: { readonly authorization?: string }): Record<string, string> {
  return authorization === undefined ? {} : { authorization };
}
