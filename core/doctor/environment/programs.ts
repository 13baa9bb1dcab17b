import type { World } from '../../ports.ts';
import { dockerEnvironment } from '../../rebuild/buildx/environment.ts';
import { exitWords } from '../../text/exit-words.ts';
import { lastLine } from '../../tools/tool-output.ts';

/** How a program answered when it was asked for its version. */
export type VersionAnswer =
  | { readonly kind: 'version'; readonly text: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'refused'; readonly why: string };

const patience = 20_000;

/** The same world, in which no program keeps the examination for longer than a person waits. */
export function boundedWorld(world: World): World {
  return {
    ...world,
    exec: (command) => world.exec({ ...command, timeout: Math.min(command.timeout, patience) }),
  };
}

/** Asks a program something about itself, in the environment that builders are given. */
export async function askProgram(
  world: World,
  file: string,
  args: readonly string[],
  cwd = world.cwd,
): Promise<VersionAnswer> {
  const exit = await world.exec({ file, args, cwd, env: dockerEnvironment(world), timeout: patience });
  if (exit.kind === 'not-found') return { kind: 'absent' };
  if (exit.kind !== 'exited') return { kind: 'refused', why: `it ${exitWords(exit)}` };
  if (exit.code === 0) return { kind: 'version', text: exit.stdout.trim() };
  return { kind: 'refused', why: lastLine(exit.stderr) };
}

/** The first version number in what a program said: `git version 2.39.5` → `2.39.5`. */
export function versionIn(text: string): string {
  return /\d+(?:\.\d+)+(?:-[\w.]+)?/.exec(text)?.[0] ?? 'an unknown version';
}
