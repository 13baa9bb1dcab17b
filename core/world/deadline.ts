import { fail } from '../failure.ts';
import type { World } from '../ports.ts';

/**
 * A world in which the deadline of the run ends what goes through folders and what processes do. What is written at the
 * end of a run, and what tidies up, is not bound by it. `option` is how the host spells the input.
 */
export function withDeadline(world: World, milliseconds: number, option: string): World {
  const end = world.now().getTime() + milliseconds;
  const left = () => end - world.now().getTime();
  const check = (path: string) => {
    if (left() > 0) return;
    throw fail('deadline', path, 'not used: the run reached its deadline', `raise ${option} or check what is slow`);
  };
  return {
    ...world,
    exec: (command) => {
      const rest = left();
      return rest <= 0
        ? world.exec(command)
        : world.exec({ ...command, timeout: Math.min(command.timeout ?? rest, rest) });
    },
    files: {
      ...world.files,
      list: async (path) => {
        check(path);
        return world.files.list(path);
      },
      realpath: async (path) => {
        check(path);
        return world.files.realpath(path);
      },
    },
  };
}
