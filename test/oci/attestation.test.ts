import { describe, expect, it } from 'vitest';
import { attestedBy, isForNoPlatform } from '../../core/oci/attestation.ts';
import { digestOf } from '../../core/oci/digest.ts';
import { type Descriptor, type Index, type Manifest, mediaTypes } from '../../core/oci/manifest.ts';

const described = (mediaType: string, of: string): Descriptor => ({ mediaType, digest: digestOf(of), size: 7 });
const unknown = { os: 'unknown', architecture: 'unknown' };
const linux = { os: 'linux', architecture: 'amd64' };
const image: Descriptor = { ...described(mediaTypes.ociManifest, 'image'), platform: linux };

const about = (digest: string) => ({
  'vnd.docker.reference.type': 'attestation-manifest',
  'vnd.docker.reference.digest': digest,
});
const entry = (more: Partial<Descriptor> = {}): Descriptor => ({
  ...described(mediaTypes.ociManifest, 'attestation'),
  platform: unknown,
  annotations: about(image.digest),
  ...more,
});
const content = (layers: readonly string[], config: string = mediaTypes.ociConfig): Manifest => ({
  kind: 'manifest',
  mediaType: mediaTypes.ociManifest,
  config: described(config, 'config'),
  layers: layers.map((type, at) => described(type, String(at))),
  annotations: {},
});
const indexOf = (...manifests: readonly Descriptor[]): Index => ({
  kind: 'index',
  mediaType: mediaTypes.ociIndex,
  manifests,
  annotations: {},
});

const statements = content([mediaTypes.inToto]);
const layer = 'application/vnd.oci.image.layer.v1.tar+gzip';

describe('an entry of an index is an attestation', () => {
  it.each<[string, Descriptor, Manifest]>([
    ['as BuildKit writes it', entry(), statements],
    ['as BuildKit writes artifacts', entry(), content([mediaTypes.inToto], mediaTypes.ociEmpty)],
    ['with several statements', entry(), content([mediaTypes.inToto, mediaTypes.inToto])],
    ['with the statement of one predicate', entry(), content(['application/vnd.in-toto.provenance+json'])],
    ['with a signed one', entry(), content(['application/vnd.in-toto.spdx+dsse'])],
    ['whatever it calls itself', entry({ annotations: { 'vnd.docker.reference.digest': image.digest } }), statements],
  ])('%s', (_, one, document) => {
    expect(attestedBy(indexOf(image, one), one, document)).toBe(image.digest);
  });
});

describe('an entry of an index is an image', () => {
  const { platform: _, ...bare } = entry();
  it.each<[string, Descriptor, Manifest | Index]>([
    ['where it names no platform', bare, statements],
    ['where it names one', entry({ platform: linux }), statements],
    ['where it names a system alone', entry({ platform: { os: 'linux', architecture: 'unknown' } }), statements],
    ['where it names a processor alone', entry({ platform: { os: 'unknown', architecture: 'amd64' } }), statements],
    ['where its platform is spelled otherwise', entry({ platform: { ...unknown, os: 'Unknown' } }), statements],
    ['that has layers', entry(), content([layer])],
    ['that has a layer among its statements', entry(), content([mediaTypes.inToto, layer])],
    ['that has a layer of an unknown type', entry(), content(['application/vnd.example'])],
    ['that has a type which only begins alike', entry(), content([`${mediaTypes.inToto}+gzip`])],
    ['that has nothing', entry(), content([])],
    ['of another configuration', entry(), content([mediaTypes.inToto], 'application/vnd.example')],
    ['that is an index', entry(), indexOf(image)],
    ['about nothing', entry({ annotations: { 'vnd.docker.reference.type': 'attestation-manifest' } }), statements],
    ['about what is not there', entry({ annotations: about(digestOf('elsewhere')) }), statements],
    ['about itself', entry({ annotations: about(entry().digest) }), statements],
    ['about no digest', entry({ annotations: about('latest') }), statements],
  ])('%s', (_name, one, document) => {
    expect(attestedBy(indexOf(image, one), one, document)).toBeUndefined();
  });
});

it.each([
  [unknown, true],
  [{ ...unknown, variant: 'v1' }, true],
  [linux, false],
  [undefined, false],
])('an entry of the platform %j is for no platform: %s', (platform, is) => {
  const { platform: _, ...bare } = entry();
  expect(isForNoPlatform(platform === undefined ? bare : { ...bare, platform })).toBe(is);
});
