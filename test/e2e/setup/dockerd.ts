import { randomBytes, randomInt } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { type Daemon, startDaemon } from './daemon.ts';
import { findPart, type PartName, program } from './parts.ts';
import { must, run } from './run.ts';

/** A real Docker engine with a store, socket and bridge of its own. */
export interface RunningDockerd {
  /** What a program needs to reach it: DOCKER_HOST, DOCKER_CONFIG (with buildx) and PATH. */
  readonly env: Readonly<Record<string, string>>;
  log(): string;
  /** Runs the docker CLI against it; fails when docker does. */
  docker(...args: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

export interface DockerdOptions {
  /** host:port of a registry on loopback that stands in for docker.io. */
  readonly mirror?: string;
  readonly part?: Extract<PartName, 'dockerd' | 'dockerd-20.10'>;
}

/** Starts containerd and dockerd below a temporary folder; nothing of the machine's own Docker is touched. */
export async function startDockerd(options: DockerdOptions = {}): Promise<RunningDockerd> {
  const part = options.part ?? 'dockerd';
  const root = await mkdtemp(join(tmpdir(), 'bir-d-'));
  const bin = dirname(program(part, 'dockerd'));
  const env = { PATH: [bin, process.env.PATH ?? ''].join(delimiter), HOME: root };
  const bridge = await addBridge();
  const started: Daemon[] = [];
  const stop = async () => {
    for (const daemon of started.reverse()) await daemon.stop();
    await run('ip', ['link', 'delete', bridge]);
    await unmountBelow(root);
    await rm(root, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    started.push(await startContainerd(root, env));
    started.push(await startEngine(root, part, bridge, env, options.mirror));
  } catch (error) {
    await stop();
    throw error;
  }
  const client = { ...env, DOCKER_HOST: `unix://${root}/docker.sock`, DOCKER_CONFIG: join(root, 'client') };
  await addPlugins(part, client.DOCKER_CONFIG);
  return {
    env: client,
    log: () => started.map((daemon) => daemon.log()).join('\n'),
    docker: (...args) => must(program(part, 'docker'), args, { env: client }),
    stop,
  };
}

async function addBridge(): Promise<string> {
  const name = `bir${randomBytes(4).toString('hex')}`;
  await must('ip', ['link', 'add', name, 'type', 'bridge']);
  await must('ip', ['address', 'add', `10.${randomInt(200, 250)}.${randomInt(1, 250)}.1/24`, 'dev', name]);
  await must('ip', ['link', 'set', name, 'up']);
  return name;
}

// An engine that finds the machine's containerd socket would use it: this one is given its own.
async function startContainerd(root: string, env: Readonly<Record<string, string>>): Promise<Daemon> {
  const config = join(root, 'containerd.toml');
  const socket = join(root, 'containerd.sock');
  const lines = [
    'version = 2',
    `root = "${root}/containerd"`,
    `state = "${root}/containerd-state"`,
    'disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime"]',
    '[grpc]',
    `address = "${socket}"`,
    '[ttrpc]',
    `address = "${socket}.ttrpc"`,
  ];
  await writeFile(config, `${lines.join('\n')}\n`);
  const daemon = startDaemon('containerd', ['--config', config], env);
  await daemon.until((log) => (log.includes('containerd successfully booted') ? true : undefined));
  return daemon;
}

async function startEngine(
  root: string,
  part: PartName,
  bridge: string,
  env: Readonly<Record<string, string>>,
  mirror: string | undefined,
): Promise<Daemon> {
  const config = {
    'data-root': join(root, 'data'),
    'exec-root': join(root, 'exec'),
    pidfile: join(root, 'docker.pid'),
    hosts: [`unix://${root}/docker.sock`],
    containerd: join(root, 'containerd.sock'),
    // "none" would make the engine delete the machine's docker0.
    bridge,
    iptables: false,
    ip6tables: false,
    'ip-forward': false,
    'exec-opts': ['native.cgroupdriver=cgroupfs'],
    'registry-mirrors': mirror === undefined ? [] : [`http://${mirror}`],
    ...(part === 'dockerd' ? { features: { 'containerd-snapshotter': true } } : {}),
  };
  const file = join(root, 'daemon.json');
  await writeFile(file, JSON.stringify(config));
  const daemon = startDaemon('dockerd', ['--config-file', file], env);
  await daemon.until((log) => (log.includes('API listen on') ? true : undefined));
  return daemon;
}

async function addPlugins(part: PartName, config: string): Promise<void> {
  await mkdir(join(config, 'cli-plugins'), { recursive: true });
  await writeFile(join(config, 'config.json'), '{}');
  if (part !== 'dockerd' || findPart('dockerd').kind === 'absent') return;
  await symlink(program('dockerd', 'docker-buildx'), join(config, 'cli-plugins', 'docker-buildx'));
}

/** Unmounts all that an engine left mounted below its folder. */
export async function unmountBelow(root: string): Promise<void> {
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').map((line) => line.split(' ')[4] ?? '');
  for (const mount of mounts.filter((path) => path.startsWith(`${root}/`)).reverse())
    await run('umount', ['-l', mount]);
}
