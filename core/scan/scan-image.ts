import { append } from '../append.ts';
import {
  choosableEntries,
  type ImageEntry,
  imageEntries,
  manifestsOf,
  type PlatformManifest,
  type PublishedImage,
} from '../baseline/published.ts';
import { attempt, type Failure, fail } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';
import { formatPlatform, type Platform, samePlatform } from '../oci/platform.ts';
import { formatReference, type Reference, withDigest } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import { refuseDenied } from './denied.ts';
import type { EndOfLife, ScanReport, UnprovenScan } from './finding.ts';
import { mergeFindings } from './merge.ts';
import type { PlatformScan, Scanner } from './scanner.ts';

export interface ScanOptions {
  /** DiffIDs of the base by platform, lowest first; empty when not known. */
  readonly baseLayers?: (platform: Platform) => readonly Digest[];
  /** Only these platforms; each must be there. All of the image's when absent. */
  readonly platforms?: readonly Platform[];
  /** Only results that a service has at hand: none are waited for. */
  readonly atHand?: true;
}

interface Scanned {
  readonly platform: Platform;
  readonly scan: PlatformScan;
}

/** Scans every platform of an image by its own digest, attestations left out; where one cannot be scanned the whole has failed. */
export async function scanImage(
  registry: Registry,
  scanner: Scanner,
  reference: Reference & { readonly digest: Digest },
  options: ScanOptions = {},
): Promise<ScanReport> {
  const subject = formatReference(reference);
  const outcome = await attempt(subject, async () => {
    const image = { reference, manifest: await registry.manifest(reference) };
    const manifests = await manifestsOf(registry, image, await wantedEntries(registry, image, options));
    return Promise.all(manifests.map((entry) => scanPlatform(scanner, reference, entry, options)));
  });
  if (outcome.kind === 'failed') return { kind: 'failed', failure: asScanFailure(outcome.failure) };
  return joinScans(subject, outcome.value);
}

async function scanPlatform(
  scanner: Scanner,
  reference: Reference,
  { platform, manifest }: PlatformManifest,
  { baseLayers, atHand }: ScanOptions,
): Promise<Scanned> {
  const scan = await scanner.scan({
    reference: withDigest(reference, manifest.descriptor.digest),
    platform,
    imageId: manifest.document.config.digest,
    ...(atHand === undefined ? {} : { atHand }),
    baseLayers: baseLayers?.(platform) ?? [],
  });
  for (const identity of scan.scanners ?? [scan.scanner])
    refuseDenied('scan-failed', formatReference(reference), identity);
  return { platform, scan };
}

// Of a platform everything is scanned that may be chosen for it: which of two entries is run, not every client decides alike.
async function wantedEntries(
  registry: Registry,
  image: PublishedImage,
  { platforms }: ScanOptions,
): Promise<readonly ImageEntry[]> {
  const subject = formatReference(image.reference);
  const entries = await (platforms === undefined ? imageEntries : choosableEntries)(registry, image);
  if (entries.length === 0) throw fail('scan-failed', subject, 'has no platform that could be scanned');
  const isWanted = (entry: ImageEntry) => platforms?.some((platform) => samePlatform(platform, entry.platform)) ?? true;
  const missing = platforms?.find((platform) => !entries.some((entry) => samePlatform(platform, entry.platform)));
  if (missing === undefined) return entries.filter(isWanted);
  const has = entries.map(({ platform }) => formatPlatform(platform)).join(', ');
  throw fail('scan-failed', subject, `has no ${formatPlatform(missing)} that could be scanned, only ${has}`);
}

function joinScans(subject: string, scans: readonly Scanned[]): ScanReport {
  const [first] = scans;
  if (first === undefined) {
    const { failure } = fail('scan-failed', subject, 'was asked to be scanned for no platform');
    return { kind: 'failed', failure };
  }
  const blind = scans.filter(({ scan }) => scan.inventory?.packages === 0);
  const endOfLife = endOfLifeIn(scans);
  const unproven = unprovenIn(scans);
  return {
    kind: 'scanned',
    scanner: first.scan.scanner,
    ...(first.scan.scanners === undefined ? {} : { scanners: first.scan.scanners }),
    platforms: scans.map(({ platform }) => platform),
    findings: mergeFindings(scans.map(({ scan }) => scan.findings)),
    ...(blind.length === 0 ? {} : { unrecognised: blind.map(({ platform }) => formatPlatform(platform)) }),
    ...(endOfLife.length === 0 ? {} : { endOfLife }),
    ...(unproven.length === 0 ? {} : { unproven }),
  };
}

// What several platforms leave open in the same way is said once.
function unprovenIn(scans: readonly Scanned[]): readonly UnprovenScan[] {
  const said = new Map<string, UnprovenScan>();
  for (const { platform, scan } of scans) {
    for (const entry of scan.unproven ?? []) {
      const key = JSON.stringify([entry.proof, entry.detail]);
      const platforms = new Set([...(said.get(key)?.platforms ?? []), formatPlatform(platform)]);
      said.set(key, { ...entry, platforms: [...platforms] });
    }
  }
  return [...said.values()];
}

function endOfLifeIn(scans: readonly Scanned[]): readonly EndOfLife[] {
  const platforms = new Map<string, string[]>();
  for (const { platform, scan } of scans) {
    const { distribution, endOfLife } = scan.inventory ?? {};
    if (endOfLife !== true || distribution === undefined) continue;
    append(platforms, distribution, formatPlatform(platform));
  }
  return [...platforms].map(([distribution, names]) => ({ distribution, platforms: names }));
}

// The gate's reader must see that the scan is what is missing, whatever the reason that it was not made.
function asScanFailure(failure: Failure): Failure {
  return failure.code === 'internal' ? { ...failure, code: 'scan-failed' } : failure;
}
