import pLimit, { type LimitFunction } from 'p-limit';
import type { Config } from '../config/model.ts';
import { subjectAt } from '../config/subject-at.ts';
import { type Discovery, discover } from '../discover/discover.ts';
import type { Platform } from '../oci/platform.ts';
import { type ComparePackages, createPackageComparison } from '../packages/changed.ts';
import type { Host, World } from '../ports.ts';
import type { Engine } from '../rebuild/engine.ts';
import { createEngines } from '../rebuild/engines.ts';
import { type BuildGuard, createBuildGuard, type GuardOptions } from '../rebuild/repeats/guard.ts';
import { createRegistry } from '../registry/client.ts';
import type { Registry } from '../registry/registry.ts';
import { createScanner } from '../scan/choose.ts';
import type { Scanner } from '../scan/scanner.ts';
import { createSourceTrees, type SourceTrees } from '../source/worktrees.ts';
import type { StageTimes } from './stage-times.ts';

/** What every stage of one run is given. */
export interface Run {
  readonly config: Config;
  readonly host: Host;
  readonly world: World;
  readonly registry: Registry;
  readonly engines: readonly Engine[];
  /** What of packages a build changed; absent where it is not wanted. */
  readonly comparePackages?: ComparePackages;
  readonly scanner: Scanner;
  readonly slots: Slots;
  readonly guard: BuildGuard;
  /** The repository of the run, and working trees of its other commits. */
  readonly trees: SourceTrees;
  /** What is discovered in one of those trees; each is searched once. */
  readonly discoverIn: (root: string) => Promise<Discovery>;
  readonly startedAt: Date;
  /** Absent where it is not read. */
  readonly stageTimes?: StageTimes;
  /** The leg of a larger run that this one is; absent where it does all. */
  readonly leg?: RunLegContext;
}

/** What the stages of a leg know of the run that it is of. */
export interface RunLegContext {
  readonly run: string;
  readonly shard: string;
  /** The one platform that it builds, of images that have several. */
  readonly platform?: Platform;
  /** What each planned image is to be made from, by name. */
  readonly recipes: ReadonlyMap<string, string>;
}

/** How much of a kind goes on at once: an image that is scanned and tested keeps no build waiting. */
export interface Slots {
  readonly build: LimitFunction;
  readonly validate: LimitFunction;
}

/** Bytes that a scanner, and what is read of layers beside it, take while one image is looked at. */
const memoryOfScan = 512 * 1024 ** 2;

/** Slots for as many builds as images are scanned and tested beside them; of those no more than half of the memory holds. */
export function createSlots(concurrency: number, memory = Number.POSITIVE_INFINITY): Slots {
  const fitting = Math.max(1, Math.floor(memory / 2 / memoryOfScan));
  return { build: pLimit(concurrency), validate: pLimit(Math.min(concurrency, fitting)) };
}

/** Discovers trees of the run's repository, each once however many of its images are built there. */
export function createDiscovery(config: Config, world: World): Run['discoverIn'] {
  const known = new Map<string, Promise<Discovery>>();
  return (root) => {
    const found = known.get(root) ?? subjectAt(world, config, root).then((subject) => discover(world, subject));
    known.set(root, found);
    return found;
  };
}

/** Puts together what a run needs: one registry client, the engines and the scanner, over one world. */
export function createRun(config: Config, host: Host, world: World): Run {
  const secret = (value: string) => host.secret(value);
  const registry = createRegistry(world, config.registry, { secret, warn: (line) => host.log('warning', line) });
  const log = (line: string) => host.log('debug', line);
  const { acrRegistry } = config.build;
  const engines = createEngines({
    world,
    registry,
    config: config.registry,
    settings: config.build,
    policy: config.rebase.policy,
    log,
    secret,
    outputDirectory: config.outputDirectory,
    ...(acrRegistry === undefined ? {} : { resource: acrRegistry }),
  });
  return {
    config,
    host,
    world,
    registry,
    engines,
    comparePackages: createPackageComparison(registry),
    scanner: createScanner(world, config, {
      log,
      secret,
      warn: (line) => host.log('warning', line),
      note: (line) => host.log('info', line),
    }),
    slots: createSlots(config.concurrency, world.platform.memory),
    guard: createBuildGuard(registry, world, guardOptions(config, host)),
    trees: createSourceTrees(world, config.root),
    discoverIn: createDiscovery(config, world),
    startedAt: world.now(),
    stageTimes: new Map(),
  };
}

function guardOptions({ build, force }: Config, host: Host): GuardOptions {
  return { attempts: build.attempts, force, warn: (line) => host.log('warning', line) };
}

/** A guard for a run beside which others are at the same builds: each is claimed before it begins. */
export function claimingGuard({ registry, world, config, host }: Run): BuildGuard {
  const claims = { world, patience: 2 * config.build.timeout, log: (line: string) => host.log('info', line) };
  return createBuildGuard(registry, world, { ...guardOptions(config, host), claims });
}
