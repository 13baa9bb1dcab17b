import { posix } from 'node:path';
import { type BuildArguments, expandIn, givenArgument, withGlobalArguments } from './arguments.ts';
import { type ParsedInstruction, parseCommand, type StageCommand } from './commands.ts';
import { lex } from './lex.ts';
import { DockerfileRefusal } from './refusal.ts';
import { createSteps, type Shell } from './substitution.ts';

/** One setting as a Dockerfile states it. */
export interface StatedSetting {
  /** With the variables of the file filled in; what the base gives is empty there. */
  readonly text: string;
  /** Whether no variable stands in it, so that nothing else decides of its value. */
  readonly isPlain: boolean;
}

/** What the stages that a target stands on state of the configuration of its image. */
export interface StatedSettings {
  /** The image that the lowest of them is built from. */
  readonly base: string;
  /** By field of the `config` object and its member: `User`, `Env PATH`, `ExposedPorts 80/tcp`. */
  readonly settings: ReadonlyMap<string, StatedSetting>;
}

/** Reads what a Dockerfile states of the configuration of a target's image; undefined where it cannot be read. */
export function statedSettings(
  text: string,
  { args, target }: { readonly args: BuildArguments; readonly target?: string },
): StatedSettings | undefined {
  try {
    const { instructions, escapeToken } = lex(text);
    const shell = { escapeToken, steps: createSteps() };
    const { globals, stages, byName } = stagesOf(instructions.map(parseCommand), args, shell);
    const last = target === undefined || target === '' ? stages.at(-1) : byName.get(target.toLowerCase());
    if (last === undefined) return undefined;
    const chain: Stage[] = [];
    for (let stage: Stage | undefined = last; stage !== undefined; stage = stage.parent) chain.unshift(stage);
    const scene = { args, globals, shell, variables: new Map<string, string>(), settings: new Map() };
    for (const stage of chain) stateStage(stage, scene);
    return { base: chain[0]?.base ?? '', settings: scene.settings };
  } catch (error) {
    if (!(error instanceof DockerfileRefusal)) throw error;
    return undefined;
  }
}

interface Stage {
  readonly base: string;
  readonly parent: Stage | undefined;
  readonly commands: ParsedInstruction[];
}

interface Scene {
  readonly args: BuildArguments;
  readonly globals: ReadonlyMap<string, string>;
  readonly shell: Shell;
  readonly variables: Map<string, string>;
  readonly settings: Map<string, StatedSetting>;
}

function stagesOf(commands: readonly (StageCommand | ParsedInstruction)[], args: BuildArguments, shell: Shell) {
  const globals = new Map<string, string>();
  const stages: Stage[] = [];
  const byName = new Map<string, Stage>();
  for (const command of commands) {
    if (command.kind === 'from') {
      const base = expandIn(command.base, globals, shell);
      const stage: Stage = { base, parent: byName.get(base), commands: [] };
      stages.push(stage);
      if (command.name !== undefined) byName.set(command.name, stage);
    } else if (stages.length > 0) stages.at(-1)?.commands.push(command);
    else if (command.kind === 'arg') withGlobalArguments(globals, command.args, args, shell);
  }
  return { globals, stages, byName };
}

function stateStage({ commands }: Stage, scene: Scene): void {
  let hasCommand = false;
  for (const command of commands) {
    const { keyword } = command.source;
    if (keyword === 'cmd') hasCommand = true;
    // It resets the command that it inherits, and not one of its own stage (Dockerfile reference, CMD and ENTRYPOINT).
    if (keyword === 'entrypoint' && !hasCommand) scene.settings.set('Cmd', { text: '', isPlain: true });
    state(command, scene);
  }
}

const whole: Readonly<Record<string, string>> = {
  cmd: 'Cmd',
  entrypoint: 'Entrypoint',
  healthcheck: 'Healthcheck',
  shell: 'Shell',
};

function state(command: ParsedInstruction, { args, globals, shell, variables, settings }: Scene): void {
  const expand = (word: string) => expandIn(word, variables, shell);
  const set = (key: string, word: string, text = expand(word)) =>
    settings.set(key, { text, isPlain: !word.includes('$') });
  const { keyword, text, words } = command.source;
  const field = whole[keyword];
  // Variables in them are those of the container.
  if (field !== undefined) settings.set(field, { text: text.slice(keyword.length).trim(), isPlain: true });
  else if (keyword === 'user') set('User', words[0] ?? '');
  else if (keyword === 'label') {
    for (let at = 0; at < words.length; at += 2) set(`Labels ${expand(words[at] ?? '')}`, words[at + 1] ?? '');
  } else if (command.kind === 'arg') {
    for (const { name, value } of command.args) {
      const given = givenArgument(args, name) ?? (value === undefined ? globals.get(name) : expand(value));
      if (given !== undefined) variables.set(name, given);
    }
  } else if (command.kind === 'env') {
    const pairs = command.pairs.map(([name, word]) => [expand(name), word, expand(word)] as const);
    for (const [name, word, value] of pairs) {
      set(`Env ${name}`, word, value);
      variables.set(name, value);
    }
  } else if (command.kind === 'workdir') {
    const above = settings.get('WorkingDir');
    const path = expand(command.path);
    const isPlain = !command.path.includes('$') && (posix.isAbsolute(path) || above?.isPlain === true);
    settings.set('WorkingDir', { text: posix.resolve(above?.text ?? '/', path), isPlain });
  } else if (command.kind === 'stopsignal') set('StopSignal', command.signal);
  else if (command.kind === 'volume') for (const word of command.words) set(`Volumes ${expand(word)}`, word);
  else if (command.kind === 'expose')
    for (const word of command.ports) for (const port of portsIn(expand(word))) set(port, word, '');
  else if (command.kind === 'onbuild') {
    const above = settings.get('OnBuild');
    settings.set('OnBuild', { text: `${above?.text ?? ''}\n${command.expression}`, isPlain: true });
  }
}

// A list of ports may come from one variable; what says a range stands as the range.
function portsIn(text: string): readonly string[] {
  const ports = text.split(/\s+/).filter((port) => port !== '');
  return ports.map((port) => `ExposedPorts ${port.includes('/') ? port : `${port}/tcp`}`);
}
