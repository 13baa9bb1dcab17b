import type { World } from '../ports.ts';
import type { ToolQuery } from '../tools/find-tool.ts';
import type { ExaminedProgram } from './denied.ts';
import type { InstallableTool } from './install/releases.ts';
import type { Scanner } from './scanner.ts';
import type { ScannerConfig, ScannerOptions, ScannerSettings } from './settings.ts';

/** The vulnerability database in a scanner's cache. */
export type CachedDatabase =
  | { readonly kind: 'absent'; readonly folder: string }
  | { readonly kind: 'there'; readonly updatedAt: string; readonly expired: boolean };

/** How the version of a scanner's executable is known. */
export type ProgramVersion =
  | { readonly kind: 'asked'; readonly args: readonly string[] }
  /** Throws `missing-tool` for one that must not be used. */
  | { readonly kind: 'read'; readonly read: (world: World, program: ExaminedProgram) => Promise<string> }
  /** Which argument makes a command of the user's own say its version is not known. */
  | { readonly kind: 'unknown' };

/** What a scanner runs on this machine. */
export interface ScannerProgram {
  readonly query: (settings: ScannerSettings) => ToolQuery;
  readonly version: ProgramVersion;
  /** Variables without which it cannot work; of each list one must be there. */
  readonly required: readonly (readonly string[])[];
}

/** One scanner that can be chosen, with all that choice, policy, doctor, installation and documentation know of it. */
export interface ScannerDefinition {
  /** As documentation names it. */
  readonly product: string;
  /** What its tests run on, as documentation says it. */
  readonly tested: string;
  /** What findings rest on: a database, whose date must be known, or a service, which is always of now. */
  readonly knowledge: 'database' | 'service';
  readonly create: (world: World, config: ScannerConfig, options: ScannerOptions) => Scanner;
  /** Absent where nothing runs on this machine. */
  readonly program?: ScannerProgram;
  /** Absent where this program cannot install it. */
  readonly installable?: InstallableTool;
  /** Looks at the database in its cache without updating it, undefined where that cannot be known; absent where it has none. */
  readonly database?: (
    world: World,
    settings: ScannerSettings,
    file: string | undefined,
  ) => Promise<CachedDatabase | undefined>;
}
