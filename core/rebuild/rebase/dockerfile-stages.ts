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
  // Nothing moves below `scratch`.
  for (const { on } of stages) roots.push(typeof on === 'number' ? roots[on] : on === 'scratch' ? undefined : on);
  for (const [at, { feeds }] of stages.entries()) {
    for (const from of feeds) {
      const source = indexOf(stages, from);
      const origin = source === undefined ? from : roots[source];
      const own = roots[at];
      if (origin === undefined || own === undefined || !mayBeSame(origin, own)) continue;
      return source === undefined
        ? `its Dockerfile takes files from ${JSON.stringify(from)}, which is the base itself`
        : `its Dockerfile takes files from the stage ${JSON.stringify(from)}, which stands on the same base`;
    }
  }
  return undefined;
}

// The same image may be written in more than one way, and what only a build argument says may be any.
function mayBeSame(one: string, other: string): boolean {
  if (!one.includes('$') && !other.includes('$')) return baseName(one) === baseName(other);
  const [name, otherName] = [lastComponent(one), lastComponent(other)];
  if (!name.includes('$') && !otherName.includes('$') && name !== otherName) return false;
  // One argument has one value in every FROM: `node:${V}` is never `node:${V}-slim`.
  const [given, otherGiven] = [aroundArgument(one), aroundArgument(other)];
  const isOneArgument = given !== undefined && given.argument === otherGiven?.argument;
  return !(isOneArgument && given.before === otherGiven.before && given.after !== otherGiven.after);
}

function baseName(text: string): string {
  const reference = asReference(text);
  return reference === undefined ? text : formatReference(reference);
}

// Of every spelling of an image the same: neither registry nor tag.
function lastComponent(text: string): string {
  const flat = text.replace(/\$\{[^{}]*\}/g, '$');
  if (flat.includes('{')) return '$';
  return flat.slice(flat.lastIndexOf('/') + 1).split(/[:@]/, 1)[0] ?? '';
}

function aroundArgument(text: string) {
  const [, before = '', braced, bare, after = ''] = /^([^$]*)\$(?:\{([^{}]*)\}|(\w+))([^$]*)$/.exec(text) ?? [];
  const argument = braced ?? bare;
  return argument === undefined ? undefined : { before, argument, after };
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
