import { describe, expect, test } from 'vitest';
import { fail } from '../../core/failure.ts';
import { type Digest, digestOf } from '../../core/oci/digest.ts';
import { formatPlatform, type Platform } from '../../core/oci/platform.ts';
import { scanImage } from '../../core/scan/scan-image.ts';
import type { PlatformScan, Scanner, ScanTarget } from '../../core/scan/scanner.ts';
import { finding, registryOf } from './support.ts';

const amd64: Platform = { os: 'linux', architecture: 'amd64' };
const arm64: Platform = { os: 'linux', architecture: 'arm64' };
const children = [
  { platform: amd64, digest: digestOf('amd64') },
  { platform: arm64, digest: digestOf('arm64') },
  { platform: { os: 'unknown', architecture: 'unknown' }, digest: digestOf('provenance'), attestation: true },
];
const reference = { registry: 'r.example', repository: 'app', digest: digestOf('index') };
const identity = { name: 'trivy', version: '0.68.2', database: '2026-11-20T00:00:00Z' };

function scannerOf(answer: (target: ScanTarget) => Partial<PlatformScan>): Scanner & { readonly seen: ScanTarget[] } {
  const seen: ScanTarget[] = [];
  return {
    name: 'trivy',
    seen,
    scan: async (target) => {
      seen.push(target);
      return { scanner: identity, findings: [], ...answer(target) };
    },
  };
}

describe('scanImage', () => {
  test('scans every platform by its own digest and no attestation', async () => {
    const scanner = scannerOf(({ platform }) => ({ findings: [finding({ platforms: [formatPlatform(platform)] })] }));
    const baseLayers = (platform: Platform): readonly Digest[] => [digestOf(formatPlatform(platform))];
    const report = await scanImage(registryOf(children), scanner, reference, { baseLayers });
    expect(
      scanner.seen.map(({ reference: { digest }, platform, baseLayers }) => [digest, platform, baseLayers]),
    ).toEqual([
      [digestOf('amd64'), amd64, [digestOf('linux/amd64')]],
      [digestOf('arm64'), arm64, [digestOf('linux/arm64')]],
    ]);
    expect(report).toEqual({
      kind: 'scanned',
      scanner: identity,
      platforms: [amd64, arm64],
      findings: [finding({ platforms: ['linux/amd64', 'linux/arm64'] })],
    });
  });

  test('what runs is scanned, though its annotation calls it an attestation', async () => {
    const scanner = scannerOf(() => ({}));
    const disguised = [...children.slice(0, 1), { platform: arm64, digest: digestOf('arm64'), attestation: true }];
    await scanImage(registryOf(disguised), scanner, reference);
    expect(scanner.seen.map(({ platform }) => platform)).toEqual([amd64, arm64]);
  });

  test('a single manifest is scanned by the digest that it has', async () => {
    const scanner = scannerOf(() => ({}));
    const report = await scanImage(
      registryOf([{ platform: arm64, digest: reference.digest }], true),
      scanner,
      reference,
    );
    expect(scanner.seen.map((target) => target.reference.digest)).toEqual([reference.digest]);
    expect(report).toMatchObject({ kind: 'scanned', platforms: [arm64] });
  });

  test('one platform that cannot be scanned fails the whole', async () => {
    const scanner = scannerOf(({ platform }) => {
      if (platform.architecture === 'arm64') throw fail('scan-failed', 'r.example/app', 'no report');
      return {};
    });
    const report = await scanImage(registryOf(children), scanner, reference);
    expect(report).toMatchObject({ kind: 'failed', failure: { code: 'scan-failed', detail: 'no report' } });
  });

  test('a defect of an adapter is a scan that failed', async () => {
    const scanner = scannerOf(() => {
      throw new TypeError('undefined is not a function');
    });
    const report = await scanImage(registryOf(children), scanner, reference);
    expect(report).toMatchObject({ kind: 'failed', failure: { code: 'scan-failed' } });
  });

  test('a registry that does not answer keeps its own failure', async () => {
    const registry = {
      ...registryOf(children),
      manifest: () => Promise.reject(fail('unauthorised', 'r.example', '401')),
    };
    expect(
      await scanImage(
        registry,
        scannerOf(() => ({})),
        reference,
      ),
    ).toMatchObject({
      kind: 'failed',
      failure: { code: 'unauthorised' },
    });
  });

  test('only the platforms that were asked for', async () => {
    const scanner = scannerOf(() => ({}));
    await scanImage(registryOf(children), scanner, reference, { platforms: [{ ...arm64, variant: 'v8' }] });
    expect(scanner.seen.map(({ platform }) => platform)).toEqual([arm64]);
  });

  test.each([
    ['a platform that is not there', registryOf(children), { platforms: [{ os: 'linux', architecture: 's390x' }] }],
    ['no platform at all', registryOf(children), { platforms: [] }],
    ['an index of nothing', registryOf([]), {}],
  ])('%s is no clean scan', async (_, registry, options) => {
    const report = await scanImage(
      registry,
      scannerOf(() => ({})),
      reference,
      options,
    );
    expect(report).toMatchObject({ kind: 'failed', failure: { code: 'scan-failed' } });
  });

  test('says where nothing was recognised and which distributions are out of support', async () => {
    const scanner = scannerOf(({ platform }) =>
      platform.architecture === 'amd64'
        ? { inventory: { packages: 0 } }
        : { inventory: { packages: 3, distribution: 'alpine 3.12', endOfLife: true } },
    );
    expect(await scanImage(registryOf(children), scanner, reference)).toMatchObject({
      unrecognised: ['linux/amd64'],
      endOfLife: [{ distribution: 'alpine 3.12', platforms: ['linux/arm64'] }],
    });
  });
});
