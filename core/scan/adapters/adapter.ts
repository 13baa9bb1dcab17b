import type { World } from '../../ports.ts';
import type { ReportOf } from '../document.ts';
import type { ImportedScan } from '../formats/imported.ts';
import type { ScanTarget } from '../scanner.ts';

/** One scan as the tool's command line is made of it. */
export interface Invocation {
  /** `registry/repository@digest`. */
  readonly image: string;
  /** `linux/arm64/v8`. */
  readonly platform: string;
  /** Where the report is to be written. */
  readonly output: string;
  /** What the job's environment says of the variables that the adapter names. */
  readonly env: Readonly<Record<string, string>>;
}

/** A report as the tool wrote it, and whether the tool's own policy refused the image. */
export interface AdapterScan extends ImportedScan {
  /** An exit code other than 0 is explained by the tool's own policy and not by a failure. */
  readonly refused?: boolean;
}

/** A scanner of another maker: how its command line is started and how its documented report is read. */
export interface Adapter {
  /** As people know it. */
  readonly name: string;
  /** As documentation names it, where its own name says too little. */
  readonly product?: string;
  /** Executable on PATH. */
  readonly program: string;
  /** Variables that the tool documents, handed on from the job; those in `secrets` are masked. */
  readonly variables: readonly string[];
  readonly secrets: readonly string[];
  /** Variables without which the tool cannot work; of each list one must be there. */
  readonly required: readonly (readonly string[])[];
  /** How the image reaches the tool: it reads the registry itself, or wants the image in the local Docker. */
  readonly reads: 'registry' | 'docker';
  /** Variables that carry the registry's login to the tool, where it does not read Docker's configuration. */
  readonly login?: { readonly username: string; readonly password: string };
  /** Arguments that have it say its version. */
  readonly version: readonly string[];
  readonly args: (invocation: Invocation) => readonly string[];
  /** Exit codes with which a report may come. */
  readonly exits: readonly number[];
  readonly read: (text: string, target: ScanTarget, of: ReportOf) => AdapterScan;
}

/** Variables by which Docker's command line, and tools that ask its daemon, find the daemon. */
export const dockerVariables: readonly string[] = ['DOCKER_HOST', 'DOCKER_TLS_VERIFY', 'DOCKER_CERT_PATH'];

/** What the job's environment says of the variables that an adapter names. */
export function variablesOf(world: World, names: readonly string[]): Readonly<Record<string, string>> {
  const known = names.flatMap((name) => {
    const value = world.env[name];
    return value === undefined || value === '' ? [] : [[name, value]];
  });
  return Object.fromEntries(known);
}
