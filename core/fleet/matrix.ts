import { given } from '../table.ts';
import type { RunFile, RunLeg } from './run-file.ts';
import { mostLevels } from './shards.ts';

/** What a host takes of a matrix: GitHub 256 jobs and 1 MB of outputs, Azure 30,000 characters a variable. */
export const hostLimits = { legs: 256, characters: 30_000, bytes: 1_000_000 } as const;

/** The legs of a level as a job matrix: for GitHub `{"include":[…]}`, for Azure an object of legs. Both are safe where there is none. */
export function matrixOf(legs: readonly RunLeg[], host: 'github' | 'azure'): string {
  const jobs = legs.map(({ id, name, platform }) => ({ shard: id, name, ...given('platform', platform) }));
  if (host === 'github') return JSON.stringify({ include: jobs });
  return JSON.stringify(Object.fromEntries(jobs.map((job) => [`leg_${job.shard.split('/', 1)[0]}`, job])));
}

/** The matrices of a run, one for each level, and whether there is anything to do in it. */
export function matrixOutputs(
  { legs }: Pick<RunFile, 'legs'>,
  host: 'github' | 'azure',
): Readonly<Record<string, string>> {
  const levels = Array.from({ length: mostLevels }, (_, at) => legs.filter(({ level }) => level === at + 1));
  return {
    'has-work': String(legs.length > 0),
    levels: String(Math.max(0, ...legs.map(({ level }) => level))),
    ...Object.fromEntries(levels.map((own, at) => [at === 0 ? 'matrix' : `matrix-${at + 1}`, matrixOf(own, host)])),
  };
}
