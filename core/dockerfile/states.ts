import type { Platform } from '../oci/platform.ts';
import { imagePlace } from './buildah.ts';
import type { Dialect, ParsedInstruction } from './commands.ts';
import { type Contexts, contextFor } from './contexts.ts';
import { parseMountFields } from './mounts.ts';
import { atLine, DockerfileRefusal } from './refusal.ts';

/** How an image comes to be used. */
export type Via = 'from' | 'copy-from' | 'mount-from';

/** A stage of the file, or an image that COPY or a mount names: what dockerfile2llb calls a dispatch state. */
export interface BuildState {
  readonly via: Via;
  /** In lower case. */
  readonly name: string | undefined;
  /** Position among the stages, and for an image that of the stage that uses it. */
  readonly index: number;
  readonly raw: string;
  /** After expansion. */
  readonly base: string;
  readonly platform: Platform | null;
  readonly line: number;
  /** The build argument that gives its base, where that is not known. */
  readonly argument?: string;
  /** The place that Buildah takes its base from, where that is no registry. */
  readonly place?: string;
  /** The stage that FROM names. */
  readonly parent: BuildState | undefined;
  /** The named context that stands in for the whole stage. */
  readonly replacement: string | undefined;
  /** The stage whose instruction names the image; undefined for a stage. */
  readonly user: BuildState | undefined;
  /** Instructions with what each takes files from; ONBUILD triggers that fire here come first. */
  steps: readonly MountedInstruction[];
}

/** An instruction and the states that it takes files from, one for each mount. */
export interface MountedInstruction {
  readonly command: ParsedInstruction;
  readonly sources: readonly BuildState[];
}

/** What COPY or a mount names, after and before expansion, and where. */
interface ImageSource {
  readonly from: string;
  readonly raw: string;
  readonly line: number;
}

export type StageDefinition = Omit<BuildState, 'parent' | 'replacement' | 'user' | 'steps' | 'via'>;

/** All states in BuildKit's order, which stage numbers count by: stages first, then images as they are named. */
export class States {
  readonly all: BuildState[] = [];
  readonly #byName = new Map<string, BuildState>();
  readonly #contexts: Contexts;
  readonly #dialect: Dialect | undefined;
  constructor(contexts: Contexts, dialect?: Dialect) {
    this.#contexts = contexts;
    this.#dialect = dialect;
  }

  /** Adds a stage. FROM sees the stages above it and compares the name as it is written with theirs in lower case. */
  addStage(definition: StageDefinition): BuildState {
    const { name, line } = definition;
    const replacement = name === undefined ? undefined : atLine(line, () => contextFor(this.#contexts, name));
    const parent = replacement === undefined ? this.#byName.get(definition.base) : undefined;
    const placed = parent === undefined ? { ...definition, ...this.#placeOf(definition.base) } : definition;
    const state: BuildState = { ...placed, via: 'from', parent, replacement, user: undefined, steps: [] };
    this.all.push(state);
    if (name !== undefined) this.#byName.set(name, state);
    return state;
  }

  /** The stage of a name, in any case; the last one where several have it. */
  named(name: string): BuildState | undefined {
    return this.#byName.get(name.toLowerCase());
  }

  /** Resolves what an instruction of a stage takes files from; images it names become states of their own. */
  resolve(user: BuildState, command: ParsedInstruction): MountedInstruction {
    return { command, sources: atLine(command.line, () => this.#sourcesOf(user, command)) };
  }

  #sourcesOf(user: BuildState, command: ParsedInstruction): readonly BuildState[] {
    const { line } = command;
    if (command.kind === 'copy') {
      const { from, writtenFrom: raw = from } = command;
      return from === '' ? [] : [this.#copySource(user, { from, raw, line })];
    }
    if (command.kind !== 'run') return [];
    return command.mounts.map((mount, at) => {
      // A mount without a source still takes a place, and a stage may be called "scratch".
      const from = parseMountFields(mount, this.#dialect === 'buildah').from || 'scratch';
      const raw = command.written?.[at] || from;
      return this.named(from) ?? this.#addImage(user, { from, raw, line }, 'mount-from');
    });
  }

  #copySource(user: BuildState, source: ImageSource): BuildState {
    const { from } = source;
    if (!/^[+-]?\d+$/.test(from) || Math.abs(Number(from)) >= 2 ** 63) {
      return this.named(from) ?? this.#addImage(user, source, 'copy-from');
    }
    const state = this.all[Number(from)];
    if (state === undefined)
      throw new DockerfileRefusal('invalid-stage-index', null, `invalid stage index ${Number(from)}`);
    return state;
  }

  #addImage(user: BuildState, { from, raw, line }: ImageSource, via: Via): BuildState {
    const nothing = { name: undefined, platform: null, parent: undefined, replacement: undefined, steps: [] };
    const state: BuildState = {
      ...nothing,
      via,
      index: user.index,
      raw,
      ...this.#placeOf(from),
      line,
      user,
    };
    this.all.push(state);
    return state;
  }

  #placeOf(name: string): { readonly base: string; readonly place?: string } {
    if (this.#dialect === undefined) return { base: name };
    const found = imagePlace(name);
    return found.kind === 'registry' ? { base: found.name } : { base: 'scratch', place: found.place };
  }
}

/** Refuses stages that take files from each other, or from themselves. */
export function refuseCycles(states: readonly BuildState[]): void {
  const finished = new Set<BuildState>();
  for (const root of states) {
    const open = new Set<BuildState>();
    const stack: { readonly state: BuildState; readonly left: BuildState[] }[] = [];
    const enter = (state: BuildState) => {
      open.add(state);
      stack.push({ state, left: state.steps.flatMap(({ sources }) => sources).reverse() });
    };
    if (!finished.has(root)) enter(root);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const next = top.left.pop();
      if (next === undefined) {
        finished.add(top.state);
        open.delete(top.state);
        stack.pop();
      } else if (open.has(next)) {
        const detail = `circular dependency detected on stage: ${next.name ?? next.index}`;
        throw new DockerfileRefusal('circular-dependency', next.line, detail);
      } else if (!finished.has(next)) enter(next);
    }
  }
}

/** The states that a build of the target needs. */
export function reachableFrom(target: BuildState): ReadonlySet<BuildState> {
  const reached = new Set([target]);
  for (const state of reached) {
    if (state.parent !== undefined) reached.add(state.parent);
    for (const { sources } of state.steps) for (const source of sources) reached.add(source);
  }
  return reached;
}
