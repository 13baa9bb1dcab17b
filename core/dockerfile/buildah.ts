import { type BuildArguments, expandIn, givenArgument } from './arguments.ts';
import type { AddOrCopy, ParsedInstruction, RunCommand } from './commands.ts';
import { parseMountFields } from './mounts.ts';
import { atLine, DockerfileRefusal } from './refusal.ts';
import type { Shell, Variables } from './substitution.ts';

/** What an image's name says of where Buildah takes it from: a registry, or a place that only the builder can see. */
export type ImagePlace =
  | { readonly kind: 'registry'; readonly name: string }
  | { readonly kind: 'elsewhere'; readonly place: string };

// containers/image, docs/containers-transports.5.md: of all transports only docker:// is a registry.
const elsewhere = /^(?:containers-storage|dir|docker-archive|docker-daemon|oci|oci-archive|ostree|sif|tarball):/;

/** Takes the transport off the name of an image as Buildah does. */
export function imagePlace(name: string): ImagePlace {
  if (elsewhere.test(name)) return { kind: 'elsewhere', place: name };
  return { kind: 'registry', name: name.replace(/^docker:\/\//, '') };
}

interface Known {
  readonly globals: Variables;
  readonly args: BuildArguments;
  readonly shell: Shell;
}

/**
 * Expands where the instructions of one stage take files from, which BuildKit does not: Buildah knows the ARGs of the
 * stage there, and neither its ENV nor the ARGs of another stage.
 */
export function expandSources(commands: readonly ParsedInstruction[], known: Known): readonly ParsedInstruction[] {
  const variables = new Map<string, string>();
  const expand = (word: string) => expandIn(word, variables, known.shell);
  return commands.map((command) =>
    atLine(command.line, () => {
      switch (command.kind) {
        case 'arg':
          for (const { name, value } of command.args) {
            const result =
              givenArgument(known.args, name) ?? (value === undefined ? known.globals.get(name) : expand(value));
            if (result !== undefined) variables.set(name, result);
          }
          return command;
        case 'copy':
          return { ...command, ...expandedCopy(command, expand) };
        case 'run':
          return { ...command, ...expandedMounts(command, expand) };
        default:
          return command;
      }
    }),
  );
}

function expandedCopy({ from }: AddOrCopy, expand: (word: string) => string): Pick<AddOrCopy, 'from' | 'writtenFrom'> {
  if (!from.includes('$')) return { from };
  return { from: named(expand(from), from), writtenFrom: from };
}

function expandedMounts(
  { mounts }: RunCommand,
  expand: (word: string) => string,
): Pick<RunCommand, 'mounts' | 'written'> {
  if (!mounts.some((mount) => mount.includes('$'))) return { mounts };
  const expanded = mounts.map((mount) => (mount.includes('$') ? expand(mount) : mount));
  const written = mounts.map((mount) => parseMountFields(mount, true).from);
  for (const [at, text] of written.entries())
    if (text !== '') named(parseMountFields(expanded[at] ?? '', true).from, text);
  return { mounts: expanded, written };
}

function named(name: string, written: string): string {
  if (name !== '') return name;
  throw new DockerfileRefusal('blank-base-name', null, `image name (${written}) should not be blank`);
}
