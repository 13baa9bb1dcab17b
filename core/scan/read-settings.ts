import { resolve } from 'node:path';
import type { World } from '../ports.ts';
import { mayBePlain } from '../registry/transport/endpoint.ts';
import { below, type FileNode } from '../settings/file-node.ts';
import type { InputName, Settings } from '../settings/settings.ts';
import { complain, invalid, quoted, type Text, verify } from '../settings/value.ts';
import { readScannerKeys } from './config.ts';
import type { scannerInputs } from './inputs.ts';
import { releaseOf } from './install/releases.ts';
import { type ScannerSettings, scannerNames } from './settings.ts';

/** How images are scanned, from the host's inputs over the file; throws `config` or `usage` where it cannot be. */
export function readScannerSettings(
  settings: Settings<typeof scannerInputs>,
  file: FileNode | undefined,
  world: World,
  azureToken: string | undefined,
): ScannerSettings {
  const javaDatabaseRepository = settings.text('java-database-repository')?.text;
  const several = readSeveral(settings);
  const chosen = several.length === 0 ? [givenScanner(settings)] : several;
  const install = settings.boolean('scanner-install');
  const shared = {
    ...(javaDatabaseRepository === undefined ? {} : { javaDatabaseRepository }),
    ...(settings.text('database-max-age') === undefined ? {} : { databaseMaxAge: settings.number('database-max-age') }),
    skipDatabaseUpdate: settings.boolean('skip-database-update'),
    wait: settings.duration('defender-wait'),
    ...(azureToken === undefined ? {} : { azureToken }),
    ...(settings.boolean('fetch-database') ? { fetchDatabase: true } : {}),
  };
  const each = chosen.map((tool) => {
    const keys = readScannerKeys(below(file, 'scanner'), tool);
    const own = (name: InputName<typeof scannerInputs>) =>
      textFor(settings, name, keys.tool ?? 'trivy', chosen.length > 1);
    return { ...keys, ...readPlaces(own, world), ...readInstallation(settings, own, keys.tool ?? 'trivy'), ...shared };
  });
  const [first = shared, ...beside] = each;
  if (install && !each.some((scanner) => 'install' in scanner)) {
    throw complain({ where: 'scanner-install' }, `cannot install ${each[0]?.tool}`, 'install it yourself');
  }
  return beside.length === 0 ? first : { ...first, beside };
}

// What the host says of one scanner goes over what the file says of several.
function readSeveral(settings: Settings<typeof scannerInputs>): readonly Text[] {
  const names = settings.given('scanner') === undefined ? settings.texts('scanners') : [];
  for (const name of names) verify(name, { kind: { choice: scannerNames } });
  const twice = names.find(({ text }, at) => names.findIndex((other) => other.text === text) !== at);
  if (twice !== undefined) throw complain(twice, `names ${twice.text} twice`, 'name each scanner once');
  return names;
}

function givenScanner(settings: Settings<typeof scannerInputs>): Text | undefined {
  const given = settings.given('scanner');
  if (given !== undefined) verify(given, { kind: { choice: scannerNames } });
  return given;
}

type TextOf = (name: InputName<typeof scannerInputs>) => Text | undefined;

// Of several scanners each has its own value: "trivy=0.69.3,grype=0.111.0".
const between = new RegExp(`[\\r\\n]+|,\\s*(?=(?:${scannerNames.join('|')})=)`);
const ofTool = new RegExp(`^(${scannerNames.join('|')})=(.+)$`);

function textFor(
  settings: Settings<typeof scannerInputs>,
  name: InputName<typeof scannerInputs>,
  tool: string,
  isOneOfSeveral: boolean,
): Text | undefined {
  const value = settings.text(name);
  if (value === undefined) return undefined;
  const parts = value.text.split(between).map((part) => ofTool.exec(part.trim()));
  if (parts.every((part) => part !== null)) {
    const own = parts.find((part) => part[1] === tool)?.[2];
    return own === undefined ? undefined : { ...value, text: own };
  }
  if (!isOneOfSeveral) return value;
  throw complain(value, `does not say which scanner ${quoted(value.text)} is for`, `write ${tool}=${value.text}`);
}

function readPlaces(
  own: TextOf,
  world: World,
): Pick<ScannerSettings, 'path' | 'cacheDirectory' | 'databaseRepository'> {
  const path = own('scanner-path')?.text;
  const cache = own('scanner-cache')?.text;
  const databaseRepository = own('database-repository')?.text;
  return {
    // A bare name is looked for on PATH; anything else is a file.
    ...(path === undefined ? {} : { path: /[\\/]/.test(path) ? resolve(world.cwd, path) : path }),
    ...(cache === undefined ? {} : { cacheDirectory: resolve(world.cwd, cache) }),
    ...(databaseRepository === undefined ? {} : { databaseRepository }),
  };
}

function readInstallation(
  settings: Settings<typeof scannerInputs>,
  own: TextOf,
  tool: string,
): Pick<ScannerSettings, 'install' | 'version' | 'downloadUrl'> {
  const version = own('scanner-version');
  const mirror = own('scanner-download-url');
  const install = settings.boolean('scanner-install');
  if (version !== undefined && !install) {
    throw complain(version, 'has nothing to install', 'set scanner-install too, or leave it out');
  }
  if (!install || (tool !== 'trivy' && tool !== 'grype')) return {};
  if (version !== undefined) releaseOf(tool, version.text, version.where);
  if (mirror !== undefined) demandSafe(mirror);
  return {
    install,
    ...(version === undefined ? {} : { version: version.text.replace(/^v/, '') }),
    ...(mirror === undefined ? {} : { downloadUrl: mirror.text }),
  };
}

function demandSafe(mirror: Text): void {
  const url = URL.canParse(mirror.text) ? new URL(mirror.text) : undefined;
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && mayBePlain([], url.host))) return;
  throw invalid(mirror, 'give an https:// address');
}
