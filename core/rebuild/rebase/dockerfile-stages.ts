import { parseCommand } from '../../dockerfile/commands.ts';
import { lex } from '../../dockerfile/lex.ts';
import { parseMountFields } from '../../dockerfile/mounts.ts';
import { DockerfileRefusal } from '../../dockerfile/refusal.ts';
import { asReference, formatReference } from '../../oci/reference.ts';

interface Stage {
  readonly name: string | undefined;
  /** The base as it is written, or the number of the stage that it names. */
  readonly on: string | number;
  readonly feeds: string[];
}

/**
 * Why files of the image may be of the runtime base, or made in a stage that stands on it, whether it names it or
 * another stage that does, or why that is not known. Undefined where they were not.
 */
export function whyFedByBase(text: string): string | undefined {
  const { stages, refusal } = stagesIn(text);
  if (refusal !== undefined)
    return `its Dockerfile cannot be read, so it is not known what feeds the image: ${refusal}`;
  const roots: (string | undefined)[] = [];
  for (const { on } of stages) roots.push(typeof on === 'number' ? roots[on] : baseName(on));
  for (const [at, { feeds }] of stages.entries()) {
    for (const from of feeds) {
      const source = indexOf(stages, from);
      const origin = source === undefined ? baseName(from) : roots[source];
      if (origin === undefined || origin !== roots[at]) continue;
      return source === undefined
        ? `its Dockerfile takes files from ${JSON.stringify(from)}, which is the base itself`
        : `its Dockerfile takes files from the stage ${JSON.stringify(from)}, which stands on the same base`;
    }
  }
  return undefined;
}

// The same image may be written in more than one way; nothing moves below `scratch`.
function baseName(text: string): string | undefined {
  if (text === 'scratch') return undefined;
  const reference = asReference(text);
  return reference === undefined ? text : formatReference(reference);
}

function stagesIn(text: string): { readonly stages: readonly Stage[]; readonly refusal?: string } {
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
    if (!(thrown instanceof DockerfileRefusal)) throw thrown;
    const place = thrown.line === null ? '' : `line ${thrown.line}: `;
    return { stages, refusal: `${place}${thrown.message}` };
  }
  return { stages };
}

function indexOf(stages: readonly Stage[], name: string): number | undefined {
  const at = stages.findLastIndex((stage) => stage.name !== undefined && stage.name === name.toLowerCase());
  if (at !== -1) return at;
  return /^\d+$/.test(name) && Number(name) < stages.length ? Number(name) : undefined;
}
