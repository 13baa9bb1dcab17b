import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import type { StandingSignature } from '../../core/continuity/form.ts';
import { otherIdentities, otherKeys, type SignedSuccession } from '../../core/continuity/other-signers.ts';
import { type Digest, digestOf } from '../../core/oci/digest.ts';
import { withDigest } from '../../core/oci/reference.ts';
import type { SignedBy } from '../../core/sign/certificate.ts';
import { type Image, makeImage } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { at, closeHarnesses, createHarness } from '../registry/harness.ts';
import { issued, own, person, workflow } from '../sign/certificates.ts';

let server: TestRegistry;
let candidate: Image;
beforeEach(async () => {
  server = await startRegistry();
  candidate = makeImage({ layers: [] });
  await pushImage(server.store, 'team/web', candidate, 'candidate');
});
afterEach(() => server.close());
afterAll(closeHarnesses);

/** Signs the candidate as notation or cosign stores a signature with a certificate. */
function sign(tool: 'cosign' | 'notation', certificate: string): void {
  const { store } = server;
  const [type, mediaType, document] =
    tool === 'notation'
      ? ['application/vnd.cncf.notary.signature', 'application/jose+json', { header: { x5c: [certificate] } }]
      : [
          'application/vnd.dev.sigstore.bundle.v0.3+json',
          'application/vnd.dev.sigstore.bundle.v0.3+json',
          { verificationMaterial: { certificate: { rawBytes: certificate } }, messageSignature: {} },
        ];
  store.putManifest('team/web', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    artifactType: type,
    config: store.putBlob('team/web', '{}', 'application/vnd.oci.empty.v1+json'),
    layers: [store.putBlob('team/web', JSON.stringify(document), mediaType)],
    subject: { ...candidate.descriptor, platform: undefined },
  });
}

const [first, second] = [digestOf('first'), digestOf('second')];
const certified = (identity: string): SignedBy => ({ kind: 'certificate', identity });
const team = certified('C=US, O=Acme, CN=release, by O=sigstore.dev, CN=sigstore-intermediate');
const ci = certified('email:ci@acme.example, by https://accounts.google.com');

function succession(
  tool: 'cosign' | 'notation',
  signatures: readonly StandingSignature[],
  countOwn: SignedSuccession['countOwn'] = async (images) => images.map(() => 0),
): SignedSuccession {
  const place = at(server, 'team/web', '1');
  const { registry } = createHarness();
  return { registry, tool, signatures, candidate: withDigest(place, candidate.descriptor.digest), countOwn };
}
const inTeam = (digest: Digest) => withDigest({ registry: 'quay.io', repository: 'team/web' }, digest);
const bySigner = (tool: 'cosign' | 'notation', ...all: readonly SignedBy[]) =>
  all.map((by): StandingSignature => ({ tool, of: inTeam(first), by }));

const remedy = 'sign with the key or identity that signed it, or accept signature';

test.each([
  ['notation', issued, [team], []],
  ['notation', own, [team], [[team, expect.stringMatching(/^O=Acme, CN=self, SHA-256 /)]]],
  ['cosign', person, [ci, ci], []],
  ['cosign', workflow, [ci], [[ci, expect.stringContaining('release.yml@refs/heads/main')]]],
  ['cosign', person, [ci, team], [[team, 'email:ci@acme.example, by https://accounts.google.com']]],
] as const)(
  '%s, row %#: each identity that signed signs again, or continuity is broken',
  async (tool, now, then, lost) => {
    sign(tool, now);
    const broken = await otherIdentities(succession(tool, bySigner(tool, ...then)));
    expect(broken).toEqual(
      lost.map(([by, to]) => ({
        aspect: 'signature',
        what: `signature by ${tool}`,
        from: by.kind === 'certificate' ? by.identity : '',
        to,
        remedy,
      })),
    );
  },
);

test('a signature by another program is none of its business', async () => {
  const signatures = bySigner('notation', team, { kind: 'unknown' });
  expect(await otherKeys(succession('cosign', signatures))).toEqual([]);
  expect(await otherIdentities(succession('cosign', signatures))).toEqual([]);
});

test('a signer that cannot be read, before or now, is no signer of before', async () => {
  await expect(otherKeys(succession('notation', bySigner('notation', { kind: 'unknown' })))).rejects.toThrow(
    'the signer of a signature of it cannot be read; run again, or accept signature',
  );
  const unsigned = succession('notation', bySigner('notation', team));
  await expect(otherIdentities(unsigned)).rejects.toThrow('the signer of a signature of it cannot be read');
  sign('notation', 'AAAA');
  await expect(otherIdentities(unsigned)).rejects.toThrow('the signer of a signature of it cannot be read');
});

test('every signature with a bare key is by the key that signs, of each manifest', async () => {
  const signatures = [first, first, second].map(
    (of): StandingSignature => ({ tool: 'cosign', of: inTeam(of), by: { kind: 'key' } }),
  );
  const asked: (string | undefined)[] = [];
  const counting = (...counts: readonly number[]) =>
    otherKeys(
      succession('cosign', signatures, async (images) => {
        asked.push(...images.map(({ digest }) => digest));
        return counts;
      }),
    );
  expect(await counting(2, 1)).toEqual([]);
  expect(asked).toEqual([first, second]);
  const broken = [
    { aspect: 'signature', what: 'signature by cosign', from: 'another key', to: 'the key of this run', remedy },
  ];
  expect(await counting(1, 1)).toEqual(broken);
  expect(await counting(2, 0)).toEqual(broken);
});

test('each repository is asked by itself, with its own credentials', async () => {
  const other = withDigest({ registry: 'ghcr.io', repository: 'team/web' }, first);
  const signatures = [inTeam(first), other].map(
    (of): StandingSignature => ({ tool: 'cosign', of, by: { kind: 'key' } }),
  );
  const asked: string[] = [];
  const broken = await otherKeys(
    succession('cosign', signatures, async (images) => {
      asked.push(images.map(({ registry }) => registry).join());
      return images.map(({ registry }) => (registry === 'ghcr.io' ? 0 : 1));
    }),
  );
  expect(asked).toEqual(['quay.io', 'ghcr.io']);
  expect(broken).toHaveLength(1);
});
