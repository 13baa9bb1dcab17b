import { appendFile } from 'node:fs/promises';
import { afterAll, beforeAll } from 'vitest';
import { makeImage } from '../../../testing/images.ts';
import { pushImage } from '../../../testing/push.ts';
import { closeHarnesses } from '../../registry/harness.ts';
import { makeStore } from './containers.ts';
import { type RunningRegistry, startDistribution } from './distribution.ts';
import { startDockerd } from './dockerd.ts';
import { programsLayer } from './programs.ts';

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

/** An engine beside a registry that has `library/base:1`, some programs, and what the engine held before any trial. */
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
    const to = { url: `http://${registry.host}` };
    const layers = [await programsLayer(['sh', 'sleep', 'ls', 'grep', 'cat', 'test', 'true'])];
    const config = { Env: ['PATH=/bin'] };
    await pushImage(to, 'library/base', makeImage({ layers, config }), '1');
    runner = await startRunner(part);
    // The containerd store takes a tag away with the digest that a trial removes: the layer is kept by another image.
    await pushImage(to, 'library/base', makeImage({ layers, config, created: '2026-01-02T00:00:00Z' }), 'beside');
    await runner.pull(`${registry.host}/library/base:beside`);
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
