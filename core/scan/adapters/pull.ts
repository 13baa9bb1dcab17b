import type { World } from '../../ports.ts';
import { exitFailure } from '../../text/exit-words.ts';
import { findTool } from '../../tools/find-tool.ts';
import type { ToolSpace } from '../../tools/tool-space.ts';
import { toolTimeout } from '../settings.ts';
import { dockerVariables, variablesOf } from './adapter.ts';

/** Has the local Docker hold an image, by digest, for a scanner that reads nothing else. */
export async function pullImage(
  world: World,
  scanner: string,
  { image, platform }: { readonly image: string; readonly platform: string },
  space: ToolSpace,
  log: (line: string) => void,
): Promise<void> {
  const remedy = `install Docker: ${scanner} scans images that its daemon holds`;
  const file = await findTool(world, { name: 'docker', remedy });
  const env = { ...space.env, ...variablesOf(world, dockerVariables) };
  const args = ['pull', '--quiet', '--platform', platform, image];
  const exit = await world.exec({ file, args, env, cwd: space.cwd, timeout: toolTimeout, onLine: log });
  if (exit.kind === 'exited' && exit.code === 0) return;
  throw exitFailure(exit, {
    code: 'scan-failed',
    subject: image,
    step: 'docker pull',
    problem: `could not be pulled for ${scanner}`,
    remedy: 'check that the Docker daemon runs and reaches the registry',
    install: remedy,
    retryable: true,
  });
}
