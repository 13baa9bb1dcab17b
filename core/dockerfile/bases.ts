import { formatReference, type Reference } from '../oci/reference.ts';
import { givenArgument } from './arguments.ts';
import type { BaseImage, UnknownBase } from './base-image.ts';
import { type Contexts, contextFor, imageOfContext, mayHoldImage, referenceIn } from './contexts.ts';
import { findSyntax } from './directives.ts';
import { atLine } from './refusal.ts';
import type { BuildState } from './states.ts';

/** What is known of the file as a whole. */
export interface FileSurroundings {
  readonly contexts: Contexts;
  readonly reached: ReadonlySet<BuildState>;
  readonly target: BuildState;
}

/** The images among the states, stage by stage; throws Refusal for a name that is no reference, needed or not. */
export function basesOf(states: readonly BuildState[], around: FileSurroundings): readonly BaseImage[] {
  const runtime = runtimeOf(around.target);
  const named = states.map((state) => [state, referenceOf(state)] as const);
  const found = named.flatMap(([state, reference]) => {
    const base = baseOf(state, reference, around);
    return base === undefined ? [] : [{ stage: state.index, base: { ...base, runtime: state === runtime } }];
  });
  // Stage by stage; a stage comes before the images that its instructions name, and these are in their order.
  return found.sort((a, b) => a.stage - b.stage).map(({ base }) => base);
}

/** The images that a build takes from where no name of theirs is known: `scratch` alone is no image at all. */
export function unknownBasesOf(
  states: readonly BuildState[],
  { contexts, reached }: FileSurroundings,
): readonly UnknownBase[] {
  return states.flatMap((state): readonly UnknownBase[] => {
    const { raw, via, line, argument } = state;
    if (argument !== undefined) return [{ raw, via, line, argument, reachable: reached.has(state) }];
    if (state.place !== undefined) return [{ raw, via, line, context: state.place, reachable: reached.has(state) }];
    const own = referenceOf(state);
    const context = own === undefined ? undefined : (state.replacement ?? contextOf(own, contexts));
    if (context === undefined || imageOfContext(context) !== undefined || isScratch(context)) return [];
    // Files of a folder are the source's; a stage that begins with one has no other base.
    if (state.via !== 'from' && !mayHoldImage(context)) return [];
    return [{ raw: state.raw, via: state.via, line: state.line, context, reachable: reached.has(state) }];
  });
}

function isScratch(context: string): boolean {
  return /^docker-image:(?:\/\/)?scratch$/.test(context);
}

// The stage at the bottom of the target's FROM chain: its base image gives the layers that the result keeps.
function runtimeOf(target: BuildState): BuildState {
  let state = target;
  while (state.parent !== undefined) state = state.parent;
  return state;
}

// Every name must be a reference, even where a context stands in for it.
function referenceOf(state: BuildState): Reference | undefined {
  const isImage =
    state.parent === undefined &&
    state.argument === undefined &&
    (state.base !== 'scratch' || state.replacement !== undefined);
  return isImage ? atLine(state.line, () => referenceIn(state.base)) : undefined;
}

function baseOf(
  state: BuildState,
  own: Reference | undefined,
  { contexts, reached }: FileSurroundings,
): BaseImage | undefined {
  if (own === undefined) return undefined;
  const context = state.replacement ?? contextOf(own, contexts);
  const image = context === undefined ? state.base : imageOfContext(context);
  if (image === undefined) return undefined;
  const stage = state.user ?? state;
  return {
    reference: context === undefined ? own : atLine(state.line, () => referenceIn(image)),
    raw: state.raw,
    expanded: state.base,
    via: state.via,
    line: state.line,
    stage: stage.name ?? stage.index,
    reachable: reached.has(state),
    runtime: false,
    platform: state.platform,
  };
}

function contextOf(reference: Reference, contexts: Contexts): string | undefined {
  return contexts.size === 0 ? undefined : contextFor(contexts, formatReference(reference));
}

/** The frontend that runs the file, where the file or a build argument names one. */
export function syntaxBase(text: string, args: Readonly<Record<string, string>>): BaseImage | undefined {
  const given = givenArgument(args, 'BUILDKIT_SYNTAX');
  const found =
    given === undefined || given === '' ? findSyntax(text) : { value: given.split(' ', 1)[0] ?? '', line: 1 };
  if (found === undefined) return undefined;
  const { value: raw, line } = found;
  const reference = atLine(line, () => referenceIn(raw));
  const common = { stage: null, reachable: true, runtime: false, platform: null } as const;
  return { ...common, reference, raw, expanded: raw, via: 'syntax', line };
}
