import { attempt, type Outcome } from '../../failure.ts';
import type { World } from '../../ports.ts';
import type { Adapter } from '../../scan/adapters/adapter.ts';
import { aqua } from '../../scan/adapters/aqua.ts';
import { defenderCli } from '../../scan/adapters/defender-cli.ts';
import { scout } from '../../scan/adapters/scout.ts';
import { snyk } from '../../scan/adapters/snyk.ts';
import { twistcli } from '../../scan/adapters/twistcli.ts';
import { examineProgram, refuseDenied } from '../../scan/denied.ts';
import type { ScannerName, ScannerSettings } from '../../scan/settings.ts';
import { findTool } from '../../tools/find-tool.ts';
import type { Examination } from '../examination.ts';
import { askProgram } from './programs.ts';
import { type Database, grypeDatabase, trivyDatabase, trivyVersion } from './scanner-database.ts';

/** What there is of one scanner. */
export interface ScannerFacts {
  readonly name: ScannerName;
  readonly program: ScannerProgram;
  /** Lists of variables of which one each is needed, and none is set. */
  readonly missing: readonly (readonly string[])[];
  readonly database?: Database;
  /** Days. */
  readonly maxAge?: number;
  /** Whether the database at hand is used as it is. */
  readonly isKept: boolean;
  readonly now: Date;
}

export type ScannerProgram =
  | { readonly kind: 'service' }
  | { readonly kind: 'installed-on-use'; readonly version?: string }
  | { readonly kind: 'looked-for'; readonly found: Outcome<{ readonly file: string; readonly version: string }> };

const adapters: Readonly<Partial<Record<ScannerName, Adapter>>> = {
  twistcli,
  aqua,
  scout,
  snyk,
  'defender-cli': defenderCli,
};

/** Looks for every scanner of the configuration, without installing or updating anything. */
export async function scannersAtHand({ config, world }: Examination): Promise<readonly ScannerFacts[]> {
  const { beside = [], ...first } = config.scanner;
  return Promise.all([first, ...beside].map((scanner) => scannerAtHand(world, scanner)));
}

async function scannerAtHand(world: World, scanner: ScannerSettings): Promise<ScannerFacts> {
  const { tool: name = 'trivy', databaseMaxAge } = scanner;
  const program = await programOf(world, name, scanner);
  const file = program.kind === 'looked-for' && program.found.kind === 'done' ? program.found.value.file : undefined;
  const database = await databaseOf(world, name, scanner, file);
  const missing = (adapters[name]?.required ?? []).filter((names) => names.every((each) => !world.env[each]));
  return {
    name,
    program,
    missing,
    isKept: scanner.skipDatabaseUpdate,
    now: world.now(),
    ...(database === undefined ? {} : { database }),
    ...(databaseMaxAge === undefined ? {} : { maxAge: databaseMaxAge }),
  };
}

async function programOf(world: World, name: ScannerName, scanner: ScannerSettings): Promise<ScannerProgram> {
  const { install = false, version, path } = scanner;
  const asked = version === undefined ? {} : { version };
  if (name === 'defender') return { kind: 'service' };
  if (install && path === undefined && version !== undefined) return { kind: 'installed-on-use', ...asked };
  const found = await attempt(name, () => lookFor(world, name, scanner));
  const isMissing = found.kind === 'failed' && found.failure.code === 'missing-tool';
  if (install && path === undefined && isMissing) return { kind: 'installed-on-use' };
  return { kind: 'looked-for', found };
}

const remedies: Readonly<Partial<Record<ScannerName, string>>> = {
  trivy: 'install Trivy, let scanner-install do it, or name its executable with scanner-path',
  grype: 'install Grype, let scanner-install do it, or name its executable with scanner-path',
  command: 'install it, or correct scanner.command',
};

async function lookFor(world: World, name: ScannerName, scanner: ScannerSettings) {
  const adapter = adapters[name];
  const wanted = name === 'command' ? (scanner.command?.[0] ?? '') : (adapter?.program ?? name);
  const remedy = remedies[name] ?? `install ${adapter?.name ?? name}, or name its executable with scanner-path`;
  const path = name === 'command' ? wanted : scanner.path;
  const file = await findTool(world, { name: wanted, remedy, ...(path === undefined ? {} : { path }) });
  if (name === 'trivy') return { file, version: await trivyVersion(world, file) };
  await examineProgram(world, file);
  // Which argument makes a command of the user's own say its version is not known.
  if (name === 'command') return { file, version: '' };
  const answer = await askProgram(world, file, adapter?.version ?? ['version']);
  const version = answer.kind === 'version' ? (/\d+\.\d[\w.+-]*/.exec(answer.text)?.[0] ?? '') : '';
  refuseDenied('missing-tool', file, { name: adapter?.name ?? name, version });
  return { file, version };
}

async function databaseOf(
  world: World,
  name: ScannerName,
  scanner: ScannerSettings,
  file: string | undefined,
): Promise<Database | undefined> {
  if (name === 'trivy') return trivyDatabase(world, scanner);
  return name === 'grype' && file !== undefined ? grypeDatabase(world, scanner, file) : undefined;
}
