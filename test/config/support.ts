import { expect } from 'vitest';
import type { Config } from '../../core/config/model.ts';
import { loadConfig } from '../../core/config.ts';
import { isUsageFailure } from '../../core/failure.ts';
import type { Host } from '../../core/ports.ts';
import { createWorld } from '../../core/world.ts';
import { recordingHost } from '../hosts/recording-host.ts';

/** The configuration file's name. */
export const file = '.base-image-refresh.yml';

/** The configuration of a run with these inputs. */
export function load(root: string, inputs: Record<string, string>, kind: Host['kind'] = 'cli'): Promise<Config> {
  return loadConfig(recordingHost({ command: 'refresh', ...inputs }, kind), createWorld({ cwd: root }));
}

/** What a run with these inputs is refused with. */
export async function refusal(
  root: string,
  inputs: Record<string, string>,
  kind: Host['kind'] = 'cli',
): Promise<string> {
  const error = await load(root, inputs, kind).then(
    () => expect.fail('it was accepted'),
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ name: 'FailureError' });
  expect(isUsageFailure((error as { failure: Parameters<typeof isUsageFailure>[0] }).failure)).toBe(true);
  return (error as Error).message;
}
