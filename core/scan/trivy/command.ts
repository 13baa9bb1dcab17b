import { formatPlatform } from '../../oci/platform.ts';
import type { World } from '../../ports.ts';
import { chosenDirectory, userCacheDirectory } from '../cache-directory.ts';
import { type ScanTarget, scannedPlace } from '../scanner.ts';
import { type ScannerConfig, toolTimeout } from '../settings.ts';
import type { ScanCache } from './scan-cache.ts';

/** Settings in the environment and not as options: releases that do not know one ignore it. */
export const quietEnvironment = {
  TRIVY_DISABLE_TELEMETRY: 'true',
  TRIVY_SKIP_VERSION_CHECK: 'true',
} as const;

/** A database of Trivy, and where it is fetched from where that is configured. */
export interface DatabaseSource {
  readonly which: 'vulnerability' | 'Java';
  readonly repository?: string;
}

/** Where a database comes from. */
export function databaseSource({ scanner }: ScannerConfig, which: DatabaseSource['which']): DatabaseSource {
  const repository = which === 'Java' ? scanner.javaDatabaseRepository : scanner.databaseRepository;
  return repository === undefined ? { which } : { which, repository };
}

/** How Trivy is asked to fetch one of its databases. */
export function downloadArguments(
  config: ScannerConfig,
  { which, repository }: DatabaseSource,
  cacheDirectory: string,
): readonly string[] {
  const [only, from] =
    which === 'Java' ? ['--download-java-db-only', '--java-db-repository'] : ['--download-db-only', '--db-repository'];
  return [
    'image',
    only,
    '--cache-dir',
    cacheDirectory,
    '--no-progress',
    ...(repository === undefined ? [] : [from, repository]),
    ...insecurely(config, hostOf(repository)),
  ];
}

/** How Trivy is asked to scan one platform manifest straight from its registry. */
export function scanArguments(
  config: ScannerConfig,
  cacheDirectory: string,
  target: ScanTarget,
  output: string,
  cache: ScanCache,
): readonly string[] {
  const reading = [
    '--scanners',
    'vuln',
    '--pkg-types',
    'os,library',
    // Without it a report cannot tell an image without packages from one without findings.
    '--list-all-pkgs',
    '--skip-db-update',
    '--timeout',
    `${toolTimeout / 60_000}m`,
  ];
  const report = ['--format', 'json', '--output', output, ...reading];
  return imageArguments(config, cacheDirectory, target, report, cache);
}

/** Forms in which Trivy writes bills of materials. */
export type SbomFormat = 'cyclonedx' | 'spdx-json';

/** How Trivy is asked for a CycloneDX bill of materials of one platform manifest. */
export function sbomArguments(
  config: ScannerConfig,
  cacheDirectory: string,
  target: ScanTarget,
  output: string,
  format: SbomFormat,
): readonly string[] {
  return imageArguments(config, cacheDirectory, target, ['--format', format, '--output', output], 'memory');
}

function imageArguments(
  config: ScannerConfig,
  cacheDirectory: string,
  target: ScanTarget,
  report: readonly string[],
  // That on disk lets in one process at a time.
  cache: ScanCache,
): readonly string[] {
  const { endpoint, repository } = scannedPlace(config, target);
  return [
    'image',
    '--image-src',
    'remote',
    '--platform',
    formatPlatform(target.platform),
    ...report,
    '--cache-dir',
    cacheDirectory,
    '--cache-backend',
    cache,
    // Databases are fetched once for all scans: processes that fetch side by side write over each other.
    '--skip-java-db-update',
    '--no-progress',
    ...insecurely(config, endpoint.registry),
    `${endpoint.registry}/${repository}@${target.reference.digest}`,
  ];
}

// Loopback hosts need no option: Trivy's client speaks plain HTTP to them by itself.
function insecurely({ registry }: ScannerConfig, host: string | undefined): readonly string[] {
  return host !== undefined && registry.insecureHosts.includes(host) ? ['--insecure'] : [];
}

/** The registry of a repository, where one is configured. */
export function hostOf(repository: string | undefined): string | undefined {
  return repository?.split('/')[0];
}

/** Where the database is kept: where Trivy itself keeps it, so that one fetched earlier serves too. */
export function trivyCacheDirectory(world: World, { scanner }: Pick<ScannerConfig, 'scanner'>): string {
  return (
    chosenDirectory(world, scanner.cacheDirectory, world.env.TRIVY_CACHE_DIR) ?? userCacheDirectory(world, 'trivy')
  );
}
