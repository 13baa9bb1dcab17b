import type { Config } from '../../config/model.ts';
import { attempt, type Outcome } from '../../failure.ts';
import type { World } from '../../ports.ts';
import type { CachedDatabase, ScannerDefinition, ScannerProgram } from '../../scan/definition.ts';
import { type ExaminedProgram, examineProgram, refuseDenied } from '../../scan/denied.ts';
import { definitionIn, type Scanners, scanners } from '../../scan/scanners.ts';
import { defaultScanner, type ScannerName, type ScannerSettings } from '../../scan/settings.ts';
import { findTool } from '../../tools/find-tool.ts';
import { askProgram } from './programs.ts';

/** What there is of one scanner. */
export interface ScannerFacts {
  readonly name: ScannerName;
  readonly program: ProgramFacts;
  /** Lists of variables of which one each is needed, and none is set. */
  readonly missing: readonly (readonly string[])[];
  readonly database?: CachedDatabase;
  /** Days. */
  readonly maxAge?: number;
  /** Whether the database at hand is used as it is. */
  readonly isKept: boolean;
  readonly now: Date;
}

/** What is known of a scanner's executable. */
export type ProgramFacts =
  | { readonly kind: 'service' }
  | { readonly kind: 'installed-on-use'; readonly version?: string }
  | { readonly kind: 'looked-for'; readonly found: Outcome<{ readonly file: string; readonly version: string }> };

/** Looks for every scanner of the configuration, without installing or updating anything. */
export async function scannersAtHand(
  { config, world }: { readonly config: Pick<Config, 'scanner'>; readonly world: World },
  table: Scanners = scanners,
): Promise<readonly ScannerFacts[]> {
  const { beside = [], ...first } = config.scanner;
  return Promise.all(
    [first, ...beside].map((scanner) => scannerAtHand(world, definitionIn(table, scanner.tool), scanner)),
  );
}

async function scannerAtHand(
  world: World,
  definition: ScannerDefinition,
  scanner: ScannerSettings,
): Promise<ScannerFacts> {
  const { tool: name = defaultScanner, databaseMaxAge } = scanner;
  const program = await programOf(world, name, definition, scanner);
  const file = program.kind === 'looked-for' && program.found.kind === 'done' ? program.found.value.file : undefined;
  const database = await definition.database?.(world, scanner, file);
  const missing = (definition.program?.required ?? []).filter((names) => names.every((each) => !world.env[each]));
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

async function programOf(
  world: World,
  name: ScannerName,
  { program }: ScannerDefinition,
  scanner: ScannerSettings,
): Promise<ProgramFacts> {
  const { install = false, version, path } = scanner;
  const asked = version === undefined ? {} : { version };
  if (program === undefined) return { kind: 'service' };
  if (install && path === undefined && version !== undefined) return { kind: 'installed-on-use', ...asked };
  const found = await attempt(name, () => lookFor(world, program, scanner));
  const isMissing = found.kind === 'failed' && found.failure.code === 'missing-tool';
  if (install && path === undefined && isMissing) return { kind: 'installed-on-use' };
  return { kind: 'looked-for', found };
}

async function lookFor(world: World, { query, version }: ScannerProgram, scanner: ScannerSettings) {
  const wanted = query(scanner);
  const program = await examineProgram(world, await findTool(world, wanted));
  const said = await versionOf(world, program, version);
  refuseDenied('missing-tool', program.file, { name: wanted.name, version: said });
  return { file: program.file, version: said };
}

async function versionOf(world: World, program: ExaminedProgram, version: ScannerProgram['version']): Promise<string> {
  switch (version.kind) {
    case 'read':
      return version.read(world, program);
    case 'asked': {
      const answer = await askProgram(world, program.file, version.args);
      return answer.kind === 'version' ? (/\d+\.\d[\w.+-]*/.exec(answer.text)?.[0] ?? '') : '';
    }
    case 'unknown':
      return '';
  }
}
