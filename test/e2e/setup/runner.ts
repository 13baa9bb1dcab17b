import { appendFile } from 'node:fs/promises';
import { afterAll, beforeAll } from 'vitest';
import { closeHarnesses } from '../../registry/harness.ts';
import { publishBase, publishBeside } from './base-pair.ts';
import { makeStore } from './containers.ts';
import { type RunningRegistry, startDistribution } from './distribution.ts';
import { startDockerd } from './dockerd.ts';

/** An engine that runs containers, with a store of its own. */
export interface Runner {
  readonly env: Readonly<Record<string, string>>;
  /** Fetches an image once, so that trials of it need not. */
  pull(image: string): Promise<unknown>;
  /** What it still holds, one thing a line. */
  left(): Promise<string>;
  stop(): Promise<void>;
}

/** The engines that run containers. */
export type RunnerPart = 'dockerd' | 'dockerd-20.10' | 'podman' | 'buildah';

/** Starts it, empty. */
export async function startRunner(part: RunnerPart): Promise<Runner> {
  if (part === 'dockerd' || part === 'dockerd-20.10') {
    const engine = await startDockerd({ part });
    const left = async () =>
      `${await engine.docker('ps', '--all', '--quiet')}${await engine.docker('images', '--quiet')}`;
    return { env: engine.env, pull: (image) => engine.docker('pull', image), left, stop: engine.stop };
  }
  const store = await makeStore(part);
  // podman raises limits by default, which a machine without CAP_SYS_RESOURCE does not let it.
  const limits = '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n';
  await appendFile(store.env.CONTAINERS_CONF ?? '', limits);
  const left = () => (part === 'podman' ? store.run('ps', '--all', '--quiet') : store.run('containers', '--quiet'));
  const pull = (image: string) => store.run('pull', '--tls-verify=false', image);
  return { env: store.env, pull, left, stop: store.remove };
}

/** An engine beside a registry that has Debian, and what the engine held before any trial. */
export interface RunnerSite {
  readonly registry: RunningRegistry;
  readonly runner: Runner;
  readonly before: string;
}

/** Starts such a site for the tests of a block, and ends it with them. */
export function useRunnerSite(part: RunnerPart): () => RunnerSite {
  let registry: RunningRegistry | undefined;
  let runner: Runner | undefined;
  let site: RunnerSite | undefined;
  beforeAll(async () => {
    registry = await startDistribution();
    await publishBase(registry.host, 'v1');
    runner = await startRunner(part);
    // The containerd store takes a tag away with the digest that a trial removes: the layer is kept by another image.
    await publishBeside(registry.host);
    await runner.pull(`${registry.host}/library/debian:beside`);
    site = { registry, runner, before: await runner.left() };
  });
  afterAll(async () => {
    await runner?.stop();
    await registry?.stop();
    await closeHarnesses();
  });
  return () => {
    if (site === undefined) throw new Error('the site is not there yet');
    return site;
  };
}
