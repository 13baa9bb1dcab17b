import { type Instruction, lex } from './lex.ts';
import { DockerfileRefusal } from './refusal.ts';

/** The instructions of a Dockerfile; of what is no Dockerfile nothing, since its check has said so. */
export function instructionsOf(dockerfile: string): readonly Instruction[] {
  try {
    return lex(dockerfile).instructions;
  } catch (error) {
    if (error instanceof DockerfileRefusal) return [];
    throw error;
  }
}
