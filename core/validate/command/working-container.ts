import { type CommandOutcome, failedWith, isCut, lastLines, mostOutput, stoppedCommand } from './outcome.ts';
import { notRun, step, type Tool, type Trial, toolFailed } from './tool.ts';

/** Runs a command in a working container of buildah, which needs neither daemon nor privileges with chroot isolation. */
export async function runInWorkingContainer(
  tool: Tool,
  { image, command, timeout, plainRegistry }: Trial,
  isolation: string,
): Promise<CommandOutcome> {
  const insecure = plainRegistry ? ['--tls-verify=false'] : [];
  const made = await step(tool, ['from', '--quiet', ...insecure, image]);
  const name = made.split('\n').at(-1) ?? '';
  try {
    const args = ['run', `--isolation=${isolation}`, name, '--', ...command];
    const exit = await tool.run(args, { timeout, maxOutput: mostOutput });
    if (exit.kind !== 'exited') {
      if (isCut(exit)) return stoppedCommand(exit);
      throw toolFailed(tool, 'run', exit);
    }
    if (exit.code === 0) return { kind: 'succeeded' };
    // buildah's own; a command that ends with 125 cannot be distinguished from it, and does not pass either way.
    if (exit.code === 125 && !/exit status 125|not found/.test(exit.stderr)) {
      throw notRun(tool, `run ended with 125: ${lastLines(exit.stderr)}`);
    }
    return failedWith(exit.code, exit.stdout, exit.stderr);
  } finally {
    await tool.clear(['rm', name]);
    // What else uses the content keeps it.
    await tool.clear(['rmi', image]);
  }
}
