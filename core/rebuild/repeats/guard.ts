import { attempt, describeFailure, type FailureError, fail } from '../../failure.ts';
import type { Digest } from '../../oci/digest.ts';
import type { World } from '../../ports.ts';
import type { Registry } from '../../registry/registry.ts';
import { given } from '../../table.ts';
import { type Claimed, type ClaimGround, claimBuild } from './claim.ts';
import type { BuildKey } from './key.ts';
import { type BuildRecord, type RememberedBuild, readAttempts, writeAttempts } from './record.ts';

/** Prevents one run after the other from doing over what was done, and from trying all the time what fails. */
export interface BuildGuard {
  /** What is known of a build: that it may be made, or was already; throws where it failed often and is to wait. */
  admit(build: RememberedBuild): Promise<Admission>;
  /** That a build begins: who is killed before it ends has no word of it any more; throws where that cannot be written. */
  begun(build: RememberedBuild): Promise<void>;
  /** Of a leg: has the build to itself before it begins, or waits for who has it. */
  claim?(build: RememberedBuild): Promise<Claimed>;
  failed(build: RememberedBuild): Promise<void>;
  /** What a build has made under its key; throws where that cannot be written. */
  made(build: RememberedBuild, digest: Digest): Promise<void>;
  /** What a build came to and its gate let through, before any tag moves; throws where that cannot be written. */
  done(build: RememberedBuild, digest: Digest): Promise<void>;
  /** That a trial build took none of the fixes for which it was made. */
  unproven(build: RememberedBuild): Promise<void>;
  promoted(build: RememberedBuild, digest: Digest, previous?: Digest): Promise<void>;
}

export type Admission =
  | { readonly kind: 'unproven'; readonly at: string }
  | { readonly kind: 'new'; readonly made?: Digest; readonly done?: Digest }
  | { readonly kind: 'promoted'; readonly digest: Digest; readonly previous?: Digest; readonly at: string };

export interface GuardOptions {
  /** How often a build may fail before later attempts wait. */
  readonly attempts: number;
  readonly force: boolean;
  readonly warn: (line: string) => void;
  /** Absent where no other process is at the same builds. */
  readonly claims?: Pick<ClaimGround, 'world' | 'patience' | 'log'>;
}

/** A guard over the records of attempts in the registry; `force` admits everything. */
export function createBuildGuard(
  registry: Pick<Registry, 'forget' | 'manifest' | 'putBlob' | 'putManifest'>,
  { now }: Pick<World, 'now'>,
  { attempts, force, warn, claims }: GuardOptions,
): BuildGuard {
  // What cannot be read before a build costs a run its knowledge, and no image its refresh.
  const found = async ({ key, repository, image }: RememberedBuild) => {
    const read = await attempt(image, () => readAttempts(registry, repository, key));
    if (read.kind === 'failed') warn(describeFailure(read.failure));
    return read.kind === 'done' ? read.value : undefined;
  };
  type Learnt = Pick<BuildRecord, 'failures' | 'deaths' | 'made' | 'done' | 'unproven' | 'promoted' | 'previous'>;
  // A candidate is found by its key on any machine, so it is made and used only where what became of it can be written.
  const demand = ({ key, repository, image }: RememberedBuild, learnt: Learnt) =>
    writeAttempts(registry, repository, { key, image, at: now().toISOString(), ...learnt });
  const save = async (build: RememberedBuild, learnt: Learnt) => {
    const saved = await attempt(build.image, () => demand(build, learnt));
    if (saved.kind === 'failed') warn(describeFailure(saved.failure));
  };
  const seen = new Map<BuildKey, string>();
  return {
    admit: async (build) => {
      const known = force ? undefined : await found(build);
      seen.set(build.key, known?.at ?? '');
      if (known === undefined) return { kind: 'new' };
      const waiting = waitingFor(known, attempts, now());
      if (waiting !== undefined) throw broken(build.image, known, waiting);
      if (known.unproven === true) return { kind: 'unproven', at: known.at };
      return known.promoted === undefined
        ? { kind: 'new', ...given('made', known.made), ...given('done', known.done) }
        : { kind: 'promoted', digest: known.promoted, at: known.at, ...previousIn(known) };
    },
    begun: async (build) => {
      const { failures = 0, deaths = 0 } = (await readAttempts(registry, build.repository, build.key)) ?? {};
      await demand(build, { failures, deaths: deaths + 1 });
    },
    ...(claims === undefined
      ? {}
      : { claim: (build) => claimBuild({ registry, ...claims }, build, force ? undefined : seen.get(build.key)) }),
    failed: async (build) => {
      const { failures = 0, deaths = 0 } = (await found(build)) ?? {};
      await save(build, { failures: failures + 1, ...(deaths > 1 ? { deaths: deaths - 1 } : {}) });
    },
    unproven: (build) => save(build, { failures: 0, unproven: true }),
    made: (build, digest) => demand(build, { failures: 0, made: digest }),
    done: (build, digest) => demand(build, { failures: 0, done: digest }),
    promoted: (build, digest, previous) => save(build, { failures: 0, promoted: digest, ...previousIn({ previous }) }),
  };
}

const hour = 3_600_000;
const longest = 32;

// An hour after the last attempt that is free, doubled with each further one. Who forges a record delays a build by no
// more than the longest wait: one of a time to come says nothing.
function waitingFor(record: BuildRecord, attempts: number, now: Date): Date | undefined {
  const { at } = record;
  const failures = weightOf(record);
  if (failures < attempts) return undefined;
  const hours = Math.min(2 ** Math.min(failures - attempts, 10), longest);
  const last = Date.parse(at);
  const until = new Date(last + hours * hour);
  return last <= now.getTime() && until > now ? until : undefined;
}

// A machine that is taken away is half as much a sign as a builder that says no.
function weightOf({ failures, deaths = 0 }: BuildRecord): number {
  return failures + Math.floor(deaths / 2);
}

function previousIn({ previous }: { readonly previous?: Digest | undefined }): { readonly previous?: Digest } {
  return previous === undefined ? {} : { previous };
}

function broken(image: string, record: BuildRecord, until: Date): FailureError {
  const { at, failures, deaths = 0 } = record;
  const also = deaths > 1 ? ` and was broken off ${deaths} times` : '';
  const detail = `the same build failed ${failures} times${also}, last at ${at}, so it is tried again only after ${until.toISOString()}`;
  return fail('build-failed', image, detail, 'change what it is built from, or run with force');
}
