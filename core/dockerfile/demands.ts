import { type Flags, readFlags } from './flags.ts';
import type { Instruction } from './lex.ts';
import { DockerfileRefusal } from './refusal.ts';

/** The words of an instruction that takes no flags. */
export function flagless(instruction: Instruction, words: readonly string[]): readonly string[] {
  readFlags(instruction.flags, {});
  return words;
}

/** The words of an instruction that needs one. */
export function atLeastOne({ keyword, words }: Instruction): readonly string[] {
  if (words.length > 0) return words;
  throw invalidInstruction(`${keyword.toUpperCase()} requires at least one argument`);
}

/** The words of an instruction that takes one. */
export function exactlyOne({ keyword, words }: Instruction): readonly string[] {
  if (words.length === 1) return words;
  throw invalidInstruction(`${keyword.toUpperCase()} requires exactly one argument`);
}

/** The last value of a flag. */
export function lastOf(flags: Flags, name: string, otherwise = ''): string {
  return flags.get(name)?.at(-1) ?? otherwise;
}

/** A refusal of an instruction at a line that its reader adds. */
export function invalidInstruction(detail: string): DockerfileRefusal {
  return new DockerfileRefusal('invalid-instruction', null, detail);
}
