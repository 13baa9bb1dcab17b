import { createHash } from 'node:crypto';
import { attempt, describeFailure, fail } from '../failure.ts';
import { blobOf } from '../oci/blob.ts';
import { type Descriptor, mediaTypes, type StoredManifest } from '../oci/manifest.ts';
import { formatPlatform, type Platform, samePlatform } from '../oci/platform.ts';
import { withDigest } from '../oci/reference.ts';
import { candidateOfKey } from '../rebuild/candidate.ts';
import type { BuiltImage } from '../rebuild/engine.ts';
import { allParts, configPlatform } from '../rebuild/rebase/parts.ts';
import { listed } from '../text/words.ts';
import type { AdmittedBuild } from './admit-build.ts';
import { claimingGuard, type Run } from './context.ts';
import { findCandidate } from './find-candidate.ts';

/** Made as far as this machine can: others have their platforms to make yet. */
export interface PendingBuild {
  readonly kind: 'pending';
  readonly why: string;
}

/** A platform of a build that is made on machines of their own, under a key of its own. */
interface NativePart {
  readonly platform: Platform;
  readonly build: AdmittedBuild;
}

type CarryOut = (run: Run, build: AdmittedBuild) => Promise<BuiltImage | PendingBuild>;

/**
 * Makes the platform of this leg, and answers what all of them have made as soon as the last is there; undefined where this
 * leg makes the image whole.
 */
export async function nativeParts(
  run: Run,
  build: AdmittedBuild,
  carryOut: CarryOut,
): Promise<readonly BuiltImage[] | PendingBuild | undefined> {
  const own = run.leg?.platform;
  const { engine, order, remembered } = build;
  const { platforms } = order.build;
  const [first] = platforms;
  if (own === undefined || first === undefined || platforms.length < 2) return undefined;
  if (!platforms.some((one) => samePlatform(one, own))) return undefined;
  // What is signed here is built here; a swap of layers is done at once for all platforms; and what has no key is found by nobody.
  if (remembered === undefined || engine.remakes !== undefined || run.config.sign !== undefined)
    return samePlatform(first, own) ? undefined : pending(`the leg of ${formatPlatform(first)} makes it whole`);
  const parts = platforms.map((platform) => partOf(run, build, remembered, platform));
  const alone = partsOnly(run);
  for (const part of parts.filter(({ platform }) => samePlatform(platform, own))) {
    const found = await madePart(alone, part);
    await carryOut(alone, found === undefined ? part.build : { ...part.build, found });
  }
  const made = await Promise.all(parts.map((part) => othersPart(alone, part)));
  const there = made.filter((one) => one !== undefined);
  if (there.length === parts.length) return there;
  const open = parts.filter((_, at) => made[at] === undefined).map(({ platform }) => formatPlatform(platform));
  return pending(`${formatPlatform(own)} is made, and ${listed(open)} not yet: whoever makes the last goes on`);
}

const pending = (why: string): PendingBuild => ({ kind: 'pending', why });

// A forced run takes nothing that another run has made, and what its own legs have made is known by its name.
function partsOnly({ leg: _, ...alone }: Run): Run {
  if (!alone.config.force) return alone;
  const config = { ...alone.config, force: false };
  return { ...alone, config, guard: claimingGuard({ ...alone, config }) };
}

function partOf(
  { config, leg }: Run,
  { found: _, resumes: __, ...build }: AdmittedBuild,
  remembered: NonNullable<AdmittedBuild['remembered']>,
  platform: Platform,
): NativePart {
  const hash = createHash('sha256').update('bir-platform/1');
  const forced = config.force && leg !== undefined ? [leg.run] : [];
  const key = hash.update(JSON.stringify([remembered.key, formatPlatform(platform), ...forced])).digest('hex');
  const order = {
    ...build.order,
    build: { ...build.order.build, platforms: [platform] },
    candidate: candidateOfKey(build.order.candidate, key),
  };
  return { platform, build: { ...build, order, remembered: { ...remembered, key } } };
}

// Only what its register has as made, on the pinned bases: as any candidate that another machine made. Throws where it
// failed often and is to wait.
async function madePart(run: Run, { build }: NativePart): Promise<BuiltImage | undefined> {
  const { order, engine, remembered } = build;
  if (remembered === undefined) return undefined;
  const known = await run.guard.admit(remembered);
  return known.kind === 'new' && known.made !== undefined ? findCandidate(run, order, engine, known) : undefined;
}

// That another platform is to wait is for its own leg to say.
async function othersPart(run: Run, part: NativePart): Promise<BuiltImage | undefined> {
  const made = await attempt(part.build.order.build.name, () => madePart(run, part));
  if (made.kind === 'failed') run.host.log('debug', describeFailure(made.failure));
  return made.kind === 'done' ? made.value : undefined;
}

/**
 * Puts an index of what the platforms made under the candidate of the whole: in the order of the build, attestations after
 * their images, nothing of time or machine in it, so that whoever joins them makes the very same bytes.
 */
export async function joinParts(
  run: Run,
  { order, engine }: AdmittedBuild,
  parts: readonly BuiltImage[],
): Promise<BuiltImage> {
  const { registry } = run;
  const manifests = await Promise.all(parts.map(({ reference }) => registry.manifest(reference)));
  const entries = await Promise.all(manifests.map((manifest, at) => entriesOf(run, parts[at], manifest)));
  const isImage = ({ annotations }: Descriptor) => annotations?.[referenceType] === undefined;
  const index = blobOf(mediaTypes.ociIndex, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: [...entries.flat().filter(isImage), ...entries.flat().filter((entry) => !isImage(entry))],
    annotations: { ...common(manifests), ...order.annotations },
  });
  await registry.putManifest(order.candidate, index);
  const { digest } = index.descriptor;
  const { name, platforms } = order.build;
  const whole = await findCandidate(run, order, engine, { made: digest });
  if (whole === undefined || whole.digest !== digest)
    throw fail('build-failed', name, `the index ${digest} of its platforms is not what was to be built`);
  const notes = [`joined of ${listed(platforms.map(formatPlatform))}, each made by a leg of its own`];
  return { ...whole, durationMs: Math.max(...parts.map(({ durationMs }) => durationMs)), notes };
}

const referenceType = 'vnd.docker.reference.type';

async function entriesOf(
  run: Run,
  part: BuiltImage | undefined,
  manifest: StoredManifest,
): Promise<readonly Descriptor[]> {
  const { document, descriptor } = manifest;
  if (document.kind === 'index') return document.manifests;
  if (part === undefined) return [];
  const { mediaType, digest, size } = descriptor;
  const [own] = await allParts(run.registry, { reference: withDigest(part.reference, digest), manifest });
  return [{ mediaType, digest, size, ...(own === undefined ? {} : { platform: configPlatform(own.config) }) }];
}

// What every platform's index says alike.
function common(manifests: readonly StoredManifest[]): Readonly<Record<string, string>> {
  const all = manifests.map(({ document }) => (document.kind === 'index' ? document.annotations : {}));
  const entries = Object.entries(all[0] ?? {});
  return Object.fromEntries(entries.filter(([name, value]) => all.every((one) => one[name] === value)));
}
