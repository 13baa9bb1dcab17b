import { sep } from 'node:path';
import type { Config } from '../config/model.ts';
import { loadConfig } from '../config.ts';
import { type Failure, isUsageFailure } from '../failure.ts';
import type { Host } from '../ports.ts';
import { createRun, type Run } from '../refresh/context.ts';
import type { Clone } from '../source/clone.ts';
import type { FleetMember } from './fleet-file.ts';

// What is said of the fleet is said of none of its repositories.
const ofTheFleet = new Set(['fleet', 'run', 'run-digest', 'shard', 'shards', 'native-legs', 'changed-base', 'file']);

/** The run of one repository of a fleet: its own configuration below the inputs of the run, over one registry client. */
export async function runOfMember(
  { host, config, registry }: Pick<Run, 'host' | 'config' | 'registry'>,
  member: Pick<FleetMember, 'name' | 'inputs'>,
  clone: Clone,
): Promise<Run> {
  const { inputs = {} } = member;
  const own: Host = {
    ...host,
    input: (name) => {
      if (name === 'path') return clone.folder;
      if (ofTheFleet.has(name)) return undefined;
      return Object.hasOwn(inputs, name) ? inputs[name] : host.input(name);
    },
    log: (level, message) => host.log(level, `${member.name}: ${message}`),
  };
  const loaded = await loadConfig(own, clone.world);
  for (const notice of loaded.notices ?? []) own.log('warning', notice);
  const settled: Config = {
    ...loaded,
    outputDirectory: config.outputDirectory,
    dryRun: config.dryRun || loaded.dryRun,
  };
  return { ...createRun(settled, own, clone.world), registry };
}

/** An image of a repository as the fleet knows it. */
export function inFleet(member: string, image: string): string {
  return `${member}/${image}`;
}

/** The failure, where what is wrong in a repository is nothing that is wrong with the run. */
export function notOfRun(failure: Failure): Failure {
  return isUsageFailure(failure) ? { ...failure, code: 'source-unknown' } : failure;
}

/** A failure of a whole repository, by its name or address, and not by the folder in which its clone is. */
export function failureOfMember(failure: Failure, { name, url }: FleetMember, place: string): Failure {
  const { subject } = failure;
  const path = subject.startsWith(place + sep)
    ? subject
        .slice(place.length + 1)
        .split(sep)
        .slice(2)
        .join('/')
    : subject;
  if (path === '') return { ...notOfRun(failure), subject: name };
  return { ...notOfRun(failure), subject: subject === url ? url : inFleet(name, path) };
}
