import { type ParsedInstruction, parseCommandOf, type StageCommand } from '../dockerfile/commands.ts';
import { type Instruction, lex } from '../dockerfile/lex.ts';
import { DockerfileRefusal } from '../dockerfile/refusal.ts';

/** The instruction of a Dockerfile that only BuildKit carries out, in words; undefined where there is none. */
export function needsBuildKit(text: string): string | undefined {
  try {
    for (const instruction of lex(text).instructions) {
      const found = featureOf(instruction) ?? featureOf(instruction.trigger);
      if (found !== undefined) return `${found} on line ${instruction.line}`;
    }
    return undefined;
  } catch (error) {
    // What is no Dockerfile at all is refused where it is read.
    if (error instanceof DockerfileRefusal) return undefined;
    throw error;
  }
}

function featureOf(instruction: Instruction | undefined): string | undefined {
  if (instruction === undefined) return undefined;
  const { keyword, flags, heredocs } = instruction;
  const name = keyword.toUpperCase();
  if (heredocs.length > 0) return `a here-document of ${name}`;
  const known: Readonly<Record<string, RegExp>> = { copy: /^--(?:from|chown)=/, add: /^--chown=/, run: /^$/ };
  const allowed = known[keyword];
  const flag = allowed === undefined ? undefined : flags.find((word) => !allowed.test(word));
  if (flag !== undefined) return `${flag.split('=', 1)[0]} of ${name}`;
  return keyword === 'from' && flags.some((word) => word.includes('$'))
    ? 'a variable in --platform of FROM'
    : undefined;
}

/** The platform arguments that the text mentions: BuildKit sets them by itself, and older builders do not. */
export function platformArgumentsIn(text: string): readonly string[] {
  const names = text.match(/\b(?:BUILD|TARGET)(?:PLATFORM|OS|ARCH|VARIANT)\b/g) ?? [];
  return [...new Set(names)];
}

/** Stages by name: a named context of such a name stands for the whole stage, in BuildKit alone. */
export function stageNames(text: string): ReadonlySet<string> {
  const commands: readonly (StageCommand | ParsedInstruction)[] = lex(text).instructions.map((one) =>
    parseCommandOf(one, 'buildah'),
  );
  return new Set(
    commands.flatMap((command) => (command.kind === 'from' && command.name !== undefined ? [command.name] : [])),
  );
}
