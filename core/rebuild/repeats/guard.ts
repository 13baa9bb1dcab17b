import { attempt, describeFailure, type FailureError, fail } from '../../failure.ts';
import type { Digest } from '../../oci/digest.ts';
import type { Repository } from '../../oci/reference.ts';
import type { World } from '../../ports.ts';
import type { Registry } from '../../registry/registry.ts';
import type { BuildKey } from './key.ts';
import { type BuildRecord, readAttempts, writeAttempts } from './record.ts';

/** A build of an image, and the repository beside which runs remember it. */
export interface RememberedBuild {
  readonly key: BuildKey;
  readonly image: string;
  readonly repository: Repository;
}

/** Prevents one run after the other from doing over what was done, and from trying all the time what fails. */
export interface BuildGuard {
  /** What is known of a build: that it may be made, or was already; throws where it failed often and is to wait. */
  admit(build: RememberedBuild): Promise<Admission>;
  failed(build: RememberedBuild): Promise<void>;
  promoted(build: RememberedBuild, digest: Digest, previous?: Digest): Promise<void>;
}

export type Admission =
  | { readonly kind: 'new' }
  | { readonly kind: 'promoted'; readonly digest: Digest; readonly previous?: Digest; readonly at: string };

export interface GuardOptions {
  /** How often a build may fail before later attempts wait. */
  readonly attempts: number;
  readonly force: boolean;
  readonly warn: (line: string) => void;
}

/** A guard over the records of attempts in the registry; `force` admits everything. */
export function createBuildGuard(
  registry: Pick<Registry, 'forget' | 'manifest' | 'putBlob' | 'putManifest'>,
  { now }: Pick<World, 'now'>,
  { attempts, force, warn }: GuardOptions,
): BuildGuard {
  // What cannot be read or written costs a run its knowledge, and no image its refresh.
  const found = async ({ key, repository, image }: RememberedBuild) => {
    const read = await attempt(image, () => readAttempts(registry, repository, key));
    if (read.kind === 'failed') warn(describeFailure(read.failure));
    return read.kind === 'done' ? read.value : undefined;
  };
  const save = async (
    { key, repository, image }: RememberedBuild,
    learnt: Pick<BuildRecord, 'failures' | 'promoted'>,
  ) => {
    const record = { key, image, at: now().toISOString(), ...learnt };
    const saved = await attempt(image, () => writeAttempts(registry, repository, record));
    if (saved.kind === 'failed') warn(describeFailure(saved.failure));
  };
  return {
    admit: async (build) => {
      const known = force ? undefined : await found(build);
      if (known === undefined) return { kind: 'new' };
      const waiting = waitingFor(known, attempts, now());
      if (waiting !== undefined) throw broken(build.image, known, waiting);
      return known.promoted === undefined
        ? { kind: 'new' }
        : { kind: 'promoted', digest: known.promoted, at: known.at, ...previousIn(known) };
    },
    failed: async (build) => save(build, { failures: ((await found(build))?.failures ?? 0) + 1 }),
    promoted: (build, digest, previous) => save(build, { failures: 0, promoted: digest, ...previousIn({ previous }) }),
  };
}

const hour = 3_600_000;
const longest = 32;

// An hour after the last attempt that is free, doubled with each further one. Who forges a record delays a build by no
// more than the longest wait: one of a time to come says nothing.
function waitingFor({ failures, at }: BuildRecord, attempts: number, now: Date): Date | undefined {
  if (failures < attempts) return undefined;
  const hours = Math.min(2 ** Math.min(failures - attempts, 10), longest);
  const last = Date.parse(at);
  const until = new Date(last + hours * hour);
  return last <= now.getTime() && until > now ? until : undefined;
}

function previousIn({ previous }: { readonly previous?: Digest | undefined }): { readonly previous?: Digest } {
  return previous === undefined ? {} : { previous };
}

function broken(image: string, { failures, at }: BuildRecord, until: Date): FailureError {
  const detail = `the same build failed ${failures} times, last at ${at}, so it is tried again only after ${until.toISOString()}`;
  return fail('build-failed', image, detail, 'change what it is built from, or run with force');
}
