import { appendFile } from 'node:fs/promises';
import { makeStore } from './containers.ts';
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

/** Starts it, empty. */
export async function startRunner(part: 'dockerd' | 'dockerd-20.10' | 'podman' | 'buildah'): Promise<Runner> {
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
