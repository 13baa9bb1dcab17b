import { Refusal } from './refusal.ts';
import type { Stage, Use } from './stages.ts';

/** What a base name or a use leads to: a stage of the file, or an image. */
export type Target =
  | { readonly kind: 'stage'; readonly stage: Stage }
  | { readonly kind: 'image'; readonly name: string };

/** A use of one stage, resolved. */
export interface ResolvedUse extends Use {
  readonly target: Target;
}

/** A stage with what it stands on and what it uses, triggers of its base included. */
export interface Node {
  readonly stage: Stage;
  readonly base: Target;
  readonly uses: readonly ResolvedUse[];
}

/** Resolves names among the stages as BuildKit does; throws Refusal on a bad index or a cycle. */
export function resolveStages(stages: readonly Stage[], isReplaced: (stage: Stage) => boolean): readonly Node[] {
  const byName = new Map<string, Stage>();
  const bases = new Map<Stage, Target>();
  for (const stage of stages) {
    // FROM sees only stages above it and compares the name as it is written; the names are kept in lower case.
    const above = byName.get(stage.base);
    bases.set(stage, above === undefined ? { kind: 'image', name: stage.base } : { kind: 'stage', stage: above });
    if (stage.name !== undefined) byName.set(stage.name, stage);
  }
  const nodes = stages.map((stage): Node => {
    const base = bases.get(stage) ?? { kind: 'image', name: stage.base };
    if (isReplaced(stage)) return { stage, base, uses: [] };
    const fired = base.kind === 'stage' ? base.stage.triggers : [];
    return {
      stage,
      base,
      uses: [...fired, ...stage.uses].map((use) => ({ ...use, target: targetOf(use, stages, byName) })),
    };
  });
  refuseCycles(nodes, isReplaced);
  return nodes;
}

function targetOf(use: Use, stages: readonly Stage[], byName: ReadonlyMap<string, Stage>): Target {
  // Only COPY takes a number for a stage; COPY and mounts see every stage, whatever the case of the name.
  if (use.via === 'copy-from' && /^[+-]?\d+$/.test(use.source)) {
    const stage = stages[Number(use.source)];
    if (stage === undefined)
      throw new Refusal('invalid-stage-index', use.line, `invalid stage index ${Number(use.source)}`);
    return { kind: 'stage', stage };
  }
  const stage = byName.get(use.source.toLowerCase());
  return stage === undefined ? { kind: 'image', name: use.source } : { kind: 'stage', stage };
}

/** The stages that a build of the target needs. */
export function reachableFrom(
  nodes: readonly Node[],
  target: Stage,
  isReplaced: (stage: Stage) => boolean,
): ReadonlySet<Stage> {
  const reached = new Set<Stage>();
  const waiting = [target];
  for (let stage = waiting.pop(); stage !== undefined; stage = waiting.pop()) {
    if (reached.has(stage)) continue;
    reached.add(stage);
    if (!isReplaced(stage)) waiting.push(...needsOf(nodes, stage));
  }
  return reached;
}

function needsOf(nodes: readonly Node[], stage: Stage): readonly Stage[] {
  const node = nodes[stage.index];
  if (node === undefined) return [];
  return [node.base, ...node.uses.map((use) => use.target)].flatMap((target) =>
    target.kind === 'stage' ? [target.stage] : [],
  );
}

function refuseCycles(nodes: readonly Node[], isReplaced: (stage: Stage) => boolean): void {
  const state = new Map<Stage, 'open' | 'closed'>();
  for (const { stage } of nodes) {
    const stack: { readonly stage: Stage; readonly needs: Stage[] }[] = [];
    const open = (next: Stage) => {
      state.set(next, 'open');
      stack.push({ stage: next, needs: isReplaced(next) ? [] : [...needsOf(nodes, next)] });
    };
    if (state.get(stage) === undefined) open(stage);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const next = top.needs.pop();
      if (next === undefined) {
        state.set(top.stage, 'closed');
        stack.pop();
      } else if (state.get(next) === 'open') {
        const name = next.name ?? String(next.index);
        throw new Refusal('circular-dependency', next.line, `circular dependency detected on stage: ${name}`);
      } else if (state.get(next) === undefined) {
        open(next);
      }
    }
  }
}
