import type { Platform } from '../oci/platform.ts';
import { formatReference } from '../oci/reference.ts';
import { expandIn, platformArguments, withGlobalArguments } from './arguments.ts';
import type { BaseImage, UnknownBase } from './base-image.ts';
import { basesOf, syntaxBase, unknownBasesOf } from './bases.ts';
import { expandSources } from './buildah.ts';
import { type Dialect, type ParsedInstruction, parseCommandOf, type StageCommand } from './commands.ts';
import { readContexts, referenceIn } from './contexts.ts';
import { type Around, dispatch } from './dispatch.ts';
import { lex } from './lex.ts';
import { checkOptions } from './lint/check-options.ts';
import { lintFile } from './lint/file-rules.ts';
import { lintFroms } from './lint/from-rules.ts';
import { createLinter } from './lint/linter.ts';
import { givenBy, isAccepted, type OpenArguments, openArguments, withOpenArguments } from './open-arguments.ts';
import { parsePlatformFlag } from './platform.ts';
import { atLine, DockerfileRefusal, type RefusalCode } from './refusal.ts';
import { type BuildState, refuseCycles, States } from './states.ts';
import { createSteps } from './substitution.ts';
import { fireTriggers, type Trigger, triggersOf } from './triggers.ts';

/** What a build of the file is asked for. */
export interface ReadOptions {
  readonly args: Readonly<Record<string, string>>;
  readonly target?: string;
  /** Where the build runs and what it is for. */
  readonly platforms: { readonly build: Platform; readonly target: Platform };
  /** Named build contexts by name, as given to --build-context. */
  readonly contexts: Readonly<Record<string, string>>;
  /** ONBUILD triggers of images that are known, by canonical reference. */
  readonly triggers?: ReadonlyMap<string, readonly string[]>;
  /** A base that a build argument without a value gives is unknown, and not refused as a build without the argument would be. */
  readonly openArguments?: true;
  /** Who reads the file, where that is not BuildKit. */
  readonly dialect?: Dialect;
  /** Called with each source that a needed stage takes from the build context, as it is written. */
  readonly onCopy?: (source: string, line: number) => void;
}

export type DockerfileReading =
  | {
      readonly kind: 'read';
      readonly bases: readonly BaseImage[];
      /** Images that are used and not known; absent where every one is. */
      readonly unknown?: readonly UnknownBase[];
      /** ONBUILD triggers that the built image fires in what is built on it. */
      readonly triggers: readonly string[];
    }
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly line: number | null; readonly detail: string };

/** The images that BuildKit would use for a Dockerfile, stage by stage, or why it would refuse the file. */
export function readDockerfile(text: string, options: ReadOptions): DockerfileReading {
  try {
    return readStrictly(text, options);
  } catch (error) {
    if (!(error instanceof DockerfileRefusal)) throw error;
    return { kind: 'refused', code: error.code, line: error.line, detail: error.message };
  }
}

function readStrictly(text: string, options: ReadOptions): DockerfileReading {
  // Buildah takes the directive for a comment.
  const syntax = options.dialect === undefined ? syntaxBase(text, options.args) : undefined;
  if (syntax !== undefined && !isDockerfileFrontend(syntax)) return readForeign(text, options, syntax);
  return readFile(text, options, syntax);
}

// What another frontend makes of the text is its own affair: as much is listed as reads like a Dockerfile.
function readForeign(text: string, options: ReadOptions, syntax: BaseImage): DockerfileReading {
  try {
    return readFile(text, options, syntax);
  } catch (error) {
    if (!(error instanceof DockerfileRefusal)) throw error;
    const { raw, via, line } = syntax;
    return { kind: 'read', bases: [syntax], unknown: [{ raw, via, line, reachable: true }], triggers: [] };
  }
}

function isDockerfileFrontend({ reference }: BaseImage): boolean {
  return /(?:^|\/)dockerfile(?:-upstream)?$/.test(reference.repository);
}

function readFile(text: string, options: ReadOptions, syntax: BaseImage | undefined): DockerfileReading {
  const contexts = readContexts(options.contexts);
  const linter = createLinter(checkOptions(text, options.args));
  const lexed = lex(text);
  const { instructions, escapeToken } = lexed;
  const shell = { escapeToken, steps: createSteps() };
  const commands = instructions.map((instruction) => parseCommandOf(instruction, options.dialect));
  const { before, groups } = grouped(commands);
  if (linter !== undefined) lintFile(linter, lexed, commands);
  const last = options.target || groups.at(-1)?.from.name || '';
  const globals = platformArguments(options.platforms, last, options.args);
  const open = options.openArguments === true ? openArguments(globals) : undefined;
  for (const { line, args } of before) {
    atLine(line, () =>
      open === undefined
        ? withGlobalArguments(globals, args, options.args, shell)
        : withOpenArguments(open, globals, args, options.args, shell),
    );
  }
  const { args, platforms } = options;
  const { onCopy, dialect } = options;
  const isBuildah = dialect === 'buildah';
  const isStable = !isBuildah && isStableFrontend(syntax);
  const around: Around = { shell, globals, args, target: platforms.target, linter, isStable, isBuildah, onCopy };
  const states = new States(contexts, dialect);
  for (const { from } of groups) addStage(states, from, around, options.platforms.build, open);
  if (linter !== undefined) {
    const stages = groups.map(({ from }, at) => ({ from, platform: states.all[at]?.platform ?? null }));
    const declared = before.flatMap((command) => command.args);
    lintFroms(linter, stages, { globals, declared, args, platforms, shell });
  }
  const target = targetOf(states, options.target);
  resolveSteps(states, isBuildah ? groups.map((group) => withSources(group, around)) : groups);
  const known = (state: BuildState) => inherited(state, options.triggers);
  const reached = fireTriggers(states, target, known);
  const surroundings = { contexts, reached, target };
  const bases = basesOf(states.all, surroundings);
  const unknown = unknownBasesOf(states.all, surroundings);
  dispatch(states.all, reached, around);
  linter?.refuse();
  return {
    kind: 'read',
    bases: syntax === undefined ? bases : [syntax, ...bases],
    ...(unknown.length === 0 ? {} : { unknown }),
    triggers: triggersOf(target).map(({ expression }) => expression),
  };
}

function resolveSteps(states: States, groups: readonly Group[]): void {
  for (const [at, { commands }] of groups.entries()) {
    const state = states.all[at];
    if (state !== undefined) state.steps = commands.map((command) => states.resolve(state, command));
  }
  refuseCycles(states.all);
}

function withSources({ from, commands }: Group, around: Around): Group {
  return { from, commands: expandSources(commands, around) };
}

// The frontend that comes with BuildKit is of the stable channel, and so is Docker's under a plain version; another one
// may know more.
function isStableFrontend(syntax: BaseImage | undefined): boolean {
  if (syntax === undefined) return true;
  const { registry, repository, tag } = syntax.reference;
  return registry === 'docker.io' && repository === 'docker/dockerfile' && /^(?:latest|\d+(?:\.\d+)*)$/.test(tag ?? '');
}

interface Grouped {
  readonly before: readonly Extract<ParsedInstruction, { kind: 'arg' }>[];
  readonly groups: readonly Group[];
}

interface Group {
  readonly from: StageCommand;
  readonly commands: readonly ParsedInstruction[];
}

function grouped(commands: readonly (StageCommand | ParsedInstruction)[]): Grouped {
  const before: Extract<ParsedInstruction, { kind: 'arg' }>[] = [];
  const groups: { from: StageCommand; commands: ParsedInstruction[] }[] = [];
  for (const command of commands) {
    const group = groups.at(-1);
    if (command.kind === 'from') groups.push({ from: command, commands: [] });
    else if (group !== undefined) group.commands.push(command);
    else if (command.kind === 'arg') before.push(command);
    else throw new DockerfileRefusal('no-build-stage', command.line, 'no build stage in current context');
  }
  if (groups.length === 0)
    throw new DockerfileRefusal('no-build-stage', null, 'dockerfile contains no stages to build');
  return { before, groups };
}

function addStage(
  states: States,
  from: StageCommand,
  { globals, shell }: Around,
  build: Platform,
  open: OpenArguments | undefined,
): void {
  const { line, name, base: raw } = from;
  const expand = (word: string) => expandIn(word, globals, shell);
  const asked = () => (from.platform === '' ? null : platformOf(from.platform, expand, build));
  const without = (word: string, needs: () => unknown) =>
    open === undefined ? undefined : givenBy(word, open, shell, () => isAccepted(needs));
  atLine(line, () => {
    const stage = { name, index: states.all.length, raw, line };
    const unknown = { ...stage, base: 'scratch', platform: null };
    const argument = without(raw, () => referenceIn(expand(raw)));
    if (argument !== undefined) return states.addStage({ ...unknown, argument });
    const platform = without(from.platform, asked);
    if (platform !== undefined)
      return states.addStage({ ...unknown, raw: `--platform=${from.platform} ${raw}`, argument: platform });
    const base = expand(raw);
    if (base === '') throw new DockerfileRefusal('blank-base-name', null, `base name (${raw}) should not be blank`);
    return states.addStage({ ...stage, base, platform: asked() });
  });
}

function platformOf(text: string, expand: (word: string) => string, build: Platform): Platform {
  const expanded = expand(text);
  if (expanded === '')
    throw new DockerfileRefusal('invalid-platform', null, `empty platform value from expression ${text}`);
  return parsePlatformFlag(expanded, build);
}

function targetOf(states: States, name: string | undefined): BuildState {
  const target = name === undefined || name === '' ? states.all.at(-1) : states.named(name);
  if (target !== undefined) return target;
  throw new DockerfileRefusal('unknown-target', null, `target stage "${name}" could not be found`);
}

function inherited(state: BuildState, triggers: ReadOptions['triggers']): readonly Trigger[] {
  if (triggers === undefined || state.replacement !== undefined || state.base === 'scratch') return [];
  const expressions = triggers.get(formatReference(atLine(state.line, () => referenceIn(state.base)))) ?? [];
  return expressions.map((expression) => ({ expression, line: state.line }));
}
