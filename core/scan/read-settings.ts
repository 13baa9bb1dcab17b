import { resolve } from 'node:path';
import type { World } from '../ports.ts';
import { mayBePlain } from '../registry/transport/endpoint.ts';
import { below, type FileNode } from '../settings/file-node.ts';
import type { InputName, Settings } from '../settings/settings.ts';
import { complain, invalid, parseChoice, quoted, type Text, verify } from '../settings/value.ts';
import { namesOf } from '../table.ts';
import { readScannerKeys } from './config.ts';
import type { scannerInputs } from './inputs.ts';
import { type InstallableTool, releaseOf } from './install/releases.ts';
import { proofs } from './proof.ts';
import { definitionIn, type Scanners, scanners } from './scanners.ts';
import { defaultScanner, type ScannerSettings } from './settings.ts';

/** What the rest of the run means for its scanner. */
export interface ScannerSurroundings {
  readonly azureToken: string | undefined;
  /** Whether a scanner that is not there is installed where no setting says so: machines of a CI host come without. */
  readonly installsAbsent: boolean;
}

/** How images are scanned, from the host's inputs over the file; throws `config` or `usage` where it cannot be. */
export function readScannerSettings(
  settings: Settings<typeof scannerInputs>,
  file: FileNode | undefined,
  world: World,
  { azureToken, installsAbsent }: ScannerSurroundings,
  table: Scanners = scanners,
): ScannerSettings {
  const javaDatabaseRepository = settings.text('java-database-repository')?.text;
  const names = namesOf(table);
  const several = readSeveral(settings, names);
  const chosen = several.length === 0 ? [givenScanner(settings, names)] : several;
  const isAsked = settings.text('scanner-install') !== undefined;
  const install = isAsked ? settings.boolean('scanner-install') : installsAbsent;
  const shared = {
    ...(javaDatabaseRepository === undefined ? {} : { javaDatabaseRepository }),
    ...(settings.text('database-max-age') === undefined ? {} : { databaseMaxAge: settings.number('database-max-age') }),
    skipDatabaseUpdate: settings.boolean('skip-database-update'),
    wait: settings.duration('defender-wait'),
    ...(azureToken === undefined ? {} : { azureToken }),
    ...(settings.boolean('fetch-database') ? { fetchDatabase: true } : {}),
  };
  const each = chosen.map((tool) => {
    const keys = readScannerKeys(below(file, 'scanner'), tool, table);
    const own = textsOf(settings, keys.tool ?? defaultScanner, names, chosen.length > 1);
    const { installable } = definitionIn(table, keys.tool);
    const accepted = readAccepted(own('accept-unproven'));
    return {
      ...keys,
      ...readPlaces(own, world),
      ...readInstallation(install, isAsked, own, installable),
      ...accepted,
      ...shared,
    };
  });
  const [first = shared, ...beside] = each;
  if (isAsked && install && !each.some((scanner) => scanner.install === true)) {
    throw complain({ where: 'scanner-install' }, `cannot install ${each[0]?.tool}`, 'install it yourself');
  }
  return beside.length === 0 ? first : { ...first, beside };
}

// What the host says of one scanner goes over what the file says of several.
function readSeveral(settings: Settings<typeof scannerInputs>, known: readonly string[]): readonly Text[] {
  const names = settings.given('scanner') === undefined ? settings.texts('scanners') : [];
  for (const name of names) verify(name, { kind: { choice: known } });
  const twice = names.find(({ text }, at) => names.findIndex((other) => other.text === text) !== at);
  if (twice !== undefined) throw complain(twice, `names ${twice.text} twice`, 'name each scanner once');
  return names;
}

function givenScanner(settings: Settings<typeof scannerInputs>, known: readonly string[]): Text | undefined {
  const given = settings.given('scanner');
  if (given !== undefined) verify(given, { kind: { choice: known } });
  return given;
}

type TextOf = (name: InputName<typeof scannerInputs>) => Text | undefined;

// Of several scanners each has its own value: "trivy=0.69.3,grype=0.111.0".
function textsOf(
  settings: Settings<typeof scannerInputs>,
  tool: string,
  known: readonly string[],
  isOneOfSeveral: boolean,
): TextOf {
  const between = new RegExp(`[\\r\\n]+|,\\s*(?=(?:${known.join('|')})=)`);
  const ofTool = new RegExp(`^(${known.join('|')})=(.+)$`);
  return (name) => {
    const value = settings.text(name);
    if (value === undefined) return undefined;
    const parts = value.text.split(between).map((part) => ofTool.exec(part.trim()));
    if (parts.every((part) => part !== null)) {
      const own = parts.find((part) => part[1] === tool)?.[2];
      return own === undefined ? undefined : { ...value, text: own };
    }
    if (!isOneOfSeveral) return value;
    throw complain(value, `does not say which scanner ${quoted(value.text)} is for`, `write ${tool}=${value.text}`);
  };
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

function readAccepted(given: Text | undefined): Pick<ScannerSettings, 'acceptUnproven'> {
  if (given === undefined) return {};
  const names = given.text.split(',').map((name) => name.trim());
  return { acceptUnproven: names.map((name) => parseChoice({ ...given, text: name }, proofs)) };
}

function readInstallation(
  install: boolean,
  isAsked: boolean,
  own: TextOf,
  tool: InstallableTool | undefined,
): Pick<ScannerSettings, 'install' | 'version' | 'downloadUrl'> {
  const version = own('scanner-version');
  const mirror = own('scanner-download-url');
  if (version !== undefined && !install) {
    throw complain(version, 'has nothing to install', 'set scanner-install too, or leave it out');
  }
  if (!install) return isAsked ? { install } : {};
  if (tool === undefined) return {};
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
