import { resolve } from 'node:path';
import { below, type FileNode } from '../config/node.ts';
import type { Settings } from '../config/settings.ts';
import { complain, quoted, type Text, verify } from '../config/text.ts';
import type { World } from '../ports.ts';
import { mayBePlain } from '../registry/endpoint.ts';
import { readScannerKeys } from './config.ts';
import { type InstallableTool, releaseOf } from './install/releases.ts';
import { type ScannerSettings, scannerNames } from './settings.ts';

/** How images are scanned, from the host's inputs over the file; throws `config` or `usage` where it cannot be. */
export function readScannerSettings(settings: Settings, file: FileNode | undefined, world: World): ScannerSettings {
  const path = settings.text('scanner-path')?.text;
  const cache = settings.text('scanner-cache')?.text;
  const databaseRepository = settings.text('database-repository')?.text;
  const javaDatabaseRepository = settings.text('java-database-repository')?.text;
  const azureToken = settings.text('azure-token')?.text;
  const keys = readScannerKeys(below(file, 'scanner'), givenScanner(settings));
  return {
    ...keys,
    // A bare name is looked for on PATH; anything else is a file.
    ...(path === undefined ? {} : { path: /[\\/]/.test(path) ? resolve(world.cwd, path) : path }),
    ...readInstallation(settings, keys.tool ?? 'trivy'),
    ...(cache === undefined ? {} : { cacheDirectory: resolve(world.cwd, cache) }),
    ...(databaseRepository === undefined ? {} : { databaseRepository }),
    ...(javaDatabaseRepository === undefined ? {} : { javaDatabaseRepository }),
    ...(settings.text('database-max-age') === undefined ? {} : { databaseMaxAge: settings.number('database-max-age') }),
    skipDatabaseUpdate: settings.boolean('skip-database-update'),
    wait: settings.duration('defender-wait'),
    ...(azureToken === undefined ? {} : { azureToken }),
    ...(settings.boolean('fetch-database') ? { fetchDatabase: true } : {}),
  };
}

function givenScanner(settings: Settings): Text | undefined {
  const given = settings.given('scanner');
  if (given !== undefined) verify(given, { kind: { choice: scannerNames } });
  return given;
}

function readInstallation(
  settings: Settings,
  tool: string,
): Pick<ScannerSettings, 'install' | 'version' | 'downloadUrl'> {
  const version = settings.text('scanner-version');
  const mirror = settings.text('scanner-download-url');
  const install = settings.boolean('scanner-install');
  if (install && tool !== 'trivy' && tool !== 'grype') {
    throw complain({ where: 'scanner-install' }, `cannot install ${tool}`, 'install it yourself');
  }
  if (version !== undefined) {
    if (!install) throw complain(version, 'has nothing to install', 'set scanner-install too, or leave it out');
    releaseOf(tool as InstallableTool, version.text, version.where);
  }
  if (mirror !== undefined) demandSafe(mirror);
  return {
    ...(install ? { install } : {}),
    ...(version === undefined ? {} : { version: version.text.replace(/^v/, '') }),
    ...(mirror === undefined ? {} : { downloadUrl: mirror.text }),
  };
}

function demandSafe(mirror: Text): void {
  const url = URL.canParse(mirror.text) ? new URL(mirror.text) : undefined;
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && mayBePlain([], url.host))) return;
  throw complain(mirror, `cannot be ${quoted(mirror.text)}`, 'give an https:// address');
}
