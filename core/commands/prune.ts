import { discoverReleased } from '../check/chosen-release.ts';
import type { Config } from '../config/model.ts';
import { attempt, describeFailure, type Failure } from '../failure.ts';
import { formatReference } from '../oci/reference.ts';
import type { Conclusion, Host, Leftover, World } from '../ports.ts';
import {
  type LeftCandidate,
  leftCandidates,
  type ReleaseRepository,
  removeCandidates,
  repositoriesOf,
} from '../prune/candidates.ts';
import { sweepFolders } from '../prune/folders.ts';
import { leftRecords } from '../prune/records.ts';
import { createRegistry } from '../registry/client.ts';
import type { Registry } from '../registry/registry.ts';
import { type PruneDocument, type PrunedCandidate, type PrunedFolder, renderPruned } from '../report/pruned.ts';

/** `prune`: removes what killed runs left on this machine and in the registries of the repository; with --dry-run it lists it. */
export async function pruneCommand(config: Config, host: Host, world: World): Promise<Conclusion> {
  const folders = await pruneFolders(config, world);
  const candidates = await pruneCandidates(config, host, world);
  const failures = [...folders.failures, ...candidates.failures];
  for (const failure of failures) host.log('error', describeFailure(failure));
  const document: PruneDocument = {
    schemaVersion: 1,
    dryRun: config.dryRun,
    folders: folders.folders,
    candidates: candidates.candidates,
    failures,
  };
  host.print(config.format === 'json' ? JSON.stringify(document, null, 2) : renderPruned(document, host.screen));
  const isLeft = document.candidates.some(({ state }) => state === 'left');
  return failures.length > 0 || isLeft ? 'incomplete' : 'succeeded';
}

interface Folders {
  readonly folders: readonly PrunedFolder[];
  readonly failures: readonly Failure[];
}

async function pruneFolders({ dryRun }: Config, { files }: World): Promise<Folders> {
  const there = await files.leftovers();
  const unknown = there.filter(({ state }) => state === 'unknown').map((one) => folderOf(one, 'unknown'));
  if (dryRun) {
    const dead = there.filter(({ state }) => state === 'dead').map((one) => folderOf(one, 'found'));
    return { folders: [...dead, ...unknown], failures: [] };
  }
  const { removed, failed } = await sweepFolders(files);
  return { folders: [...removed.map((one) => folderOf(one, 'removed')), ...unknown], failures: failed };
}

function folderOf({ path, pid, since }: Leftover, state: PrunedFolder['state']): PrunedFolder {
  return { path, pid: pid ?? null, since: since.toISOString(), state };
}

interface Candidates {
  readonly candidates: readonly PrunedCandidate[];
  readonly failures: readonly Failure[];
}

async function pruneCandidates(config: Config, host: Host, world: World): Promise<Candidates> {
  const secret = (value: string) => host.secret(value);
  const registry = createRegistry(world, config.registry, { secret, warn: (line) => host.log('warning', line) });
  const { builds, failures, notices } = await discoverReleased({ world, registry }, config);
  for (const notice of notices) host.log('warning', describeFailure(notice));
  const unknown = builds.flatMap(({ build }) => build.chosen?.unknown ?? []);
  const repositories = repositoriesOf(builds.flatMap(({ build }) => build.releases));
  const age = { now: world.now(), maxAge: config.promotion.candidateMaxAge };
  const leftIn = async (registry: Registry, one: ReleaseRepository) => [
    ...(await leftCandidates(registry, one, age)),
    ...(await leftRecords(registry, one, world.now())),
  ];
  const pruned = await Promise.all(
    repositories.map((one) =>
      attempt(formatReference({ registry: one.registry, repository: one.repository }), async () =>
        pruneRepository(registry, one, await leftIn(registry, one), config.dryRun),
      ),
    ),
  );
  return {
    candidates: pruned.flatMap((one) => (one.kind === 'done' ? one.value : [])),
    failures: [...failures, ...unknown, ...pruned.flatMap((one) => (one.kind === 'failed' ? [one.failure] : []))],
  };
}

async function pruneRepository(
  registry: Registry,
  repository: ReleaseRepository,
  found: readonly LeftCandidate[],
  dryRun: boolean,
): Promise<readonly PrunedCandidate[]> {
  const swept = dryRun
    ? found.map((candidate) => ({ ...candidate, state: 'found' as const }))
    : await removeCandidates(registry, repository, found);
  return swept.map(({ reference, made, ...rest }) => ({
    reference: formatReference(reference),
    made: made.toISOString(),
    ...rest,
  }));
}
