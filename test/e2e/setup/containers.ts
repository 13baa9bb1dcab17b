import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { unmountBelow } from './dockerd.ts';
import { program } from './parts.ts';
import { must } from './run.ts';

/** A store of buildah or podman, with settings that are nobody else's. */
export interface ContainersStore {
  /** What the tool needs to find it: HOME, PATH and its configuration. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs the tool on it; fails when the tool does. */
  run(...args: readonly string[]): Promise<string>;
  remove(): Promise<void>;
}

/** Makes an empty store below a temporary folder; builds are isolated by chroot, which needs no privileges. */
export async function makeStore(tool: 'buildah' | 'podman'): Promise<ContainersStore> {
  const root = await mkdtemp(join(tmpdir(), 'bir-c-'));
  const bin = dirname(program(tool, tool));
  const settings = join(root, '.config', 'containers');
  await mkdir(settings, { recursive: true });
  await cp(join(dirname(bin), 'etc/containers/policy.json'), join(settings, 'policy.json'));
  const storage = { driver: 'overlay', graphroot: join(root, 'store'), runroot: join(root, 'run') };
  await writeFile(join(root, 'storage.conf'), toml('storage', storage));
  const engine = { runtime: 'runc', cgroup_manager: 'cgroupfs', events_logger: 'file' };
  const conmon = tool === 'podman' ? { conmon_path: [program('podman', 'conmon')] } : {};
  await writeFile(join(root, 'containers.conf'), toml('engine', { ...engine, ...conmon }));
  const env = {
    PATH: [bin, process.env.PATH ?? ''].join(delimiter),
    HOME: root,
    BUILDAH_ISOLATION: 'chroot',
    CONTAINERS_STORAGE_CONF: join(root, 'storage.conf'),
    CONTAINERS_CONF: join(root, 'containers.conf'),
  };
  return {
    env,
    run: (...args) => must(program(tool, tool), args, { env }),
    remove: async () => {
      await unmountBelow(root);
      await rm(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function toml(table: string, values: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(values).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  return [`[${table}]`, ...lines, ''].join('\n');
}
