import { posix } from 'node:path';
import type { Platform } from '../oci/platform.ts';
import { type BuildArguments, expandIn, givenArgument } from './arguments.ts';
import type { AddOrCopy, ParsedInstruction, RunCommand } from './commands.ts';
import { expandWords } from './expand.ts';
import type { Linter } from './lint/linter.ts';
import {
  lintDirectory,
  lintInstruction,
  lintMissing,
  lintPort,
  lintVariableName,
  type StageMemory,
  stageMemory,
} from './lint/stage-rules.ts';
import { watchVariables } from './lint/watch.ts';
import { parseMountFields, validateMount } from './mounts.ts';
import { validatePort, validateSignal } from './ports.ts';
import { atLine, DockerfileRefusal } from './refusal.ts';
import { trim } from './space.ts';
import type { BuildState, MountedInstruction } from './states.ts';
import type { Shell } from './substitution.ts';
import { SubstitutionError, type Variables } from './substitution.ts';
import { validateTransfer } from './transfer.ts';

/** What is known before any stage is built. */
export interface Around {
  readonly shell: Shell;
  readonly globals: Variables;
  readonly args: BuildArguments;
  /** What the build is for. */
  readonly target: Platform;
  readonly linter: Linter | undefined;
  /** Whether the frontend is the one that comes with BuildKit. */
  readonly isStable: boolean;
  /** Whether Buildah reads the file, whose mounts have more options. */
  readonly isBuildah: boolean;
  readonly onCopy: ((source: string, line: number) => void) | undefined;
}

/** What a stage hands on to those built on it. */
interface Built {
  readonly variables: Map<string, string>;
  directory: string;
  readonly os: string;
  readonly memory: StageMemory;
}

const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Goes through the instructions of every needed stage as a build would; throws Refusal for what a build refuses there. */
export function dispatch(states: readonly BuildState[], reached: ReadonlySet<BuildState>, around: Around): void {
  const built = new Map<BuildState, Built>();
  for (const state of states) {
    if (!reached.has(state) || state.user !== undefined || state.replacement !== undefined) continue;
    const parent = state.parent === undefined ? undefined : built.get(state.parent);
    const own: Built = {
      // What else the base image sets cannot be known without asking for it.
      variables: new Map(parent?.variables ?? [['PATH', defaultPath]]),
      directory: parent?.directory ?? '/',
      os: parent?.os ?? (state.platform ?? around.target).os,
      memory: stageMemory(parent?.memory),
    };
    for (const step of state.steps) {
      atLine(step.command.line, () => dispatchStep(step, { state, own, built, around }));
    }
    built.set(state, own);
  }
}

interface Scene {
  readonly state: BuildState;
  readonly own: Built;
  readonly built: ReadonlyMap<BuildState, Built>;
  readonly around: Around;
}

function dispatchStep({ command, sources }: MountedInstruction, scene: Scene): void {
  const { own, around } = scene;
  const expand = (word: string) => expandNoting(word, command, scene);
  refuseLaterStages(command, sources, scene);
  if (around.linter !== undefined) lintInstruction(around.linter, command, own.memory);
  switch (command.kind) {
    case 'arg':
      declare(command, scene, expand);
      return;
    case 'env': {
      const pairs = command.pairs.map(([name, value]) => [expand(name), expand(value)] as const);
      for (const [name, value] of pairs) {
        if (around.linter !== undefined) lintVariableName(around.linter, command.line, name);
        own.variables.set(name, value);
      }
      return;
    }
    case 'add':
    case 'copy':
      expandTransfer(command, expand, scene);
      return;
    case 'run':
      dispatchRun(command, expand, scene);
      return;
    case 'expose':
      for (const port of command.ports.flatMap((words) => portWords(words, scene))) {
        validatePort(port);
        if (around.linter !== undefined) lintPort(around.linter, command.line, port);
      }
      return;
    case 'stopsignal':
      validateSignal(expand(command.signal));
      return;
    case 'volume':
      if (command.words.map(expand).includes('')) throw invalid('VOLUME specified can not be an empty string');
      return;
    case 'workdir':
      changeDirectory(expand(command.path), command, scene);
      return;
    case 'expanded':
      for (const word of command.words) expand(word);
      return;
    case 'onbuild':
    case 'inert':
      return;
  }
}

function refuseLaterStages(command: ParsedInstruction, sources: readonly BuildState[], { state, built }: Scene): void {
  const later = sources.find((source) => source.user === undefined && !built.has(source) && !source.replacement);
  if (later === undefined) return;
  const verb = command.kind === 'run' ? 'mount' : 'copy';
  const names = `"${later.name ?? later.index}", it needs to be defined before current stage "${state.name ?? state.index}"`;
  throw new DockerfileRefusal('stage-order', null, `cannot ${verb} from stage ${names}`);
}

type Expand = (word: string) => string;

function expandNoting(word: string, { line }: ParsedInstruction, { own, around }: Scene, shell = around.shell): string {
  if (around.linter === undefined) return expandIn(word, own.variables, shell);
  const watched = watchVariables(own.variables);
  const text = expandIn(word, watched.variables, shell);
  lintMissing(around.linter, line, watched.missing, own.memory);
  return text;
}

function declare(
  { args, line }: Extract<ParsedInstruction, { kind: 'arg' }>,
  { own, around }: Scene,
  expand: Expand,
): void {
  for (const { name, value } of args) {
    if (around.linter !== undefined) lintVariableName(around.linter, line, name);
    const given = givenArgument(around.args, name);
    const result = given ?? (value === undefined ? around.globals.get(name) : expand(value));
    if (result !== undefined) own.variables.set(name, result);
    own.memory.declared.add(name);
  }
}

function dispatchRun({ mounts, devices }: RunCommand, expand: Expand, { own, around }: Scene): void {
  if (!around.isBuildah) for (const mount of mounts) validateMount(parseMountFields(mount), expand, own.directory);
  // Unlike other flags of the labs channel it is parsed everywhere.
  if (devices.length > 0 && around.isStable) {
    throw new DockerfileRefusal('invalid-flag', null, 'RUN --device is for a frontend of the labs channel');
  }
}

function changeDirectory(path: string, { line }: ParsedInstruction, { own, around }: Scene): void {
  if (around.linter !== undefined) lintDirectory(around.linter, line, path, own.os, own.memory);
  own.directory = posix.resolve(own.directory, path);
}

function expandTransfer(transfer: AddOrCopy & ParsedInstruction, expand: Expand, scene: Scene): void {
  if (transfer.from === '') for (const source of transfer.sources) scene.around.onCopy?.(source, transfer.line);
  const expanded = {
    ...transfer,
    chown: expand(transfer.chown),
    chmod: expand(transfer.chmod),
    checksum: expand(transfer.checksum),
    sources: transfer.sources.map(expand),
    destination: expand(transfer.destination),
  };
  for (const content of transfer.inline) expandInline(content, transfer, scene);
  validateTransfer(expanded);
}

// Quotes in a here-document are text.
function expandInline(content: string, transfer: AddOrCopy & ParsedInstruction, scene: Scene): void {
  expandNoting(content.replace(/['"]/g, ''), transfer, scene, { ...scene.around.shell, escapeToken: '\\' });
}

function portWords(port: string, { own, around }: Scene): readonly string[] {
  try {
    return expandWords(port, own.variables, around.shell).map(trim);
  } catch (error) {
    if (!(error instanceof SubstitutionError)) throw error;
    throw new DockerfileRefusal('substitution', null, `failed to process "${port}": ${error.message}`);
  }
}

function invalid(detail: string): DockerfileRefusal {
  return new DockerfileRefusal('invalid-instruction', null, detail);
}
