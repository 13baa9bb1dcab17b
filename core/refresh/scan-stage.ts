import { choosableEntries, manifestsOf, type PublishedImage } from '../baseline/published.ts';
import { attempt, describeFailure } from '../failure.ts';
import type { GatePolicy } from '../gate/policy.ts';
import { vexBeside } from '../gate/vex/referrers.ts';
import { readHardening } from '../hardening/read-hardening.ts';
import { slimmerBases } from '../hardening/slimmer.ts';
import type { Digest } from '../oci/digest.ts';
import { type Platform, samePlatform } from '../oci/platform.ts';
import { formatReference, type Reference, withDigest } from '../oci/reference.ts';
import type { BuiltImage } from '../rebuild/engine.ts';
import type { Registry } from '../registry/registry.ts';
import type { Finding, ScanReport } from '../scan/finding.ts';
import { type ScanOptions, scanImage } from '../scan/scan-image.ts';
import type { Run } from './context.ts';

/** Layers of a base, lowest first, by the platform they are for. */
export type BaseLayers = (platform: Platform) => readonly Digest[];

/** The base that what was built stands on. */
export function runtimeOf({ pinned }: BuiltImage): Exact | undefined {
  const runtime = pinned.find(({ base }) => base.runtime);
  return runtime === undefined ? undefined : withDigest(runtime.source, runtime.digest);
}

/** Scans what was built, by digest, straight from the registry. */
export async function scanBuilt(run: Run, built: BuiltImage): Promise<ScanReport> {
  const layers = await layersOf(run, runtimeOf(built));
  return scanImage(run.registry, run.scanner, built.reference, { baseLayers: layers });
}

/** Scans an image that is already published, its base being the one given. */
export async function scanPublished(
  run: Run,
  image: PublishedImage,
  base?: Reference,
  options: Pick<ScanOptions, 'atHand'> = {},
): Promise<ScanReport> {
  const reference = { ...image.reference, digest: image.manifest.descriptor.digest };
  return scanImage(run.registry, run.scanner, reference, { ...options, baseLayers: await layersOf(run, base) });
}

/** The findings of a report that could be made; undefined where there is none to compare with. */
export function findingsOf(report: ScanReport | undefined): readonly Finding[] | undefined {
  return report?.kind === 'scanned' ? report.findings : undefined;
}

// Whose a finding is decides no gate by itself: where the base's layers cannot be read the owner stays unknown.
async function layersOf(run: Run, base: Reference | undefined): Promise<BaseLayers> {
  if (base === undefined) return () => [];
  const read = await attempt(formatReference(base), () => readLayers(run.registry, base));
  if (read.kind === 'done') return read.value;
  run.host.log('warning', `owners of findings are unknown: ${describeFailure(read.failure)}`);
  return () => [];
}

async function readLayers(registry: Registry, base: Reference): Promise<BaseLayers> {
  const image = { reference: base, manifest: await registry.manifest(base) };
  const manifests = await manifestsOf(registry, image, await choosableEntries(registry, image));
  const layers = await Promise.all(
    manifests.map(async (entry) => ({
      platform: entry.platform,
      diffIds: (await registry.config(base, entry.manifest)).diffIds,
    })),
  );
  return (platform) => layers.find((entry) => samePlatform(entry.platform, platform))?.diffIds ?? [];
}

/** Adds to a scan what the image itself says, where that is wanted or gated; what policy asks for and cannot be read is no scan. */
export async function withHardening(
  run: Run,
  image: Reference & { readonly digest: Digest },
  base: Reference | undefined,
  policy: GatePolicy,
  report: ScanReport,
): Promise<ScanReport> {
  const isGated = (policy.refuse ?? []).length > 0;
  if (report.kind === 'failed' || !(run.config.hardening || isGated)) return report;
  const read = await attempt(formatReference(image), async () => ({
    ...(await readHardening(run.registry, image)),
    slimmer: base === undefined ? [] : await slimmerBases(run.registry, base),
  }));
  if (read.kind === 'done') return { ...report, hardening: read.value };
  if (isGated) return { kind: 'failed', failure: read.failure };
  run.host.log('warning', `not looked into: ${describeFailure(read.failure)}`);
  return report;
}

type Exact = Reference & { readonly digest: Digest };
/** Images whose referrers may say what does not matter: the published one, and the base that it stands on. */
export interface VexSources {
  readonly image?: Exact;
  readonly base?: Exact;
}

/** A policy with the exceptions of VEX documents beside the image and its base, where policy wants them. */
export async function withAttachedVex(
  { host, registry }: Run,
  name: string,
  policy: GatePolicy,
  { image, base }: VexSources,
): Promise<GatePolicy> {
  if (policy.vexReferrers !== true) return policy;
  const [own, inherited] = await Promise.all(
    [image, base].map((source) => (source === undefined ? none : vexBeside(registry, source))),
  );
  for (const note of [...(own?.notes ?? []), ...(inherited?.notes ?? [])]) host.log('warning', `${name}: ${note}`);
  // What a base's makers say of the whole base, they do not say of what others put on it; what they take back, they do.
  const ofPackages = (inherited?.entries ?? []).flatMap((entry) =>
    entry.place.packages === undefined && entry.exception !== undefined ? [] : [{ ...entry, of: 'base' as const }],
  );
  return { ...policy, vex: [...(policy.vex ?? []), ...(own?.entries ?? []), ...ofPackages] };
}

const none = { entries: [], notes: [] };
