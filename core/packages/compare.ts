import { attempt, describeFailure, fail } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';
import type { ImageConfig, Manifest, StoredManifest } from '../oci/manifest.ts';
import type { PlatformChange } from '../oci/platform.ts';
import { familiar, type Reference, withDigest } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import { fromLayers } from './from-layers.ts';
import { difference, type PackageInventory } from './inventory.ts';
import { fromSbom } from './sbom.ts';

/** What comparing the packages of a base before and after gave. */
export type PackageComparison =
  | { readonly verdict: 'same'; readonly by: string; readonly count: number }
  | { readonly verdict: 'different' | 'unknown'; readonly why: string };

/** A base that has moved: what it was, what it is, and the platforms that the image ships. */
export interface MovedBase {
  readonly base: Reference;
  readonly from: Digest;
  readonly to: Digest;
  readonly platforms: readonly PlatformChange[];
}

/** Compares what a base is made of, platform by platform; what cannot be read is `unknown`, and never the same. */
export async function comparePackages(registry: Registry, moved: MovedBase): Promise<PackageComparison> {
  const subject = familiar(moved.base);
  const compared = await attempt(subject, async () => {
    const context = { registry, base: moved.base };
    const [from, to] = await Promise.all([
      registry.manifest(withDigest(moved.base, moved.from)),
      registry.manifest(withDigest(moved.base, moved.to)),
    ]);
    let result: PackageComparison = { verdict: 'unknown', why: 'no platform to compare packages of' };
    for (const change of moved.platforms.filter((entry) => entry.from !== entry.to)) {
      result = await comparePlatform(context, { from, to, change });
      if (result.verdict !== 'same') return result;
    }
    return result;
  });
  if (compared.kind === 'done') return compared.value;
  const why = describeFailure(compared.failure).replace(/\.$/, '');
  return { verdict: 'unknown', why: `its packages could not be compared: ${why}` };
}

interface Context {
  readonly registry: Registry;
  readonly base: Reference;
}

interface Pair {
  readonly from: StoredManifest;
  readonly to: StoredManifest;
  readonly change: PlatformChange;
}

interface Side {
  readonly manifest: Manifest;
  readonly config: ImageConfig;
}

async function comparePlatform(context: Context, { from, to, change }: Pair): Promise<PackageComparison> {
  const [was, is] = await Promise.all([sideOf(context, change.from), sideOf(context, change.to)]);
  const setting = differentSetting(was.config.config, is.config.config);
  if (setting !== undefined) return { verdict: 'different', why: `its ${setting} changed` };
  const [before, after] = await inventories(context, [
    { top: from, platform: change.from, side: was },
    { top: to, platform: change.to, side: is },
  ]);
  const why = difference(before, after);
  if (why !== undefined) return { verdict: 'different', why };
  return { verdict: 'same', by: after.by, count: after.packages.size };
}

interface Subject {
  readonly top: StoredManifest;
  readonly platform: Digest | null;
  readonly side: Side;
}

// Both sides by the same means: a generator of SBOMs and a database do not count alike.
async function inventories(
  { registry, base }: Context,
  [before, after]: readonly [Subject, Subject],
): Promise<readonly [PackageInventory, PackageInventory]> {
  const inventories = await Promise.all(
    [before, after].map(({ top, platform }) =>
      platform === null ? undefined : fromSbom(registry, base, top, platform),
    ),
  );
  const [was, is] = inventories;
  if (was !== undefined && is !== undefined) return [was, is];
  return [
    await fromLayers(registry, base, before.side.manifest),
    await fromLayers(registry, base, after.side.manifest),
  ];
}

async function sideOf({ registry, base }: Context, digest: Digest | null): Promise<Side> {
  if (digest === null) throw fail('not-found', familiar(base), 'was not there for this platform before');
  const stored = await registry.manifest(withDigest(base, digest));
  const { document } = stored;
  if (document.kind !== 'manifest')
    throw fail('malformed', familiar(base), `${digest} is not an image of one platform`);
  return { manifest: document, config: await registry.config(base, stored) };
}

// Programs that no package manager installed mostly have their version in the environment; labels are about the build.
const settings: readonly string[] = [
  ...['Env', 'Entrypoint', 'Cmd', 'User', 'WorkingDir', 'ExposedPorts', 'Volumes', 'StopSignal', 'Shell'],
  ...['Healthcheck', 'OnBuild'],
];

function differentSetting(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): string | undefined {
  return settings.find((name) => JSON.stringify(before[name] ?? null) !== JSON.stringify(after[name] ?? null));
}
