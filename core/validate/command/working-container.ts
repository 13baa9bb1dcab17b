import { duration } from '../../text/words.ts';
import { type CommandOutcome, failedWith, lastLines, mostOutput } from './outcome.ts';
import { notRun, step, type Tool, type Trial } from './tool.ts';

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
    if (exit.kind === 'not-found') throw notRun(tool, 'is gone');
    if (exit.kind === 'killed') {
      if (exit.why === 'timeout') {
        return { kind: 'failed', detail: `did not end within ${duration(timeout)}: ${lastLines(exit.stderr)}` };
      }
      if (exit.why === 'output') return { kind: 'failed', detail: `wrote more than ${mostOutput} bytes` };
      throw notRun(tool, `run was stopped (${exit.why})`);
    }
    if (exit.code === 0) return { kind: 'succeeded' };
    // buildah's own; a command that ends with 125 cannot be told from it, and does not pass either way.
    if (exit.code === 125 && !/exit status 125|not found/.test(exit.stderr)) {
      throw notRun(tool, `run ended with 125: ${lastLines(exit.stderr)}`);
    }
    return failedWith(exit.code, exit.stdout, exit.stderr);
  } finally {
    await tool.run(['rm', name]);
    // What else uses the content keeps it.
    await tool.run(['rmi', image]);
  }
}
