import type { ParsedInstruction } from '../commands.ts';
import type { Linter } from './linter.ts';

/** What the linter remembers of a stage while its instructions are gone through. */
export interface StageMemory {
  /** Names of ARGs, those of the stages that it is built on too. */
  readonly declared: Set<string>;
  hasDirectory: boolean;
  hasShell: boolean;
  /** Lines of the instructions of which the last one counts. */
  readonly last: Map<string, number>;
}

/** The memory of a stage that is built on another one, or on an image. */
export function stageMemory(parent: StageMemory | undefined): StageMemory {
  return {
    declared: new Set(parent?.declared),
    hasDirectory: parent?.hasDirectory ?? false,
    hasShell: parent?.hasShell ?? false,
    last: new Map(),
  };
}

// They are set for the stage by the engine, and to no environment.
const notOfEnvironment = new Set(['BUILDKIT_SBOM_SCAN_CONTEXT', 'BUILDKIT_SBOM_SCAN_STAGE']);

/** Reports variables of an instruction that nothing in the file sets. */
export function lintMissing(linter: Linter, line: number, missing: ReadonlySet<string>, memory: StageMemory): void {
  const undefinedOnes = [...missing].filter((name) => !memory.declared.has(name) && !notOfEnvironment.has(name));
  if (undefinedOnes.length > 0) linter.report('UndefinedVar', line);
}

/** Applies the rules about one instruction of a stage that the build needs. */
export function lintInstruction(linter: Linter, command: ParsedInstruction, memory: StageMemory): void {
  const { keyword, isJson } = command.source;
  if (['cmd', 'entrypoint', 'healthcheck'].includes(keyword)) {
    const before = memory.last.get(keyword);
    if (before !== undefined) linter.report('MultipleInstructionsDisallowed', before);
    memory.last.set(keyword, command.line);
  }
  if ((keyword === 'cmd' || keyword === 'entrypoint') && !isJson && !memory.hasShell) {
    linter.report('JSONArgsRecommended', command.line);
  }
  if (keyword === 'shell') memory.hasShell = true;
  if ((keyword === 'env' || keyword === 'label') && command.source.isLegacyPair) {
    linter.report('LegacyKeyValueFormat', command.line);
  }
}

const secret = /(?:_|^)(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)(?:_|$)/i;
const allowed = /(?:_|^)public(?:_|$)/i;

/** Reports the name of a variable that seems to hold a secret. */
export function lintVariableName(linter: Linter, line: number, name: string): void {
  if (secret.test(name) && !allowed.test(name)) linter.report('SecretsUsedInArgOrEnv', line);
}

/** Reports the first WORKDIR of a stage where it counts from the base image's. */
export function lintDirectory(linter: Linter, line: number, path: string, os: string, memory: StageMemory): void {
  const isAbsolute = os === 'windows' ? /^(?:[A-Za-z]:)?[\\/]/.test(path) : path.startsWith('/');
  if (!memory.hasDirectory && !isAbsolute) linter.report('WorkdirRelativePath', line);
  memory.hasDirectory = true;
}

/** Reports a port that names a host's side, or its protocol in upper case. */
export function lintPort(linter: Linter, line: number, port: string): void {
  const parts = port.split(':');
  const [, protocol = ''] = (parts.at(-1) ?? '').split('/', 2);
  if (protocol !== protocol.toLowerCase()) linter.report('ExposeProtoCasing', line);
  if (parts.slice(0, -1).some((part) => part !== '')) linter.report('ExposeInvalidFormat', line);
}
