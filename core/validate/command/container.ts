import * as v from 'valibot';
import { type CommandOutcome, failedWith, lastLines, mostOutput, stoppedCommand } from './outcome.ts';
import { notRun, step, type Tool, type Trial, toolFailed } from './tool.ts';

const state = v.object({ Status: v.string(), ExitCode: v.number(), Error: v.optional(v.string(), '') });

/**
 * Runs a command in a container of docker or podman that has no network and goes away afterwards. Created, started and asked
 * for its state one after the other: an exit code of `run` could be the tool's own.
 */
export async function runInContainer(tool: Tool, trial: Trial): Promise<CommandOutcome> {
  const { image, command } = trial;
  const [program, ...rest] = command;
  const insecure = tool.name === 'podman' && trial.plainRegistry ? ['--tls-verify=false'] : [];
  await step(tool, ['pull', '--quiet', ...insecure, image]);
  try {
    const created = await step(tool, ['create', '--network=none', `--entrypoint=${program}`, image, ...rest]);
    const id = created.split('\n').at(-1) ?? '';
    try {
      return await start(tool, trial, id);
    } finally {
      await tool.run(['rm', '--force', '--volumes', id]);
    }
  } finally {
    // What else uses the content keeps it.
    await tool.run(['rmi', image]);
  }
}

async function start(tool: Tool, { timeout, command: [program] }: Trial, id: string): Promise<CommandOutcome> {
  const started = await tool.run(['start', '--attach', id], { timeout, maxOutput: mostOutput });
  if (started.kind !== 'exited') {
    const outcome = stoppedCommand(started);
    if (outcome !== undefined) return outcome;
    throw toolFailed(tool, 'start', started);
  }
  const { Status, ExitCode, Error: error } = await stateOf(tool, id);
  if (Status === 'exited' && error === '') {
    return ExitCode === 0 ? { kind: 'succeeded' } : failedWith(ExitCode, started.stdout, started.stderr);
  }
  const message = error === '' ? started.stderr : error;
  const said = lastLines(message);
  // 126 and 127: there is no such program in the image, or it is none that can be started. Older podman says it in words.
  const codes = [ExitCode, started.code];
  const named = [`exec: "${program}"`, `executable file \`${program}\``].some((words) => message.includes(words));
  if (named || codes.includes(126) || codes.includes(127)) {
    return { kind: 'failed', detail: `could not be started: ${said}` };
  }
  throw notRun(tool, `start ended with ${started.code}: ${said}`);
}

async function stateOf(tool: Tool, id: string): Promise<v.InferOutput<typeof state>> {
  const inspected = await step(tool, ['inspect', '--format', '{{json .State}}', id]);
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), state), inspected);
  if (parsed.success) return parsed.output;
  throw notRun(tool, 'inspect said nothing of how the container ended');
}
