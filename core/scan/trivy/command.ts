import { posix, win32 } from 'node:path';
import type { Config } from '../../config.ts';
import { formatPlatform } from '../../oci/platform.ts';
import type { World } from '../../ports.ts';
import { type Place, placeToRead } from '../../registry/endpoint.ts';
import type { ScanTarget } from '../scanner.ts';

/** The part of the configuration that Trivy is driven by. */
export type TrivyConfig = Pick<Config, 'scanner' | 'registry' | 'concurrency'>;

/** Milliseconds that Trivy may take for one image, or for its database. */
export const trivyTimeout = 15 * 60_000;

/** Settings in the environment and not as options: releases that do not know one ignore it. */
export const quietEnvironment = {
  TRIVY_DISABLE_TELEMETRY: 'true',
  TRIVY_SKIP_VERSION_CHECK: 'true',
} as const;

/** How Trivy is asked to fetch its vulnerability database. */
export function downloadArguments(config: TrivyConfig, cacheDirectory: string): readonly string[] {
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

/** Where an image is read for its scan: at its mirror where there is one. */
export function scannedPlace({ registry }: TrivyConfig, { reference }: ScanTarget): Place {
  return placeToRead(registry, reference);
}

/** How Trivy is asked to scan one platform manifest straight from its registry. */
export function scanArguments(
  config: TrivyConfig,
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
    `${trivyTimeout / 60_000}m`,
    ...insecurely(config, endpoint.registry),
    `${endpoint.registry}/${repository}@${target.reference.digest}`,
  ];
}

// Loopback hosts need no option: Trivy's client speaks plain HTTP to them by itself.
function insecurely({ registry }: TrivyConfig, host: string | undefined): readonly string[] {
  return host !== undefined && registry.insecureHosts.includes(host) ? ['--insecure'] : [];
}

/** The registry that the vulnerability database comes from, where one is configured. */
export function databaseHost({ scanner }: TrivyConfig): string | undefined {
  return scanner.databaseRepository?.split('/')[0];
}

/** Where the database is kept: where Trivy itself keeps it, so that one fetched earlier serves too. */
export function cacheDirectoryOf({ env, platform, cwd }: World, { scanner }: TrivyConfig): string {
  const { join, resolve } = platform.os === 'win32' ? win32 : posix;
  const chosen = scanner.cacheDirectory ?? env.TRIVY_CACHE_DIR;
  if (chosen !== undefined && chosen !== '') return resolve(cwd, chosen);
  const home = env.HOME ?? env.USERPROFILE ?? cwd;
  if (platform.os === 'win32') return join(env.LOCALAPPDATA ?? home, 'trivy');
  if (platform.os === 'darwin') return join(home, 'Library', 'Caches', 'trivy');
  return join(env.XDG_CACHE_HOME ?? join(home, '.cache'), 'trivy');
}
