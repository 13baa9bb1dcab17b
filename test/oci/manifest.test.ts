import { describe, expect, it } from 'vitest';
import { decodeConfig, decodeManifest, schema1Refusal } from '../../core/oci/decode.ts';
import { mediaTypes } from '../../core/oci/manifest.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const described = { mediaType: mediaTypes.ociConfig, digest, size: 7 };
const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config: described, layers: [described] };
const encode = (value: unknown) => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));

describe('a document', () => {
  it.each([
    ['a text', '"x"'],
    ['a number', '1'],
    ['nothing', 'null'],
    ['a list', '[]'],
    ['no JSON', '{'],
    ['empty', ''],
  ])('that is %s is refused', (_, text) => {
    expect(() => decodeManifest(encode(text), 'a.b/c', undefined)).toThrow('is not a JSON object');
  });

  it('in broken UTF-8 is refused', () => {
    const bytes = encode(JSON.stringify({ ...manifest, annotations: { a: '?' } }));
    bytes[bytes.lastIndexOf(0x3f)] = 0xff;
    expect(() => decodeManifest(bytes, 'a.b/c', undefined)).toThrow('is not a JSON object');
  });

  it('that was served as what it calls itself is taken, in any case and with parameters', () => {
    const served = ` ${mediaTypes.ociManifest.toUpperCase()} ;charset=utf-8`;
    expect(decodeManifest(encode(manifest), 'x', served)).toMatchObject({ kind: 'manifest' });
    expect(() => decodeManifest(encode(manifest), 'x', mediaTypes.ociIndex)).toThrow('calls itself');
    const hidden = { ...manifest, mediaType: 'a\u007f\u009b\u202eb' };
    expect(() => decodeManifest(encode(hidden), 'x', mediaTypes.ociIndex)).toThrow(
      'calls itself "a\\u007f\\u009b\\u202eb" but was served as',
    );
  });

  it.each([
    ['a configuration without layers', { schemaVersion: 2, config: described }],
    ['layers without a configuration', { schemaVersion: 2, layers: [] }],
    ['another media type', { ...manifest, mediaType: 'text/plain' }],
    ['a media type that is no text', { schemaVersion: 2, mediaType: 7 }],
  ])('with %s is neither manifest nor index', (_, document) => {
    expect(() => decodeManifest(encode(document), 'x', 'application/json')).toThrow(
      'is neither an image manifest nor an image index',
    );
  });

  it('has what it does not say absent, and not undefined', () => {
    const bare = { ...manifest, config: { ...described, annotations: null, platform: null, artifactType: null } };
    const decoded = decodeManifest(encode({ ...bare, subject: null, artifactType: null }), 'x', undefined);
    expect(Object.keys(decoded).sort()).toEqual(['annotations', 'config', 'kind', 'layers', 'mediaType']);
    expect(decoded).toMatchObject({ kind: 'manifest' });
    const config = decoded.kind === 'manifest' ? decoded.config : undefined;
    expect(config).toStrictEqual(described);
  });

  it('that configures an image may say nothing of labels, time and variant', () => {
    const image = {
      architecture: 'arm64',
      os: 'linux',
      variant: null,
      created: null,
      rootfs: { type: 'layers', diff_ids: [] },
    };
    const decoded = decodeConfig(encode(image), 'x');
    expect(decoded).toMatchObject({ labels: {}, config: {}, history: [] });
    expect(decoded).not.toHaveProperty('variant');
    expect(decoded).not.toHaveProperty('created');
  });

  it.each([
    ['application/vnd.docker.distribution.manifest.v1+json', true],
    ['application/vnd.docker.distribution.manifest.v1+prettyjws', true],
    ['application/vnd.docker.distribution.manifest.v1+jsonx', false],
    ['xapplication/vnd.docker.distribution.manifest.v1+json', false],
    [mediaTypes.dockerManifest, false],
  ])('served as %s is of schema 1: %s', (mediaType, isOne) => {
    expect(schema1Refusal(mediaType, 'x') !== undefined).toBe(isOne);
  });
});
