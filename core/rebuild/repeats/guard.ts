import { join } from 'node:path';
import pLimit from 'p-limit';
import { attempt, describeFailure, type Failure, fail } from '../../failure.ts';
import type { Digest } from '../../oci/digest.ts';
import type { World } from '../../ports.ts';
import { createStateReader, type Remembered, type StateWorld } from '../../tools/state-files.ts';
import type { BuildKey } from './key.ts';
import { type BuildRecord, buildsIn, recordName, saveBuild } from './record.ts';

/** Keeps one run after the other from doing over what was done, and from trying for ever what fails. */
export interface BuildGuard {
  /** What is known of a build: that it may be made, or was already; throws where it failed too often. */
  admit(key: BuildKey, image: string): Promise<Admission>;
  failed(key: BuildKey, image: string, failure: Failure): Promise<void>;
  promoted(key: BuildKey, image: string, digest: Digest, previous?: Digest): Promise<void>;
}

export type Admission =
  | { readonly kind: 'new' }
  | { readonly kind: 'promoted'; readonly digest: Digest; readonly previous?: Digest; readonly at: string };

export interface GuardOptions {
  /** The output folder, absolute. */
  readonly folder: string;
  /** How often a build may fail. */
  readonly attempts: number;
  readonly force: boolean;
  readonly warn: (line: string) => void;
}

/** A guard over the record in an output folder; `force` admits everything. */
export function createBuildMemory(world: StateWorld & Pick<World, 'now'>, options: GuardOptions): BuildGuard {
  const { folder, attempts, force } = options;
  const readBuilds = buildsReader(world, options);
  // Images are built side by side, and each reads the file before it writes.
  const oneByOne = pLimit(1);
  const find = async (key: BuildKey) => (await readBuilds()).find((record) => record.key === key);
  const save = async (record: Omit<BuildRecord, 'at'>) => {
    const at = world.now().toISOString();
    // A record that cannot be kept costs a later run its knowledge, and this one nothing.
    const saved = await attempt(recordName, async () =>
      saveBuild(world, folder, { ...record, at }, await readBuilds()),
    );
    if (saved.kind === 'failed') options.warn(describeFailure(saved.failure));
  };
  return {
    admit: async (key, image) => {
      const known = force ? undefined : await find(key);
      if (known === undefined) return { kind: 'new' };
      if (known.failures >= attempts) throw broken(image, known);
      return known.promoted === undefined
        ? { kind: 'new' }
        : { kind: 'promoted', digest: known.promoted, at: known.at, ...previousIn(known) };
    },
    failed: (key, image, failure) =>
      oneByOne(async () => {
        const known = await find(key);
        const failures = (known?.failures ?? 0) + 1;
        await save({ key, image, failures, lastFailure: failure.detail.slice(0, 300) });
      }),
    promoted: (key, image, digest, previous) =>
      oneByOne(() => save({ key, image, failures: 0, promoted: digest, ...previousIn({ previous }) })),
  };
}

// Another run may have written meanwhile, so the file is read each time; why it is not believed is said once.
function buildsReader(world: StateWorld, { folder, warn }: GuardOptions): () => Promise<readonly BuildRecord[]> {
  const state = createStateReader(world);
  const warned = new Set<string>();
  return async () => {
    const found = await attempt(recordName, () => state.read(join(folder, recordName)));
    const failure = found.kind === 'failed' ? found.failure : refusalIn(found.value);
    if (failure !== undefined && !warned.has(failure.detail)) warn(describeFailure(failure));
    if (failure !== undefined) warned.add(failure.detail);
    return found.kind === 'done' && found.value.kind === 'read' ? buildsIn(found.value.text) : [];
  };
}

function refusalIn(found: Remembered): Failure | undefined {
  return found.kind === 'refused' ? found.failure : undefined;
}

function previousIn({ previous }: { readonly previous?: Digest | undefined }): { readonly previous?: Digest } {
  return previous === undefined ? {} : { previous };
}

function broken(image: string, { failures, lastFailure, at }: BuildRecord) {
  const last = lastFailure === undefined ? '' : ` (${lastFailure})`;
  return fail(
    'build-failed',
    image,
    `the same build failed ${failures} times, last at ${at}${last}, so it was not tried again`,
    `change what it is built from, run with force, or remove ${recordName} from the output folder`,
  );
}
