import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../core/oci/digest.ts';
import { annotationKeys, type Descriptor } from '../../core/oci/manifest.ts';
import { type Image, type ImageParts, makeImage, makeIndex, makeLayer, type TestFile } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { openShop } from './check-support.ts';

let server: TestRegistry;
beforeEach(async () => {
  server = await startRegistry();
});
afterEach(() => server.close());

const packages = { 'stale-when': 'packages' };
const dpkg = (openssl = '3.0.20') =>
  [
    `Package: openssl\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${openssl}\nDescription: a\n longer\n .\n Version: 9`,
    'Package: vim\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 1',
    'Package: tar\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.34',
  ].join('\n\n');
const apk = (openssl = '3.3.2-r0') => `C:Q1\nP:openssl\nV:${openssl}\nA:x86_64\n\nP:musl\nV:1.2.5-r0\n`;

type Layers = readonly Readonly<Record<string, TestFile>>[];
const image = async (layers: Layers, parts: ImageParts = {}) =>
  makeImage({ layers: await Promise.all(layers.map((files) => makeLayer(files))), ...parts });

/** Checks an image on `old`, of which `fresh` has taken the place. */
async function moved(
  old: Image,
  fresh: Image,
  inputs: Readonly<Record<string, string>> = packages,
  others: readonly (readonly Descriptor[])[] = [],
) {
  const [before, after] = [
    makeIndex([old], { others: others[0] ?? [] }),
    makeIndex([fresh], { others: others[1] ?? [] }),
  ];
  await pushImage(server.store, 'library/base', before, '1');
  const annotations = {
    [annotationKeys.baseName]: `${server.host}/library/base:1`,
    [annotationKeys.baseDigest]: before.descriptor.digest,
  };
  await pushImage(server.store, 'team/web', makeIndex([makeImage({ base: old })], { annotations }), '1');
  await pushImage(server.store, 'library/base', after, '1');
  return openShop(server, { Dockerfile: 'FROM {host}/library/base:1\n' }).check(inputs);
}

const again = { 'var/log/install.log': 'again', 'var/lib/dpkg/info/tar.list': 'again', 'etc/ld.so.cache': 'again' };

describe('a base that was made again', () => {
  it.each<[string, Layers, Layers, number]>([
    [
      'of the same Debian packages',
      [{ 'var/lib/dpkg/status': dpkg() }],
      [{ 'var/lib/dpkg/status': dpkg(), ...again }],
      2,
    ],
    ['of the same Alpine packages', [{ 'lib/apk/db/installed': apk() }], [{ 'lib/apk/db/installed': `${apk()}\n` }], 2],
    [
      'of the same packages of an image without a shell',
      [{ 'var/lib/dpkg/status.d/tzdata': 'Package: tzdata\nVersion: 2026a\nArchitecture: all\n' }],
      [{ 'var/lib/dpkg/status.d/tzdata': 'Package: tzdata\nVersion: 2026a\nArchitecture: all\n', 'var/log/x': '' }],
      1,
    ],
    [
      'with the database in an upper layer',
      [{ 'var/lib/dpkg/status': dpkg('1') }, { 'var/lib/dpkg/status': dpkg() }],
      [{ 'var/lib/dpkg/status': dpkg('2') }, { 'var/lib/dpkg/status': dpkg() }],
      2,
    ],
    [
      'with another day of the last change of a password',
      [{ 'lib/apk/db/installed': apk(), 'etc/shadow': 'root:*:20000:0:::::\n' }],
      [{ 'lib/apk/db/installed': apk(), 'etc/shadow': 'root:*:20001:0:::::\n' }],
      2,
    ],
  ])('%s is no reason to rebuild', async (_, before, after, count) => {
    const { image: checked, bases, printed } = await moved(await image(before), await image(after));
    expect(bases[0]).toMatchObject({
      verdict: 'unchanged-packages',
      packages: { verdict: 'same', by: 'its package database', count },
    });
    expect(checked.verdict).toBe('current');
    expect(printed).toContain(
      `with the same packages (${count} package${count === 1 ? '' : 's'}, by its package database); built on`,
    );
  });

  it.each<[string, Layers, Layers, ImageParts, string]>([
    [
      'a package changed',
      [{ 'var/lib/dpkg/status': dpkg() }],
      [{ 'var/lib/dpkg/status': dpkg('3.0.22') }],
      {},
      'openssl:amd64 3.0.20 → 3.0.22',
    ],
    [
      'a package came',
      [{ 'lib/apk/db/installed': apk() }],
      [{ 'lib/apk/db/installed': `${apk()}\nP:xz\nV:5.4\n` }],
      {},
      'xz 5.4 new',
    ],
    [
      'a package went',
      [{ 'lib/apk/db/installed': apk() }],
      [{ 'lib/apk/db/installed': 'P:musl\nV:1.2.5-r0\n' }],
      {},
      'openssl gone',
    ],
    [
      'a program beside the packages changed',
      [{ 'lib/apk/db/installed': apk(), 'usr/local/bin/node': 'v20.1' }],
      [{ 'lib/apk/db/installed': apk(), 'usr/local/bin/node': 'v20.2' }],
      {},
      'the same packages, but usr/local/bin/node is another file',
    ],
    [
      'a program may do more',
      [{ 'lib/apk/db/installed': apk(), 'bin/su': { content: 'su', mode: 0o755 } }],
      [{ 'lib/apk/db/installed': apk(), 'bin/su': { content: 'su', mode: 0o4755 } }],
      {},
      'the same packages, but bin/su is another file',
    ],
    [
      'a file went',
      [{ 'lib/apk/db/installed': apk(), 'etc/policy': 'deny' }],
      [{ 'lib/apk/db/installed': apk() }],
      {},
      'the same packages, but etc/policy is another file',
    ],
    [
      'a password changed',
      [{ 'lib/apk/db/installed': apk(), 'etc/shadow': 'root::20000:0:::::\n' }],
      [{ 'lib/apk/db/installed': apk(), 'etc/shadow': 'root:*:20000:0:::::\n' }],
      {},
      'the same packages, but etc/shadow is another file',
    ],
    [
      'the environment changed',
      [{ 'lib/apk/db/installed': apk() }],
      [{ 'lib/apk/db/installed': apk() }],
      { config: { Env: ['NODE_VERSION=20.2'] } },
      'its Env changed',
    ],
    [
      'it is of RPM packages',
      [{ 'var/lib/rpm/rpmdb.sqlite': 'a' }],
      [{ 'var/lib/rpm/rpmdb.sqlite': 'b' }],
      {},
      'cannot be read here',
    ],
    ['it has no packages', [{ app: 'a' }], [{ app: 'b' }], {}, 'it has no package database'],
  ])('is stale where %s', async (_, before, after, parts, why) => {
    const { image: checked, bases, printed } = await moved(await image(before), await image(after, parts));
    expect([checked.verdict, bases[0]?.verdict]).toEqual(['stale', 'stale']);
    const told = bases[0]?.packages;
    expect(told !== undefined && 'why' in told ? told.why : told).toContain(why);
    expect(printed).toContain(why);
  });

  it('is stale without reading a layer where the user counts digests', async () => {
    const { bases, asked } = await moved(
      await image([{ 'lib/apk/db/installed': apk() }]),
      await image([{ 'lib/apk/db/installed': apk(), 'var/log/x': '' }]),
      {},
    );
    expect(bases[0]).toMatchObject({ verdict: 'stale' });
    expect(bases[0]?.packages).toBeUndefined();
    // Both indexes, one manifest and one configuration that tells the date.
    expect(asked.filter((line) => line.startsWith('GET'))).toHaveLength(4);
  });

  it.each<[string, () => void]>([
    [
      'a layer cannot be fetched',
      () => void server.inject({ path: /library\/base\/blobs/, effect: { kind: 'status', status: 404 } }),
    ],
    ['the connection breaks', () => void server.inject({ path: /library\/base\/blobs/, effect: { kind: 'reset' } })],
  ])('is not current where %s', async (_, inject) => {
    inject();
    const { image: checked, bases } = await moved(
      await image([{ 'lib/apk/db/installed': apk() }]),
      await image([{ 'lib/apk/db/installed': apk(), 'var/log/x': '' }]),
    );
    expect([checked.verdict, bases[0]?.verdict, bases[0]?.packages?.verdict]).toEqual(['stale', 'stale', 'unknown']);
  });

  it('is not current where a layer is no archive', async () => {
    const broken = {
      bytes: Buffer.from('no archive'),
      descriptor: (await makeLayer({})).descriptor,
      diffId: (await makeLayer({})).diffId,
    };
    const old = await image([{ 'lib/apk/db/installed': apk() }]);
    const layer = {
      ...broken,
      descriptor: { ...broken.descriptor, digest: digestOf(broken.bytes), size: broken.bytes.length },
    };
    const { bases } = await moved(old, makeImage({ layers: [...old.layers, layer] }));
    expect(bases[0]).toMatchObject({ verdict: 'stale', packages: { verdict: 'unknown' } });
  });
});

describe('an SBOM', () => {
  const spdx = (version: string) => ({
    packages: [
      {
        name: 'base',
        SPDXID: 'SPDXRef-DocumentRoot',
        primaryPackagePurpose: 'CONTAINER',
        versionInfo: `sha256:${version}`,
      },
      {
        name: 'openssl',
        versionInfo: version,
        externalRefs: [{ referenceType: 'purl', referenceLocator: `pkg:apk/alpine/openssl@${version}?arch=x86_64` }],
      },
      { name: 'node', versionInfo: '20.1' },
    ],
  });
  const cycloneDx = (version: string) => ({
    components: [
      {
        type: 'library',
        name: 'openssl',
        version,
        purl: `pkg:deb/debian/openssl@${version}`,
        components: [{ type: 'library', name: 'inner', version: '1' }],
      },
      { type: 'file', name: '/etc/x', version },
      { type: 'file', name: `/tmp/${version}` },
    ].slice(0, version === '2' ? 2 : 3),
  });

  function attest(subject: Image, type: string, predicate: unknown): Descriptor {
    const statement = { predicateType: type, subject: [], predicate };
    const blob = server.store.putBlob('library/base', JSON.stringify(statement), 'application/vnd.in-toto+json');
    const config = server.store.putBlob('library/base', '{}', 'application/vnd.oci.image.config.v1+json');
    const manifest = server.store.putManifest('library/base', {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config,
      layers: [{ ...blob, annotations: { 'in-toto.io/predicate-type': type } }],
    });
    return {
      ...manifest,
      platform: { os: 'unknown', architecture: 'unknown' },
      annotations: {
        'vnd.docker.reference.type': 'attestation-manifest',
        'vnd.docker.reference.digest': subject.descriptor.digest,
      },
    };
  }

  it.each<[string, string, (version: string) => unknown, number, string]>([
    ['SPDX', 'https://spdx.dev/Document', spdx, 2, 'apk/alpine/openssl 1 → 2'],
    ['CycloneDX', 'https://cyclonedx.org/bom', cycloneDx, 2, 'deb/debian/openssl 1 → 2'],
  ])('in %s tells packages without a layer being read', async (_, type, make, count, why) => {
    const [old, fresh] = [await image([{ app: 'a' }]), await image([{ app: 'b' }])];
    const both = (version: string) => [[attest(old, type, make('1'))], [attest(fresh, type, make(version))]];
    const same = await moved(old, fresh, packages, both('1'));
    expect(same.bases[0]).toMatchObject({ verdict: 'unchanged-packages', packages: { by: 'its SBOM', count } });
    const layers = [...old.layers, ...fresh.layers].map(({ descriptor }) => descriptor.digest);
    expect(same.asked.filter((line) => layers.some((digest) => line.includes(digest)))).toEqual([]);
    const changed = await moved(old, fresh, packages, both('2'));
    expect(changed.bases[0]).toMatchObject({ verdict: 'stale', packages: { verdict: 'different', why } });
  });

  it.each<[string, string, unknown]>([
    ['names nothing', 'https://spdx.dev/Document', { packages: [] }],
    ['is of another kind', 'https://example.org/bom', spdx('1')],
    ['is no object', 'https://cyclonedx.org/bom', 'text'],
  ])('that %s proves nothing', async (_, type, predicate) => {
    const [old, fresh] = [await image([{ app: 'a' }]), await image([{ app: 'b' }])];
    const { bases } = await moved(old, fresh, packages, [
      [attest(old, type, predicate)],
      [attest(fresh, type, predicate)],
    ]);
    expect(bases[0]).toMatchObject({ verdict: 'stale', packages: { verdict: 'unknown' } });
  });

  it('of one of the two images alone is not held against a database', async () => {
    const [old, fresh] = [await image([{ app: 'a' }]), await image([{ app: 'b' }])];
    const { bases } = await moved(old, fresh, packages, [[], [attest(fresh, 'https://spdx.dev/Document', spdx('1'))]]);
    expect(bases[0]).toMatchObject({ verdict: 'stale', packages: { verdict: 'unknown' } });
  });
});
