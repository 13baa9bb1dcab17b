import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FailureError } from '../../core/failure.ts';
import { decodeConfig, decodeManifest } from '../../core/oci/decode.ts';
import { mediaTypes } from '../../core/oci/manifest.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const descriptor = { mediaType: mediaTypes.ociConfig, digest, size: 7 };
const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config: descriptor, layers: [descriptor] };
const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [descriptor] };
const config = { architecture: 'arm64', os: 'linux', rootfs: { type: 'layers', diff_ids: [digest] } };

function bytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
}

describe('manifests and indexes', () => {
  test.each([
    ['an OCI manifest', manifest, undefined, 'manifest', mediaTypes.ociManifest],
    ['an OCI index', index, undefined, 'index', mediaTypes.ociIndex],
    [
      'a Docker manifest',
      { ...manifest, mediaType: mediaTypes.dockerManifest },
      undefined,
      'manifest',
      mediaTypes.dockerManifest,
    ],
    [
      'a Docker manifest list',
      { ...index, mediaType: mediaTypes.dockerIndex },
      undefined,
      'index',
      mediaTypes.dockerIndex,
    ],
    [
      'one without a media type, by its header',
      { ...manifest, mediaType: undefined },
      `${mediaTypes.ociManifest}; charset=utf-8`,
      'manifest',
      mediaTypes.ociManifest,
    ],
    [
      'one without any, by its shape',
      { ...manifest, mediaType: undefined },
      'application/json',
      'manifest',
      mediaTypes.ociManifest,
    ],
    ['an index without any, by its shape', { ...index, mediaType: undefined }, undefined, 'index', mediaTypes.ociIndex],
    [
      'its own media type where the header is general',
      manifest,
      'application/octet-stream',
      'manifest',
      mediaTypes.ociManifest,
    ],
    [
      'an empty index',
      { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: null },
      undefined,
      'index',
      mediaTypes.ociIndex,
    ],
  ])('%s', (_name, document, contentType, kind, mediaType) => {
    expect(decodeManifest(bytes(document), 'app', contentType)).toMatchObject({ kind, mediaType });
  });

  test('all that decisions rest on is kept', () => {
    const platform = {
      os: 'windows',
      architecture: 'arm',
      variant: 'v7',
      'os.version': '10.0.1',
      'os.features': ['win32k'],
    };
    const entry = {
      ...descriptor,
      platform,
      annotations: { a: 'b' },
      artifactType: 'application/x',
      urls: ['https://example.com'],
    };
    const decoded = decodeManifest(
      bytes({ ...index, manifests: [entry], annotations: { c: 'd' }, subject: descriptor }),
      'app',
    );
    expect(decoded).toEqual({
      kind: 'index',
      mediaType: mediaTypes.ociIndex,
      annotations: { c: 'd' },
      subject: descriptor,
      manifests: [
        {
          ...descriptor,
          platform: { os: 'windows', architecture: 'arm', variant: 'v7', osVersion: '10.0.1' },
          annotations: { a: 'b' },
          artifactType: 'application/x',
        },
      ],
    });
  });

  test.each([
    ['no JSON', '<html>', undefined, 'app: the manifest is not a JSON object.'],
    ['no object', '[]', undefined, 'app: the manifest is not a JSON object.'],
    [
      'no UTF-8',
      Buffer.from([0x7b, 0xff, 0x7d]).toString('latin1'),
      undefined,
      /app: the manifest is not a JSON object|media type|neither/,
    ],
    [
      'nothing known',
      {},
      'application/json',
      'app: "application/json" is neither an image manifest nor an image index.',
    ],
    [
      'a Docker schema 1 manifest',
      { schemaVersion: 1, fsLayers: [] },
      undefined,
      'app: is a Docker schema 1 manifest, which no digest identifies reliably; push it again with a current tool.',
    ],
    ['the header of schema 1', manifest, 'application/vnd.docker.distribution.manifest.v1+prettyjws', /schema 1/],
    [
      'another media type than served',
      manifest,
      mediaTypes.ociIndex,
      /^app: calls itself "application\/vnd.oci.image.manifest.v1\+json" but was served as/,
    ],
    [
      'both kinds in one',
      { ...manifest, manifests: [descriptor] },
      undefined,
      'app: the image manifest is invalid at "manifests".',
    ],
    ['an index with layers', { ...index, layers: [] }, undefined, /invalid at "layers"/],
    [
      'a wrong digest',
      { ...manifest, config: { ...descriptor, digest: 'sha256:abc' } },
      undefined,
      'app: the image manifest is invalid at "config.digest".',
    ],
    [
      'a digest in capitals',
      { ...manifest, config: { ...descriptor, digest: digest.toUpperCase() } },
      undefined,
      /config.digest/,
    ],
    ['a negative size', { ...index, manifests: [{ ...descriptor, size: -1 }] }, undefined, /"manifests.0.size"/],
    [
      'a size that no number holds',
      { ...index, manifests: [{ ...descriptor, size: 2 ** 60 }] },
      undefined,
      /"manifests.0.size"/,
    ],
    ['an annotation that is no text', { ...manifest, annotations: { a: 1 } }, undefined, /"annotations.a"/],
    ['another schema version', { ...manifest, schemaVersion: 3 }, undefined, /"schemaVersion"/],
    ['no configuration', { schemaVersion: 2, mediaType: mediaTypes.ociManifest, layers: [] }, undefined, /"config"/],
  ])('%s is refused', (_name, document, contentType, message) => {
    expect(() => decodeManifest(bytes(document), 'app', contentType)).toThrow(message);
  });
});

describe('image configurations', () => {
  test('all that decisions rest on, and the rest untouched', () => {
    const raw = {
      ...config,
      variant: 'v8',
      created: '2026-01-01T00:00:00Z',
      config: { Labels: { a: 'b' }, Env: ['PATH=/bin'] },
      history: [{ created_by: 'ADD rootfs' }, { created_by: 'CMD', empty_layer: true }, { comment: 'none' }],
      'moby.buildkit.buildinfo.v1': 'x',
    };
    expect(decodeConfig(bytes(raw), 'app')).toEqual({
      architecture: 'arm64',
      os: 'linux',
      variant: 'v8',
      created: '2026-01-01T00:00:00Z',
      config: { Labels: { a: 'b' }, Env: ['PATH=/bin'] },
      labels: { a: 'b' },
      diffIds: [digest],
      history: [
        { createdBy: 'ADD rootfs', emptyLayer: false },
        { createdBy: 'CMD', emptyLayer: true },
        { emptyLayer: false },
      ],
      raw,
    });
  });

  test.each([
    ['nothing more', config],
    ['null for what is left out', { ...config, config: null, history: null, variant: null }],
    ['null for labels and layers', { ...config, config: { Labels: null }, rootfs: { type: 'layers', diff_ids: null } }],
  ])('%s', (_name, document) => {
    expect(decodeConfig(bytes(document), 'app')).toMatchObject({ os: 'linux', labels: {}, history: [] });
  });

  test.each([
    ['no system', { ...config, os: undefined }, 'app: the image configuration is invalid at "os".'],
    ['a wrong diff ID', { ...config, rootfs: { type: 'layers', diff_ids: ['x'] } }, /rootfs.diff_ids.0/],
    ['another root', { ...config, rootfs: { type: 'tar' } }, /rootfs.type/],
    ['labels that are no texts', { ...config, config: { Labels: { a: {} } } }, /config.Labels.a/],
    ['no object', 'null', 'app: the image configuration is not a JSON object.'],
  ])('%s is refused', (_name, document, message) => {
    expect(() => decodeConfig(bytes(document), 'app')).toThrow(message);
  });
});

test('whatever the bytes, the answer is a document or a typed failure', () => {
  const documents = [manifest, index, config].map((document) => Buffer.from(JSON.stringify(document)));
  const mutated = fc
    .tuple(fc.constantFrom(...documents), fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 8 }), fc.nat(400))
    .map(([document, changes, length]) => {
      const copy = Buffer.from(document);
      for (const [position, value] of changes) copy[position % copy.length] = value;
      return copy.subarray(0, length < 200 ? copy.length : length);
    });
  const input = fc.oneof(mutated, fc.json().map(bytes), fc.uint8Array({ maxLength: 200 }));
  fc.assert(
    fc.property(input, (data) => {
      for (const decode of [decodeManifest, decodeConfig]) {
        try {
          decode(data, 'app');
        } catch (thrown) {
          if (!(thrown instanceof FailureError) || thrown.failure.code !== 'malformed') throw thrown;
        }
      }
    }),
    { numRuns: 3000 },
  );
});
