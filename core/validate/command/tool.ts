import { attempt, type FailureError, fail } from '../../failure.ts';
import type { Exit, World } from '../../ports.ts';
import { exitFailure, exitWords } from '../../text/exit-words.ts';
import { findTool } from '../../tools/find-tool.ts';
import type { RunnerName } from '../settings.ts';

/** A program that runs containers, as it is found on this machine. */
export interface Tool {
  readonly name: RunnerName;
  run(args: readonly string[], options?: { readonly timeout?: number; readonly maxOutput?: number }): Promise<Exit>;
  /** Runs what takes away what was made, even where the process was asked to stop. */
  clear(args: readonly string[]): Promise<Exit>;
  /** The same program in another environment. */
  under(env: Environment): Tool;
}

type Environment = Readonly<Record<string, string>>;

/** One command to be run in one image. */
export interface Trial {
  /** Repository and digest of one platform. */
  readonly image: string;
  readonly command: readonly [string, ...string[]];
  /** Milliseconds. */
  readonly timeout: number;
  /** Whether the registry may be spoken to without TLS. */
  readonly plainRegistry: boolean;
}

const probeTimeout = 60_000;
const toolTimeout = 10 * 60_000;

// Each asks the daemon too, where there is one.
const probes: Readonly<Record<RunnerName, readonly string[]>> = {
  docker: ['version', '--format', '{{.Server.Version}}'],
  podman: ['info', '--format', '{{.Version.Version}}'],
  buildah: ['version'],
};

/** The wanted program, or the first at hand that answers; throws `missing-tool` where there is no such program. */
export async function findRunner(world: World, env: Environment, wanted: RunnerName | 'auto'): Promise<Tool> {
  const names: readonly RunnerName[] = wanted === 'auto' ? ['docker', 'podman', 'buildah'] : [wanted];
  const found = await firstRunner(world, env, names);
  if (found.kind === 'found') return found.tool;
  throw fail(
    'missing-tool',
    'tests.command',
    found.why,
    `start ${names.join(', ').replace(/, ([^,]+)$/, ' or $1')}, or take tests.command out`,
  );
}

/** The first of these programs that is here and answers, or why there is no such program. */
export async function firstRunner(
  world: World,
  env: Environment,
  names: readonly RunnerName[],
): Promise<{ readonly kind: 'found'; readonly tool: Tool } | { readonly kind: 'none'; readonly why: string }> {
  const refusals: string[] = [];
  for (const name of names) {
    const found = await attempt(name, () => findTool(world, { name }));
    if (found.kind === 'failed') {
      refusals.push(`${name} ${found.failure.detail}`);
      continue;
    }
    const tool = toolOf(world, name, found.value, env);
    const probed = await tool.run(probes[name], { timeout: probeTimeout });
    if (probed.kind === 'exited' && probed.code === 0) return { kind: 'found', tool };
    refusals.push(`${name} ${exitWords(probed)}`);
  }
  return { kind: 'none', why: `nothing here runs containers: ${refusals.join('; ')}` };
}

function toolOf(world: World, name: RunnerName, file: string, env: Environment): Tool {
  const run: Tool['run'] = (args, { timeout = toolTimeout, maxOutput } = {}) =>
    world.exec({ file, args, env, timeout, ...limit(maxOutput) });
  return {
    name,
    run,
    clear: (args) => (world.stop === undefined ? run(args) : world.stop.unbroken(() => run(args))),
    under: (other) => toolOf(world, name, file, other),
  };
}

function limit(maxOutput: number | undefined): { readonly maxOutput?: number } {
  return maxOutput === undefined ? {} : { maxOutput };
}

/** The output of a step that must succeed for the command to be run at all. */
export async function step(tool: Tool, args: readonly string[]): Promise<string> {
  const exit = await tool.run(args);
  if (exit.kind === 'exited' && exit.code === 0) return exit.stdout.trim();
  throw toolFailed(tool, args[0] ?? '', exit);
}

/** The failure of a tool that did not do a step as it should. */
export function toolFailed({ name }: Tool, step: string, exit: Exit): FailureError {
  const remedy = remedyFor(name);
  return exitFailure(exit, { code: 'build-failed', subject: name, step: `${name} ${step}`, remedy });
}

/** The failure of a tool that could not run the command. */
export function notRun({ name }: Tool, detail: string): FailureError {
  return fail('build-failed', name, detail, remedyFor(name));
}

function remedyFor(name: RunnerName): string {
  return `see whether ${name} can run the candidate here`;
}
