import type { RegistrySettings } from '../registry/settings.ts';
import type { adapters } from './adapters/adapters.ts';
import type { Proof } from './proof.ts';

/** Scanners that can be chosen; core/scan/scanners.ts has what each of them is. */
export type ScannerName = 'trivy' | 'grype' | keyof typeof adapters | 'defender' | 'command';

/** The scanner that is taken without a choice. */
export const defaultScanner = 'trivy' satisfies ScannerName;

/** Report formats that any command may write. */
export const scannerFormats = ['trivy', 'grype', 'sarif', 'cyclonedx'] as const;
export type ScannerFormat = (typeof scannerFormats)[number];

/** How images are scanned, and with what. */
export interface ScannerSettings {
  /** Trivy when absent. */
  readonly tool?: ScannerName;
  /** Of the tool `command`: a program and its arguments, in which {image}, {platform}, {registry}, {repository}, {digest} and {output} are put. */
  readonly command?: readonly string[];
  /** Of the tool `command`: what it writes to {output}, or to stdout where {output} is not among its arguments. */
  readonly format?: ScannerFormat;
  /** Executable: an absolute path, or a name on PATH. */
  readonly path?: string;
  /** Whether a scanner that is not there is installed; it is not when absent, unless a setting says so. */
  readonly install?: boolean;
  /** Exact version to install. */
  readonly version?: string;
  /** Where releases of the scanner are had in place of their publisher's address. */
  readonly downloadUrl?: string;
  readonly cacheDirectory?: string;
  readonly databaseRepository?: string;
  /** Of Trivy: where its database of Java archives comes from. */
  readonly javaDatabaseRepository?: string;
  /** Days; a scan with an older database has failed. */
  readonly databaseMaxAge?: number;
  readonly skipDatabaseUpdate: boolean;
  /** Proofs that this scanner's reports need not give; none when absent. */
  readonly acceptUnproven?: readonly Proof[];
  /** Of Defender for Cloud: how long its results are waited for, in milliseconds. */
  readonly wait?: number;
  /** Of Defender for Cloud: a token of Microsoft Entra ID for Azure Resource Manager. */
  readonly azureToken?: string;
  /** Other scanners that scan side by side with this one. */
  readonly beside?: readonly ScannerSettings[];
  /** Whether `plan` fetches the database, for the jobs that follow it. */
  readonly fetchDatabase?: boolean;
}

/** The part of the configuration that scanners are driven by. */
export interface ScannerConfig {
  readonly registry: RegistrySettings;
  readonly concurrency: number;
  readonly scanner: ScannerSettings;
  /** Folder of the sources: what stands in it is not believed. */
  readonly root?: string;
  /** Present in a run of a pull request, which may have made itself what a cache of the host brings along. */
  readonly pullRequest?: object;
}

/** What a scanner tells its caller. */
export interface ScannerOptions {
  /** Called with each line that the tool logs. */
  readonly log?: (line: string) => void;
  /** Called with what people should know of a scan that could be made. */
  readonly warn?: (line: string) => void;
  /** Called with what is worth knowing and no fault. */
  readonly note?: (line: string) => void;
  /** Called with each secret that is handed to the tool, before it is. */
  readonly secret?: (value: string) => void;
}

/** What finding the credentials of a scanner is given. */
export function handedOn({ secret = () => {}, note = () => {} }: ScannerOptions) {
  return { secret, note };
}

/** Milliseconds that a tool may take for one image, or for its database. */
export const toolTimeout = 15 * 60_000;

// A scan of a large image takes a gigabyte.
const mostAtOnce = 4;

/** How many scans may be under way at once. */
export function scansAtOnce({ concurrency }: ScannerConfig): number {
  return Math.min(Math.max(concurrency, 1), mostAtOnce);
}
