import { type ParsedInstruction, parseCommand } from './commands.ts';
import { lex } from './lex.ts';
import { atLine, DockerfileRefusal } from './refusal.ts';
import { type BuildState, reachableFrom, refuseCycles, type States } from './states.ts';

/** A deferred instruction, and the line that it is reported at. */
export interface Trigger {
  readonly expression: string;
  readonly line: number;
}

/** The triggers that a stage fires in what is built on it. */
export function triggersOf(state: BuildState): readonly Trigger[] {
  return state.steps.flatMap(({ command }) =>
    command.kind === 'onbuild' ? [{ expression: command.expression, line: command.line }] : [],
  );
}

/**
 * Fires ONBUILD triggers in every stage that the target needs, until no more stages are needed. `inherited` are those of
 * images from elsewhere, as far as they are known.
 */
export function fireTriggers(
  states: States,
  target: BuildState,
  inherited: (state: BuildState) => readonly Trigger[] = () => [],
): ReadonlySet<BuildState> {
  const fired = new Set<BuildState>();
  for (;;) {
    const reached = reachableFrom(target);
    const waiting = [...reached].filter((state) => state.user === undefined && !fired.has(state));
    let hasNew = false;
    for (const state of waiting) {
      fired.add(state);
      const triggers = state.parent === undefined ? inherited(state) : triggersOf(state.parent);
      if (triggers.length === 0) continue;
      const steps = triggers.map((trigger) => states.resolve(state, parseTrigger(trigger, state)));
      state.steps = [...steps, ...state.steps];
      hasNew = true;
    }
    if (!hasNew) return reached;
    // The engine itself does not end on a stage whose trigger takes files from the stage.
    refuseCycles(states.all);
  }
}

function parseTrigger({ expression, line }: Trigger, state: BuildState): ParsedInstruction {
  return atLine(state.line, () => {
    const { instructions } = atOwnLine(() => lex(expression));
    const [instruction] = instructions;
    if (instruction === undefined || instructions.length > 1) {
      throw new DockerfileRefusal('invalid-instruction', null, 'onbuild trigger should be a single expression');
    }
    const command = atOwnLine(() => parseCommand(instruction));
    if (command.kind === 'from') throw new DockerfileRefusal('invalid-instruction', null, 'FROM is not a command type');
    return { ...command, line };
  });
}

// Lines within the trigger's text say nothing to a reader of the file.
function atOwnLine<T>(work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw thrown instanceof DockerfileRefusal ? new DockerfileRefusal(thrown.code, null, thrown.message) : thrown;
  }
}
