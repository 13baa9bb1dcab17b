import { parseCommand } from '../../dockerfile/commands.ts';
import { lex } from '../../dockerfile/lex.ts';
import { parseMountFields } from '../../dockerfile/mounts.ts';
import { DockerfileRefusal } from '../../dockerfile/refusal.ts';

interface Stage {
  readonly name: string | undefined;
  /** The base as it is written, or the number of the stage that it names. */
  readonly on: string | number;
  readonly feeds: string[];
}

/**
 * Why files of the image may have been made in a stage that stands on the runtime base itself: such a stage has no base
 * of its own that could be seen to have moved. Undefined where they were not.
 */
export function whyFedByBase(text: string): string | undefined {
  const stages = stagesIn(text);
  const roots: number[] = [];
  for (const [at, { on }] of stages.entries()) roots.push(typeof on === 'number' ? (roots[on] ?? at) : at);
  for (const [at, { feeds }] of stages.entries()) {
    for (const from of feeds) {
      const source = indexOf(stages, from);
      if (source !== undefined && roots[source] === roots[at]) {
        return `its Dockerfile takes files from the stage ${JSON.stringify(from)}, which stands on the same base`;
      }
    }
  }
  return undefined;
}

function stagesIn(text: string): readonly Stage[] {
  const stages: Stage[] = [];
  try {
    for (const instruction of lex(text).instructions) {
      const command = parseCommand(instruction);
      if (command.kind === 'from') {
        stages.push({ name: command.name, on: indexOf(stages, command.base) ?? command.base, feeds: [] });
      }
      const stage = stages.at(-1);
      if (command.kind === 'copy' && command.from !== '') stage?.feeds.push(command.from);
      if (command.kind === 'run') stage?.feeds.push(...command.mounts.map((mount) => parseMountFields(mount).from));
    }
  } catch (thrown) {
    // What cannot be read is not built either; what was read counts.
    if (!(thrown instanceof DockerfileRefusal)) throw thrown;
  }
  return stages;
}

function indexOf(stages: readonly Stage[], name: string): number | undefined {
  const at = stages.findLastIndex((stage) => stage.name !== undefined && stage.name === name.toLowerCase());
  if (at !== -1) return at;
  return /^\d+$/.test(name) && Number(name) < stages.length ? Number(name) : undefined;
}
