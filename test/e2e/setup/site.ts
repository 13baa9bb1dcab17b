import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { publishBase } from './base-pair.ts';
import { runCli } from './cli.ts';
import { type RunningRegistry, startDistribution } from './distribution.ts';
import { type DockerdOptions, type RunningDockerd, startDockerd } from './dockerd.ts';
import { type Gateway, startGateway } from './gateway.ts';
import { program } from './parts.ts';
import { must, type Ran, type RunOptions } from './run.ts';
import { scannerCache } from './scanner-cache.ts';

/** A small company's works: a registry, an engine that takes docker.io from it, a scanner and a folder. */
export interface Site {
  readonly folder: string;
  /** Trivy's cache with the small database. */
  readonly cache: string;
  readonly registry: RunningRegistry;
  /** In front of the registry: image references name it, and it sees every request. */
  readonly gateway: Gateway;
  readonly engine: RunningDockerd;
  /** Runs the command line tool in the folder, with the options that every run here needs. */
  cli(args: readonly string[], options?: CliOptions): Promise<Ran>;
  /** Digest that a reference names now, as crane reads it; null when there is none. */
  digest(reference: string): Promise<string | null>;
  crane(...args: readonly string[]): Promise<string>;
  write(files: Readonly<Record<string, string>>): Promise<void>;
  stop(): Promise<void>;
}

export interface CliOptions extends Omit<RunOptions, 'env' | 'cwd'> {
  readonly node?: string;
  readonly scanner?: string;
}

/** Starts it all, with Debian 12 as the main archive has it published as docker.io/library/debian:12. */
export async function startSite(options: Pick<DockerdOptions, 'part'> = {}): Promise<Site> {
  const cache = await scannerCache();
  const folder = await mkdtemp(join(tmpdir(), 'bir-site-'));
  const registry = await startDistribution();
  const gateway = await startGateway(registry.host);
  const engine = await startDockerd({ ...options, mirror: gateway.host });
  await publishBase(registry.host, 'v1');
  const crane = (...args: readonly string[]) => must(program('crane', 'crane'), [...args, '--insecure']);
  return {
    folder,
    cache,
    registry,
    gateway,
    engine,
    crane,
    cli: (args, { scanner, ...options } = {}) => {
      const scan = ['--scanner-path', scanner ?? program('trivy', 'trivy'), '--scanner-cache', cache];
      const common = ['--mirror', `docker.io=${gateway.host}`, '--verbose'];
      const scans = args[0] === 'refresh' || args[0] === 'scan' ? [...scan, '--skip-database-update'] : [];
      // Its folder is in no git repository, and what stands in it is what a test means to be built.
      const source = args[0] === 'refresh' ? ['--source', 'checkout'] : [];
      return runCli([...args, ...common, ...scans, ...source], { ...options, cwd: folder, env: engine.env });
    },
    digest: (reference) => digestOf(registry.host, reference.replace(`${gateway.host}/`, '')),
    write: async (files) => {
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await writeFile(join(folder, path), text);
      }
    },
    stop: async () => {
      await gateway.stop();
      await engine.stop();
      await registry.stop();
      for (const made of [folder, cache]) await rm(made, { recursive: true, force: true });
    },
  };
}

async function digestOf(host: string, name: string): Promise<string | null> {
  const [repository, tag] = name.split(':');
  const tags = (await must(program('crane', 'crane'), ['catalog', '--insecure', host])).split('\n');
  if (!tags.includes(repository ?? '')) return null;
  const there = (await must(program('crane', 'crane'), ['ls', '--insecure', `${host}/${repository}`])).split('\n');
  if (!there.includes(tag ?? '')) return null;
  return (await must(program('crane', 'crane'), ['digest', '--insecure', `${host}/${name}`])).trim();
}
