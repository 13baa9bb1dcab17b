import type { Config } from '../config.ts';
import type { Run } from '../context.ts';
import { type Discovery, discover } from '../discover/discover.ts';
import { attempt, type Outcome } from '../failure.ts';
import type { Finding, Group } from './check.ts';

/** What every check is given; what several of them want to know is gathered once. */
export interface Patient extends Pick<Run, 'config' | 'host' | 'world' | 'engines'> {
  readonly discovery: () => Promise<Discovery>;
  /** How the discovery ended with every setting of the configuration. */
  readonly discovered: () => Promise<Outcome<Discovery>>;
}

/** One check: gathers its facts, and says what it makes of them. */
export interface Check {
  readonly id: string;
  readonly group: Group;
  examine(patient: Patient): Promise<readonly Finding[]>;
}

/** What the checks of a run are given. */
export function patientOf({ config, host, world, engines }: Run): Patient {
  const discovered = once(() => attempt('the repository', () => discover(world, config)));
  return {
    config,
    host,
    world,
    engines,
    discovered,
    // Entries of no Dockerfile are a finding of their own; what the repository holds is to be seen all the same.
    discovery: once(async () => {
      const outcome = await discovered();
      return outcome.kind === 'done' ? outcome.value : discover(world, withoutEntries(config));
    }),
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
