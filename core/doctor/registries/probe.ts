import { attempt, FailureError, type Outcome } from '../../failure.ts';
import type { Digest } from '../../oci/digest.ts';
import { mediaTypes } from '../../oci/manifest.ts';
import { formatReference, type Reference } from '../../oci/reference.ts';
import { sourceOf } from '../../registry/auth/credential.ts';
import { reading } from '../../registry/content/context.ts';
import { lookUp } from '../../registry/content/manifests.ts';
import { readAnywhere } from '../../registry/content/mirror.ts';
import { type PushAccess, pushByToken, pushByTrial } from '../../registry/push-access.ts';
import type { RateLimit } from '../../registry/transport/rate-limit.ts';
import { withRemedy } from '../../registry/transport/remedies.ts';
import type { Skew } from '../environment/clock.ts';
import type { ExaminedRun } from '../examined-run.ts';
import { type ClientParts, createParts } from './client.ts';
import { type Subjects, subjectsOf } from './subjects.ts';

/** What a registry made of being asked. */
export interface RegistryFacts {
  readonly kind: 'asked' | 'offline';
  readonly hosts: readonly RegistryHostFacts[];
  readonly releases: readonly ReleaseFacts[];
  /** How many further repositories of releases were not asked for. */
  readonly moreReleases: number;
  readonly rateLimits: readonly RateLimit[];
  readonly skews: readonly Skew[];
}

/** One host that images are read from. */
export interface RegistryHostFacts {
  readonly host: string;
  /** Where its credential was found; undefined where there is none. */
  readonly credential: Outcome<string | undefined>;
  readonly pulls: readonly Pull[];
  /** How many further references were not asked for. */
  readonly more: number;
}

export interface Pull {
  readonly reference: string;
  readonly outcome: Outcome<Digest>;
}

/** One repository that images are published in. */
export interface ReleaseFacts {
  readonly reference: string;
  readonly host: string;
  readonly credential: Outcome<string | undefined>;
  readonly published: Outcome<Digest>;
  readonly push: PushAccess;
  /** Status of the referrers API; undefined where there is nothing to ask it about. */
  readonly referrers?: Outcome<number>;
}

/** Enough to see whether a host lets one read. */
const mostReferences = 20;

/** Asks every registry that the repository names, by reading alone; uploads are tried only where that is asked for. */
export async function probeRegistries(run: ExaminedRun): Promise<RegistryFacts> {
  const { config } = run;
  const nothing = { hosts: [], releases: [], moreReleases: 0, rateLimits: [], skews: [] };
  if (config.doctor?.offline === true) return { kind: 'offline', ...nothing };
  const { builds } = await run.discovery();
  const parts = createParts(run);
  const subjects = subjectsOf(builds, config);
  const mayWrite = config.doctor?.testPush === true && !config.dryRun;
  const asked = subjects.releases.slice(0, mostReferences);
  const [hosts, releases] = await Promise.all([
    Promise.all(subjects.bases.map((bases) => probeHost(parts, bases))),
    Promise.all(asked.map((release) => probeRelease(parts, release, mayWrite))),
  ]);
  return {
    kind: 'asked',
    hosts,
    releases,
    moreReleases: subjects.releases.length - asked.length,
    rateLimits: parts.transport.rateLimits(),
    skews: parts.skews(),
  };
}

async function probeHost(
  parts: ClientParts,
  { host, references }: Subjects['bases'][number],
): Promise<RegistryHostFacts> {
  const asked = references.slice(0, mostReferences);
  const [credential, pulls] = await Promise.all([
    credentialOf(parts, host),
    Promise.all(asked.map(async (each) => ({ reference: formatReference(each), outcome: await headOf(parts, each) }))),
  ]);
  return { host, credential, pulls, more: references.length - asked.length };
}

async function probeRelease(parts: ClientParts, release: Reference, mayWrite: boolean): Promise<ReleaseFacts> {
  const [credential, published] = await Promise.all([credentialOf(parts, release.registry), headOf(parts, release)]);
  const referrers = published.kind === 'done' ? await referrersStatus(parts, release, published.value) : undefined;
  return {
    reference: formatReference(release),
    host: release.registry,
    credential,
    published,
    push: mayWrite ? await pushByTrial(parts, release) : await pushByToken(parts, release),
    ...(referrers === undefined ? {} : { referrers }),
  };
}

function credentialOf({ credential }: ClientParts, host: string): Promise<Outcome<string | undefined>> {
  return attempt(host, async () => sourceOf(await credential(host)));
}

function headOf({ context }: ClientParts, reference: Reference): Promise<Outcome<Digest>> {
  return attempt(formatReference(reference), async () => {
    try {
      const looked = await readAnywhere(context, reference, (at) => lookUp(at, reference));
      return looked.kind === 'described' ? looked.descriptor.digest : looked.manifest.descriptor.digest;
    } catch (thrown) {
      throw withRemedy(thrown);
    }
  });
}

// A registry that knows the API answers 200 even where there is nothing (distribution-spec, "Listing Referrers").
function referrersStatus({ context }: ClientParts, release: Reference, digest: Digest): Promise<Outcome<number>> {
  const subject = formatReference(release);
  return attempt(subject, async () => {
    const place = reading(context, release);
    const headers = { accept: mediaTypes.ociIndex };
    const answer = await context.session.answer(
      { ...place, subject, method: 'GET', to: `referrers/${digest}`, headers },
      8 * 1024 * 1024,
    );
    if (answer.status === 401 || answer.status === 403 || answer.status >= 500) {
      throw new FailureError({
        code: 'refused',
        subject,
        detail: `registry answered ${answer.status}`,
        retryable: false,
      });
    }
    return answer.status;
  });
}
