import { formatPlatform } from '../../oci/platform.ts';
import type { World } from '../../ports.ts';
import { chosenDirectory, userCacheDirectory } from '../cache-directory.ts';
import { type ScanTarget, scannedPlace } from '../scanner.ts';
import { type ScannerConfig, toolTimeout } from '../settings.ts';

/** Settings in the environment and not as options: releases that do not know one ignore it. */
export const quietEnvironment = {
  TRIVY_DISABLE_TELEMETRY: 'true',
  TRIVY_SKIP_VERSION_CHECK: 'true',
} as const;

/** How Trivy is asked to fetch its vulnerability database. */
export function downloadArguments(config: ScannerConfig, cacheDirectory: string): readonly string[] {
  const { databaseRepository } = config.scanner;
  return [
    'image',
    '--download-db-only',
    '--cache-dir',
    cacheDirectory,
    '--no-progress',
    ...(databaseRepository === undefined ? [] : ['--db-repository', databaseRepository]),
    ...insecurely(config, databaseHost(config)),
  ];
}

/** How Trivy is asked to scan one platform manifest straight from its registry. */
export function scanArguments(
  config: ScannerConfig,
  cacheDirectory: string,
  target: ScanTarget,
  output: string,
): readonly string[] {
  const { endpoint, repository } = scannedPlace(config, target);
  return [
    'image',
    '--image-src',
    'remote',
    '--platform',
    formatPlatform(target.platform),
    '--scanners',
    'vuln',
    '--pkg-types',
    'os,library',
    // Without it a report cannot tell an image without packages from one without findings.
    '--list-all-pkgs',
    '--format',
    'json',
    '--output',
    output,
    '--cache-dir',
    cacheDirectory,
    // The scan cache on disk lets in one process at a time.
    '--cache-backend',
    'memory',
    '--skip-db-update',
    ...(config.scanner.skipDatabaseUpdate ? ['--skip-java-db-update'] : []),
    '--no-progress',
    '--timeout',
    `${toolTimeout / 60_000}m`,
    ...insecurely(config, endpoint.registry),
    `${endpoint.registry}/${repository}@${target.reference.digest}`,
  ];
}

// Loopback hosts need no option: Trivy's client speaks plain HTTP to them by itself.
function insecurely({ registry }: ScannerConfig, host: string | undefined): readonly string[] {
  return host !== undefined && registry.insecureHosts.includes(host) ? ['--insecure'] : [];
}

/** The registry that the vulnerability database comes from, where one is configured. */
export function databaseHost({ scanner }: ScannerConfig): string | undefined {
  return scanner.databaseRepository?.split('/')[0];
}

/** Where the database is kept: where Trivy itself keeps it, so that one fetched earlier serves too. */
export function cacheDirectoryOf(world: World, { scanner }: ScannerConfig): string {
  return (
    chosenDirectory(world, scanner.cacheDirectory, world.env.TRIVY_CACHE_DIR) ?? userCacheDirectory(world, 'trivy')
  );
}
