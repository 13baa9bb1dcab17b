import { readAttached } from '../../../core/baseline/attached-documents.ts';
import { materialsIn } from '../../../core/baseline/provenance.ts';
import { field, parsed } from '../../../core/json.ts';
import { decodeConfig, decodeManifest } from '../../../core/oci/decode.ts';
import { asDigest } from '../../../core/oci/digest.ts';
import { mediaTypes } from '../../../core/oci/manifest.ts';
import { fromSbom } from '../../../core/packages/sbom.ts';
import type { HttpResponse, World } from '../../../core/ports.ts';
import { parseChallenges } from '../../../core/registry/auth/challenge.ts';
import { jsonFields } from '../../../core/registry/auth/token-form.ts';
import { createRegistry } from '../../../core/registry/client.ts';
import { nextLink } from '../../../core/registry/content/pages.ts';
import type { Registry } from '../../../core/registry/registry.ts';
import { registryErrors } from '../../../core/registry/transport/failures.ts';
import { readRateLimit } from '../../../core/registry/transport/rate-limit.ts';
import { parseRetryAfter } from '../../../core/registry/transport/retry.ts';
import { bundleSigner, envelopeSigner } from '../../../core/sign/certificate.ts';
import { eachRepeated, jsonGrowths, type Parser } from '../growth.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const known = asDigest(digest);
if (known === undefined) throw new Error('not a digest');
const image = { registry: 'r.io', repository: 'a', digest: known };
const descriptor = {
  mediaType: mediaTypes.ociManifest,
  digest,
  size: 1,
  annotations: { a: 'b' },
  platform: { os: 'linux', architecture: 'amd64' },
};

function bodyOf(bytes: Uint8Array): HttpResponse['body'] {
  async function* chunks() {
    yield bytes;
  }
  return Object.assign(chunks(), { cancel: async () => {} });
}

/** A registry that answers every question with one text. */
function answering(text: string): Registry {
  const world: Pick<World, 'http' | 'env' | 'now' | 'random' | 'randomHex' | 'platform' | 'cwd' | 'sleep'> = {
    http: async () => ({ status: 200, headers: {}, body: bodyOf(Buffer.from(text)) }),
    env: {},
    cwd: '/',
    platform: { os: 'linux', architecture: 'x64' },
    now: () => new Date(0),
    sleep: async () => {},
    random: () => 0.5,
    randomHex: () => '00',
  };
  const settings = { credentials: {}, mirrors: {}, insecureHosts: [], concurrency: 4, deadline: 1_000_000 };
  return createRegistry(world as World, settings);
}

/** A registry that has one attestation, whose content is a text. */
function attesting(text: string, predicate: string): Registry {
  const bytes = Buffer.from(text);
  const layer = {
    mediaType: mediaTypes.inToto,
    digest: known,
    size: bytes.length,
    annotations: { 'in-toto.io/predicate-type': predicate },
  };
  const manifest = {
    kind: 'manifest',
    mediaType: mediaTypes.ociManifest,
    annotations: {},
    config: layer,
    layers: [layer],
  };
  return {
    referrers: async () => [{ ...layer, mediaType: mediaTypes.ociManifest }],
    manifest: async () => ({ descriptor: layer, bytes, document: manifest }),
    blob: async () => bytes,
  } as unknown as Registry;
}

const index = {
  descriptor: { mediaType: mediaTypes.ociIndex, digest: known, size: 1 },
  bytes: new Uint8Array(),
  document: {
    kind: 'index',
    mediaType: mediaTypes.ociIndex,
    annotations: {},
    manifests: [
      {
        mediaType: mediaTypes.ociManifest,
        digest: known,
        size: 1,
        platform: { os: 'unknown', architecture: 'unknown' },
        annotations: { 'vnd.docker.reference.type': 'attestation-manifest', 'vnd.docker.reference.digest': digest },
      },
    ],
  },
} as const;

const materials = [{ uri: `pkg:docker/a@1?platform=linux%2Famd64`, digest: { sha256: 'a'.repeat(64) } }];

/** Parsers of what registries and who pushes to them say. */
export const registryParsers: readonly Parser[] = [
  {
    name: 'manifest',
    sources: ['core/oci/decode.ts'],
    parse: (text) => decodeManifest(Buffer.from(text), 'a', mediaTypes.ociManifest),
    ...jsonGrowths({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: descriptor,
      layers: [descriptor],
      annotations: { a: 'b' },
    }),
  },
  {
    name: 'index',
    sources: ['core/oci/decode.ts'],
    parse: (text) => decodeManifest(Buffer.from(text), 'a', mediaTypes.ociIndex),
    ...jsonGrowths({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [descriptor], subject: descriptor }),
  },
  {
    name: 'image configuration',
    sources: ['core/oci/decode.ts'],
    parse: (text) => decodeConfig(Buffer.from(text), 'a'),
    ...jsonGrowths({
      architecture: 'amd64',
      os: 'linux',
      config: { Labels: { a: 'b' }, Env: ['A=b'] },
      rootfs: { type: 'layers', diff_ids: [digest] },
      history: [{ created_by: 'a', empty_layer: true }],
    }),
  },
  {
    name: 'tags',
    heavy: true,
    sources: ['core/registry/content/tags.ts'],
    parse: (text) => answering(text).tags(image),
    ...jsonGrowths({ name: 'a', tags: ['1'] }),
  },
  {
    name: 'referrers',
    heavy: true,
    sources: ['core/registry/content/referrers.ts'],
    parse: (text) => answering(text).referrers(image, known),
    ...jsonGrowths({
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: [{ ...descriptor, artifactType: 'a' }],
    }),
  },
  {
    name: 'token',
    sources: ['core/registry/auth/token-form.ts'],
    parse: (text) => jsonFields(Buffer.from(text)),
    ...jsonGrowths({ token: 'a', access_token: 'b', expires_in: 300, issued_at: '2026-01-01T00:00:00Z' }),
  },
  {
    name: 'errors of a registry',
    sources: ['core/registry/transport/failures.ts'],
    parse: (text) => registryErrors(Buffer.from(text)),
    ...jsonGrowths({ errors: [{ code: 'UNKNOWN', message: 'a', detail: { b: 'c' } }] }),
  },
  {
    name: 'Link',
    sources: ['core/registry/content/pages.ts'],
    parse: (text) => nextLink(text),
    growths: eachRepeated(
      ['<a>; rel=next,', '<', '>', ';', ' ', 'rel', 'rel=', '=', '"', ',', 'a', 'next', ';a', '; rel = "', '<>', '\t'],
      ['', '<a>', 'a', '<a>; ', '<a>;rel'],
    ),
    nested: [],
    tokens: ['<', '>', ';', ' ', 'rel', '=', '"', ',', 'a', 'next', '/v2/a?n=1'],
  },
  {
    name: 'WWW-Authenticate',
    sources: ['core/registry/auth/challenge.ts'],
    parse: (text) => parseChallenges(text),
    growths: eachRepeated(
      ['Bearer ', 'a=b,', 'a="b",', '"', '\\', '\\"', '=', ',', ' ', 'a', 'Basic,', 'a =', '==', 'a="'],
      ['', 'Bearer ', 'Bearer a="', 'Bearer a'],
    ),
    nested: [],
    tokens: ['Bearer', 'Basic', ' ', '=', ',', '"', '\\', 'realm', 'scope', 'https://a/b', 'a'],
  },
  {
    name: 'rate limits and Retry-After',
    sources: ['core/registry/transport/rate-limit.ts', 'core/registry/transport/retry.ts'],
    parse: (text) => [
      readRateLimit('a', { 'ratelimit-limit': text, 'ratelimit-remaining': text }),
      readRateLimit('a', { 'ratelimit-limit': text, 'ratelimit-remaining': '1' }),
      parseRetryAfter(text, new Date(0)),
    ],
    growths: eachRepeated(
      ['1', ';', ';w=1', 'w=', ' ', ',', '.', 's', 'a', 'Mon, 01 Jan 2026 00:00:00 GMT', '-', ':'],
      ['', '1', '1;', '1.'],
    ),
    nested: [],
    tokens: ['1', '100', ';', 'w=', '21600', ' ', ',', '.', 's', 'Mon, 01 Jan 2026 00:00:00 GMT', '-', 'a'],
  },
  {
    name: 'provenance',
    sources: ['core/baseline/provenance.ts'],
    parse: (text) => materialsIn(parsed(text)),
    ...jsonGrowths({
      predicateType: 'a',
      predicate: { materials, buildDefinition: { resolvedDependencies: materials } },
    }),
  },
  {
    name: 'document beside an image',
    sources: ['core/baseline/attached-documents.ts', 'core/json.ts'],
    parse: async (text) => field((await readAttached(attesting(text, 'a'), image, known)).documents[0], 'document'),
    ...jsonGrowths({ payload: 'e30=', payloadType: 'a', signatures: [{ sig: 'a' }] }),
  },
  {
    name: 'whom a signature is by',
    sources: ['core/sign/certificate.ts'],
    parse: (text) => [bundleSigner(text), envelopeSigner(Buffer.from(text, 'latin1'))],
    ...jsonGrowths({
      header: { x5c: ['MA=='] },
      verificationMaterial: { certificate: { rawBytes: 'MA==' }, publicKey: { hint: 'a' } },
    }),
  },
  ...['https://spdx.dev/Document', 'https://cyclonedx.org/bom'].map(
    (predicate): Parser => ({
      name: `SBOM ${predicate}`,
      sources: ['core/packages/sbom.ts', 'core/packages/inventory.ts'],
      parse: (text) => fromSbom(attesting(text, predicate), image, index as never, known),
      ...jsonGrowths({
        predicate: {
          packages: [
            { name: 'a', versionInfo: '1', externalRefs: [{ referenceType: 'purl', referenceLocator: 'pkg:deb/a@1' }] },
          ],
          components: [{ type: 'library', name: 'a', version: '1', purl: 'pkg:deb/a@1', components: [{ name: 'b' }] }],
        },
      }),
    }),
  ),
];
