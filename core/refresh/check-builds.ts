import { resolve } from 'node:path';
import { attestedReader } from '../baseline/attested.ts';
import { unchangedSince } from '../baseline/git-history.ts';
import { type Ledger, ledgerName, parseLedger, renderLedger, sighted } from '../baseline/ledger.ts';
import { type LockFile, parseLockFile } from '../baseline/lock-file.ts';
import { lockFileName } from '../baseline/lock-file-shape.ts';
import type { Sources } from '../baseline/sources.ts';
import type { Parents } from '../check/check-base.ts';
import type { CheckRules } from '../check/check-rules.ts';
import type { CheckedImage } from '../check/checked.ts';
import { upstreamOf } from '../check/compare.ts';
import { check } from '../check.ts';
import type { Config } from '../config/model.ts';
import { sourceFor } from '../config/per-image.ts';
import type { Build, DiscoveredBuild } from '../discover/build.ts';
import { readNamedFile } from '../discover/read-file.ts';
import { attempt, describeFailure, fail } from '../failure.ts';
import type { World } from '../ports.ts';
import { type ReleasedSources, readReleasedSource } from '../source/released.ts';
import { createStateReader } from '../tools/state-files.ts';
import { type BaseMemory, createBaseMemory } from './base-memory.ts';
import { releasedBuild } from './build-at.ts';
import type { Run } from './context.ts';
import { attestationVerifier } from './sign-stage.ts';

/** Checks the builds of a run, with what the repository and earlier runs know of their bases. */
export async function checkBuilds(
  run: Run,
  builds: readonly DiscoveredBuild[],
  others?: Parents,
): Promise<readonly CheckedImage[]> {
  const { registry, world, config } = run;
  const [lock, ledger] = await Promise.all([readLockFile(world, config), readLedger(run)]);
  const memory = createBaseMemory(run);
  const attested = attestedReader(registry, attestationVerifier(run));
  const images = await check(
    registry,
    builds,
    (build) => {
      const sources = { registry, attested, lock, ledger, unchangedSince: unchangedHere(run, build) };
      const released: ReleasedSources = {
        ...{ sources, world, trees: run.trees, root: config.root, rule: sourceFor(config, build) },
        describedAt: (described, at) => releasedBuild(run, described, at),
      };
      return {
        sources,
        released: (discovered, published) => readReleasedSource(released, discovered, published),
        now: world.now(),
        staleWhen: config.staleWhen ?? 'digest',
        staleBases: config.staleBases ?? 'all',
        ...settling(config, build, memory),
      };
    },
    others,
  );
  await Promise.all([keepLedger(run, ledger, images), memory.keep(images)]);
  return images;
}

function settling({ settle }: Config, { releases: [place] }: Build, { seen }: BaseMemory): Partial<CheckRules> {
  if (settle === undefined) return {};
  return place === undefined ? { settle } : { settle, seen: (base, digests) => seen(place, base, digests) };
}

// Text of a Dockerfile that stands in another file is nothing that git could be asked about.
function unchangedHere({ world, config }: Run, build: Build): Sources['unchangedSince'] {
  if (build.inline !== undefined || build.dockerfile === undefined) return async () => false;
  return unchangedSince(world, config.root, build.dockerfile);
}

const largestLockFile = 32 * 1024 * 1024;

/** The lock file of a run: the one that the user names, else the one that stands in the folder; where there is no such file, an empty one. */
export async function readLockFile(world: World, config: Pick<Config, 'root' | 'lockFile'>): Promise<LockFile> {
  const name = config.lockFile ?? lockFileName;
  const path = resolve(config.root, name);
  if ((await world.files.stat(path)).kind === 'absent') return [];
  const read = await attempt(name, () => readNamedFile(world, config.root, path, largestLockFile));
  if (read.kind === 'done') return parseLockFile(Buffer.from(read.value).toString('utf8'), name);
  throw fail('config', name, read.failure.detail, 'give a file that can be read');
}

async function readLedger({ world, config, host }: Run): Promise<Ledger> {
  const path = resolve(config.outputDirectory, ledgerName);
  const found = await attempt(path, () => createStateReader(world).read(path));
  if (found.kind === 'done' && found.value.kind === 'absent') return new Map();
  const refused = found.kind === 'done' && found.value.kind === 'refused' ? found.value.failure : undefined;
  const ledger = found.kind === 'done' && found.value.kind === 'read' ? parseLedger(found.value.text) : undefined;
  if (refused !== undefined) host.log('warning', describeFailure(refused));
  else if (ledger === undefined) host.log('warning', `${path}: is not a ledger of bases, so a new one is begun.`);
  return ledger ?? new Map();
}

// A ledger that cannot be kept costs later runs some of their knowledge, and this one nothing.
async function keepLedger(
  { world, config, host }: Run,
  before: Ledger,
  images: readonly CheckedImage[],
): Promise<void> {
  const bases = images.flatMap((image) => image.bases).filter(({ base }) => base.reference.digest === undefined);
  const ledger = bases.reduce((known, { base, freshness }) => {
    const digest = upstreamOf(freshness);
    return digest === undefined ? known : sighted(known, base.reference, digest, world.now());
  }, before);
  if (ledger.size === 0) return;
  const path = resolve(config.outputDirectory, ledgerName);
  const written = await attempt(path, () => world.files.write(path, renderLedger(ledger)));
  if (written.kind === 'failed') host.log('warning', describeFailure(written.failure));
}
