// As much of a client of the distribution API as the small programs of these tests need.
import { createHash } from 'node:crypto';
import { request } from 'node:http';

export const types = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  empty: 'application/vnd.oci.empty.v1+json',
  inToto: 'application/vnd.in-toto+json',
};

/** `HOST/REPOSITORY@DIGEST` or `HOST/REPOSITORY:TAG`, taken apart. */
export function parse(reference) {
  const [, host, repository, , name] = /^([^/]+)\/([^@]+?)(@|:(?=[^/]+$))(.+)$/.exec(reference);
  return { host, repository, name };
}

/** A manifest with its descriptor. */
export async function manifestOf({ host, repository }, name) {
  const { bytes, headers } = await ask('GET', `http://${host}/v2/${repository}/manifests/${name}`);
  return { document: JSON.parse(bytes), descriptor: descriptorOf(headers['content-type'], bytes) };
}

export async function blobOf({ host, repository }, { digest }) {
  return JSON.parse((await ask('GET', `http://${host}/v2/${repository}/blobs/${digest}`)).bytes);
}

export async function putBlob({ host, repository }, mediaType, content) {
  const bytes = Buffer.from(content);
  const descriptor = descriptorOf(mediaType, bytes);
  const begun = await ask('POST', `http://${host}/v2/${repository}/blobs/uploads/`);
  const place = new URL(begun.headers.location, `http://${host}`);
  place.searchParams.set('digest', descriptor.digest);
  await ask('PUT', place.href, {}, bytes);
  return descriptor;
}

/** Makes a blob of another repository of the registry known. */
export async function mountBlob({ host, repository }, from, { digest }) {
  const query = new URLSearchParams({ mount: digest, from });
  await ask('POST', `http://${host}/v2/${repository}/blobs/uploads/?${query}`);
}

/** Puts a manifest under a tag, or under its own digest. */
export async function putManifest({ host, repository }, document, tag) {
  const body = Buffer.from(JSON.stringify(document));
  const descriptor = descriptorOf(document.mediaType, body);
  const url = `http://${host}/v2/${repository}/manifests/${tag ?? descriptor.digest}`;
  await ask('PUT', url, { 'content-type': document.mediaType }, body);
  return descriptor;
}

/** Attaches a document to a manifest as a referrer of one layer. */
export async function attach(place, subject, artifactType, layerType, document) {
  const config = await putBlob(place, types.empty, '{}');
  const layer = await putBlob(place, layerType, JSON.stringify(document));
  const base = { schemaVersion: 2, mediaType: types.manifest };
  await putManifest(place, { ...base, artifactType, config, layers: [layer], subject });
}

export async function referrersOf({ host, repository }, digest) {
  return JSON.parse((await ask('GET', `http://${host}/v2/${repository}/referrers/${digest}`)).bytes).manifests;
}

function descriptorOf(mediaType, bytes) {
  return { mediaType, digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`, size: bytes.length };
}

// These programs are started some thousand times, and loading fetch takes as long as starting Node.
function ask(method, url, headers = {}, body = '') {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers: { ...headers, 'content-length': body.length } }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part)).on('error', reject);
      answer.on('end', () => {
        const { statusCode, statusMessage } = answer;
        if (statusCode < 300) resolve({ headers: answer.headers, bytes: Buffer.concat(parts) });
        else refuse(`${statusCode} ${statusMessage}: ${url}`);
      });
    });
    asked.on('error', reject).end(body);
  });
}

// The words that go-containerregistry has for an answer that is no success.
function refuse(answer) {
  process.stderr.write(`Error: unexpected status code ${answer}\n`);
  process.exit(1);
}
