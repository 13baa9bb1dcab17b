import * as v from 'valibot';
import { type CommandOutcome, type Cut, failedWith, isCut, lastLines, mostOutput, stoppedCommand } from './outcome.ts';
import { notRun, step, type Tool, type Trial, toolFailed } from './tool.ts';

const state = v.object({ Status: v.string(), ExitCode: v.number(), Error: v.optional(v.string(), '') });

/** How what was started in a container ended. */
export type Ending =
  | { readonly kind: 'ended'; readonly code: number; readonly stdout: string; readonly stderr: string }
  /** Its time is over, or it wrote too much; it may run on. */
  | { readonly kind: 'cut'; readonly exit: Cut }
  | { readonly kind: 'not-started'; readonly said: string };

/**
 * Runs a command in a container of docker or podman that has no network and goes away afterwards. Created, started and asked
 * for its state one after the other: an exit code of `run` could be the tool's own.
 */
export async function runInContainer(tool: Tool, trial: Trial): Promise<CommandOutcome> {
  const { command, timeout } = trial;
  const [program, ...rest] = command;
  return withPulled(tool, trial, async () => {
    const options = ['--network=none', `--entrypoint=${program}`];
    const ending = await startedContainer(tool, { ...trial, options, words: rest }, { program, timeout });
    switch (ending.kind) {
      case 'ended':
        return ending.code === 0 ? { kind: 'succeeded' } : failedWith(ending.code, ending.stdout, ending.stderr);
      case 'not-started':
        return { kind: 'failed', detail: `could not be started: ${ending.said}` };
      case 'cut':
        return stoppedCommand(ending.exit);
    }
  });
}

/** Pulls an image for as long as it is used. */
export async function withPulled<T>(
  tool: Tool,
  { image, plainRegistry }: Pick<Trial, 'image' | 'plainRegistry'>,
  use: () => Promise<T>,
): Promise<T> {
  const insecure = tool.name === 'podman' && plainRegistry ? ['--tls-verify=false'] : [];
  await step(tool, ['pull', '--quiet', ...insecure, image]);
  try {
    return await use();
  } finally {
    // What else uses the content keeps it.
    await tool.clear(['rmi', image]);
  }
}

/** A container that is to be made of a pulled image: options before its name, words after it. */
export interface PulledContainer {
  readonly image: string;
  readonly options: readonly string[];
  readonly words: readonly string[];
}

/** Starts a container, waits for its end as long as it may take, and removes it. */
export async function startedContainer(
  tool: Tool,
  { image, options, words }: PulledContainer,
  limits: { readonly program: string; readonly timeout: number },
): Promise<Ending> {
  // Whoever is removed by force has had its time: podman would wait ten more seconds for its end.
  const created = await step(tool, ['create', '--stop-timeout=0', ...options, image, ...words]);
  const id = created.split('\n').at(-1) ?? '';
  try {
    return await endingOf(tool, id, limits);
  } finally {
    await tool.clear(['rm', '--force', '--volumes', id]);
  }
}

async function endingOf(
  tool: Tool,
  id: string,
  { program, timeout }: { readonly program: string; readonly timeout: number },
): Promise<Ending> {
  const started = await tool.run(['start', '--attach', id], { timeout, maxOutput: mostOutput });
  if (isCut(started)) return { kind: 'cut', exit: started };
  if (started.kind !== 'exited') throw toolFailed(tool, 'start', started);
  const { Status, ExitCode, Error: error } = await stateOf(tool, id);
  const { stdout, stderr } = started;
  if (Status === 'exited' && error === '') return { kind: 'ended', code: ExitCode, stdout, stderr };
  const message = error === '' ? stderr : error;
  const said = lastLines(message);
  // 126 and 127: there is no such program in the image, or it cannot be started. Older podman says it in words.
  const codes = [ExitCode, started.code];
  const named = [`exec: "${program}"`, `executable file \`${program}\``].some((words) => message.includes(words));
  if (named || codes.includes(126) || codes.includes(127)) return { kind: 'not-started', said };
  throw notRun(tool, `start ended with ${started.code}: ${said}`);
}

async function stateOf(tool: Tool, id: string): Promise<v.InferOutput<typeof state>> {
  const inspected = await step(tool, ['inspect', '--format', '{{json .State}}', id]);
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), state), inspected);
  if (parsed.success) return parsed.output;
  throw notRun(tool, 'inspect said nothing of how the container ended');
}
