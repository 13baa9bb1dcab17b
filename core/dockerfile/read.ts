import { FailureError } from '../failure.ts';
import type { Platform } from '../oci/platform.ts';
import { familiar, parseReference, type Reference } from '../oci/reference.ts';
import { platformArguments } from './arguments.ts';
import type { BaseImage } from './base-image.ts';
import { detectSyntax } from './directives.ts';
import { type Node, reachableFrom, resolveStages, type Target } from './graph.ts';
import { lex } from './lex.ts';
import { Refusal, type RefusalCode } from './refusal.ts';
import { readStages, type Stage } from './stages.ts';

/** What a build of the file is asked for. */
export interface ReadOptions {
  readonly args: Readonly<Record<string, string>>;
  readonly target?: string;
  /** Where the build runs and what it is for. */
  readonly platforms: { readonly build: Platform; readonly target: Platform };
  /** Named build contexts by name, as given to --build-context. */
  readonly contexts: Readonly<Record<string, string>>;
}

export type DockerfileReading =
  | { readonly kind: 'read'; readonly bases: readonly BaseImage[]; readonly stages: readonly Stage[] }
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly line: number | null; readonly detail: string };

/** The images that BuildKit would use for a Dockerfile, in the order of the file, or why it would refuse the file. */
export function readDockerfile(text: string, options: ReadOptions): DockerfileReading {
  try {
    return readStrictly(text, options);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { kind: 'refused', code: error.code, line: error.line, detail: error.message };
  }
}

function readStrictly(text: string, options: ReadOptions): DockerfileReading {
  const { build, target } = options.platforms;
  const contexts = contextsByName(options.contexts);
  const lexed = lex(text);
  const stages = readStages(lexed, {
    args: options.args,
    platforms: platformArguments(build, target, options.target),
  });
  const isReplaced = (stage: Stage) => stage.name !== undefined && contexts.has(contextKey(stage.name));
  const nodes = resolveStages(stages, isReplaced);
  const wanted = targetStage(stages, options.target);
  const reached = reachableFrom(nodes, wanted, isReplaced);
  const runtime = runtimeStage(nodes, wanted, isReplaced);
  const bases = nodes.flatMap((node) => basesOf(node, { contexts, isReplaced, reached, runtime }));
  return { kind: 'read', stages, bases: [...syntaxBase(text), ...bases] };
}

function targetStage(stages: readonly Stage[], target: string | undefined): Stage {
  const last = stages.at(-1);
  if (last === undefined) throw new Refusal('no-build-stage', null, 'dockerfile contains no stages to build');
  if (target === undefined || target === '') return last;
  const named = stages.findLast((stage) => stage.name === target.toLowerCase());
  const numbered = /^\d+$/.test(target) ? stages[Number(target)] : undefined;
  const found = named ?? numbered;
  if (found === undefined) throw new Refusal('unknown-target', null, `target stage "${target}" could not be found`);
  return found;
}

// The stage at the bottom of the target's FROM chain: its base image gives the layers that the result keeps.
function runtimeStage(nodes: readonly Node[], target: Stage, isReplaced: (stage: Stage) => boolean): Stage {
  let stage = target;
  for (;;) {
    const base = nodes[stage.index]?.base;
    if (isReplaced(stage) || base?.kind !== 'stage') return stage;
    stage = base.stage;
  }
}

interface Surroundings {
  readonly contexts: ReadonlyMap<string, string>;
  readonly isReplaced: (stage: Stage) => boolean;
  readonly reached: ReadonlySet<Stage>;
  readonly runtime: Stage;
}

function basesOf({ stage, base, uses }: Node, around: Surroundings): readonly BaseImage[] {
  const reachable = around.reached.has(stage);
  const common = { stage: stage.name ?? stage.index, reachable, platform: stage.platform };
  const replacement = around.isReplaced(stage) && stage.name !== undefined ? stage.name : undefined;
  const from = imageOf(replacement === undefined ? base : { kind: 'image', name: replacement }, around, stage.line);
  const found: BaseImage[] = [];
  if (from !== undefined) {
    const runtime = stage === around.runtime;
    found.push({
      ...common,
      reference: from,
      raw: stage.raw,
      expanded: stage.base,
      via: 'from',
      line: stage.line,
      runtime,
    });
  }
  for (const { target, via, source, line } of uses) {
    const reference = imageOf(target, around, line);
    if (reference === undefined) continue;
    found.push({ ...common, platform: null, reference, raw: source, expanded: source, via, line, runtime: false });
  }
  return found;
}

// Undefined for what is no image: a stage, scratch, or a name that a build context of another kind stands for.
function imageOf(target: Target, { contexts }: Surroundings, line: number): Reference | undefined {
  if (target.kind === 'stage') return undefined;
  const context = contexts.get(contextKey(target.name));
  if (context !== undefined) {
    return context.startsWith('docker-image://')
      ? referenceIn(context.slice('docker-image://'.length), line)
      : undefined;
  }
  return target.name === 'scratch' ? undefined : referenceIn(target.name, line);
}

function referenceIn(name: string, line: number | null): Reference {
  try {
    return parseReference(name);
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    throw new Refusal('invalid-reference', line, `failed to parse stage name "${name}": ${error.failure.detail}`);
  }
}

// BuildKit looks a context up by the familiar name, in lower case and without ":latest".
function contextKey(name: string): string {
  try {
    return familiar(parseReference(name.toLowerCase())).replace(/:latest$/, '');
  } catch (error) {
    if (error instanceof FailureError) return name.toLowerCase();
    throw error;
  }
}

function contextsByName(contexts: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(contexts).map(([name, value]) => [contextKey(name), value]));
}

function syntaxBase(text: string): readonly BaseImage[] {
  const syntax = detectSyntax(text.replace(/^\uFEFF/, ''));
  if (syntax === undefined || syntax.reference === '') return [];
  const { reference: raw, line } = syntax;
  const reference = referenceIn(raw, line);
  return [
    {
      reference,
      raw,
      expanded: raw,
      via: 'syntax',
      line,
      stage: null,
      reachable: true,
      runtime: false,
      platform: null,
    },
  ];
}
