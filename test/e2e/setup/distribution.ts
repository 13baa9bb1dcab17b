import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDaemon } from './daemon.ts';
import { program } from './parts.ts';

/** A real registry on a free loopback port. */
export interface RunningRegistry {
  /** host:port, as it stands in image references. */
  readonly host: string;
  log(): string;
  stop(): Promise<void>;
}

/** Starts CNCF Distribution with an empty store of its own. */
export async function startDistribution(): Promise<RunningRegistry> {
  const root = await mkdtemp(join(tmpdir(), 'bir-reg-'));
  const config = join(root, 'config.json');
  await mkdir(join(root, 'data'));
  const settings = {
    version: '0.1',
    log: { level: 'info' },
    storage: { filesystem: { rootdirectory: join(root, 'data') }, delete: { enabled: true } },
    http: { addr: '127.0.0.1:0' },
  };
  await writeFile(config, JSON.stringify(settings));
  const env = { PATH: process.env.PATH ?? '', OTEL_TRACES_EXPORTER: 'none' };
  const daemon = startDaemon(program('distribution', 'docker-registry'), ['serve', config], env);
  const host = await daemon.until((log) => /listening on (127\.0\.0\.1:\d+)/.exec(log)?.[1]);
  return {
    host,
    log: daemon.log,
    stop: async () => {
      await daemon.stop();
      await rm(root, { recursive: true, force: true });
    },
  };
}
