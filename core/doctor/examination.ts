import { discoverReleased } from '../check/chosen-release.ts';
import type { Config } from '../config/model.ts';
import { discover } from '../discover/discover.ts';
import { attempt } from '../failure.ts';
import type { Run } from '../refresh/context.ts';
import { filesAtHand, type NamedFiles } from './configuration/named-files.ts';
import type { ExaminedRun } from './examined-run.ts';
import { probeRegistries, type RegistryFacts } from './registries/probe.ts';
import { type CiFile, ciFilesAtHand } from './workflows/files.ts';

/** What every check is given; what several of them want to know is gathered once. */
export interface Examination extends ExaminedRun {
  readonly registries: () => Promise<RegistryFacts>;
  /** What the files say that policies and tests name. */
  readonly namedFiles: () => Promise<NamedFiles>;
  /** Workflows and pipelines that run this program. */
  readonly ciFiles: () => Promise<readonly CiFile[]>;
}

/** What the checks of a run are given. */
export function examinationOf({ config, host, world, engines, registry }: Run): Examination {
  // Offline, which tag a rule chooses is not asked.
  const find = (subject: Config) =>
    config.doctor?.offline === true ? discover(world, subject) : discoverReleased({ world, registry }, subject);
  const discovered = once(() => attempt('the repository', () => find(config)));
  const examined: ExaminedRun = {
    config,
    host,
    world,
    engines,
    registry,
    discovered,
    // Entries of no Dockerfile are a finding of their own; what the repository holds is to be seen all the same.
    discovery: once(async () => {
      const outcome = await discovered();
      return outcome.kind === 'done' ? outcome.value : find(withoutEntries(config));
    }),
  };
  return {
    ...examined,
    registries: once(() => probeRegistries(examined)),
    namedFiles: once(() => filesAtHand(examined)),
    ciFiles: once(() => ciFilesAtHand(examined)),
  };
}

function withoutEntries(config: Config): Config {
  return { ...config, images: [], imageInputs: {} };
}

/** The function, carried out at its first call only. */
export function once<T>(work: () => Promise<T>): () => Promise<T> {
  let begun: Promise<T> | undefined;
  return () => {
    begun ??= work();
    return begun;
  };
}
