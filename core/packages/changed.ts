import { type PlatformManifest, platformManifests } from '../baseline/published.ts';
import { attempt, fail } from '../failure.ts';
import { layered } from '../layers/filesystem.ts';
import type { LayerFiles } from '../layers/layer-files.ts';
import { listLayer } from '../layers/list-layer.ts';
import type { Descriptor, StoredManifest } from '../oci/manifest.ts';
import { formatPlatform, samePlatform } from '../oci/platform.ts';
import { familiar, type Reference } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import { installedIn } from './databases.ts';
import { byName } from './inventory.ts';

/** A package whose version differs between two images; null where one of them has none of it. */
export interface PackageChange {
  readonly name: string;
  readonly from: string | null;
  readonly to: string | null;
}

/** What the package databases of two images say, for one platform. */
export type PackageDifference =
  | { readonly kind: 'compared'; readonly platform: string; readonly changes: readonly PackageChange[] }
  /** Both have the same lower layers, and nothing above these comes near a package database. */
  | { readonly kind: 'untouched'; readonly platform: string }
  | { readonly kind: 'unknown'; readonly why: string };

export interface StoredImage {
  readonly reference: Reference;
  readonly manifest: StoredManifest;
}

/** Compares the packages of two images, for the first platform that both have. */
export type ComparePackages = (before: StoredImage, after: StoredImage) => Promise<PackageDifference>;

type Installed = ReadonlyMap<string, string>;

const mostBytes = 512 * 1024 ** 2;

/** A comparison over one registry client. */
export function createPackageComparison(registry: Registry): ComparePackages {
  const filesOf = async ({ reference, layers }: Side): Promise<readonly LayerFiles[]> => {
    const bytes = layers.reduce((sum, { size }) => sum + size, 0);
    if (bytes > mostBytes) throw fail('too-large', familiar(reference), `has ${bytes} bytes of layers`);
    const read = await Promise.all(layers.map((layer) => listLayer(registry, reference, layer)));
    return read.map((layer) => {
      if (layer.kind === 'listed') return layer.files;
      throw fail('malformed', familiar(reference), layer.why);
    });
  };
  const installed = async (side: Side): Promise<Installed> => {
    const files = layered(await filesOf(side));
    if (files.fault !== undefined)
      throw fail('malformed', familiar(side.reference), `no engine can unpack it: ${files.fault}`);
    const found = installedIn(files);
    if (found.kind === 'unread') throw fail('malformed', familiar(side.reference), found.why);
    return byName(found.packages);
  };
  // What both stand on is not read where nothing above it comes near a package database.
  const standAlike = async (before: Side, after: Side): Promise<boolean> => {
    const shared = sharedLayers(before, after);
    if (shared === 0) return false;
    const own = [before, after].map(({ reference, layers }) => filesOf({ reference, layers: layers.slice(shared) }));
    return (await Promise.all(own)).flat().every(leavesPackages);
  };
  return async (before, after) => {
    const compared = await attempt(familiar(after.reference), async () => {
      const [old, fresh] = await Promise.all([before, after].map((image) => platformManifests(registry, image)));
      const pairs = (fresh ?? []).flatMap((one) => {
        const other = old?.find(({ platform }) => samePlatform(platform, one.platform));
        return other === undefined ? [] : [{ before: other, after: one }];
      });
      const [pair] = pairs;
      if (pair === undefined) throw fail('not-found', familiar(after.reference), 'has no platform of the image before');
      const [was, is] = [sideOf(before.reference, pair.before), sideOf(after.reference, pair.after)];
      const platform = formatPlatform(pair.after.platform);
      if (await standAlike(was, is)) return { kind: 'untouched', platform } as const;
      const changes = changesIn(await installed(was), await installed(is));
      return { kind: 'compared', platform, changes } as const;
    });
    return compared.kind === 'done' ? compared.value : { kind: 'unknown', why: compared.failure.detail };
  };
}

interface Side {
  readonly reference: Reference;
  readonly layers: readonly Descriptor[];
}

function sideOf(reference: Reference, { manifest }: PlatformManifest): Side {
  return { reference, layers: manifest.document.layers };
}

function sharedLayers({ layers }: Side, after: Side): number {
  const differs = layers.findIndex(({ digest }, at) => digest !== after.layers[at]?.digest);
  return differs === -1 ? layers.length : differs;
}

function changesIn(before: Installed, after: Installed): readonly PackageChange[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  const pairs = names.map((name) => ({ name, from: before.get(name) ?? null, to: after.get(name) ?? null }));
  return pairs.filter(({ from, to }) => from !== to);
}

const mostNamed = 5;
const longestWord = 80;

/** A difference in a sentence. */
export function describePackages(difference: PackageDifference): string {
  if (difference.kind === 'unknown') return `packages were not compared with the published image: ${difference.why}`;
  const { platform } = difference;
  if (difference.kind === 'untouched') {
    return `${platform}: on the same base layers as the published image, and no layer above them touches a package database`;
  }
  const { changes } = difference;
  if (changes.length === 0) return `${platform}: the packages are those of the published image`;
  const named = changes.slice(0, mostNamed).map(({ name, from, to }) => {
    const cut = (text: string) => text.slice(0, longestWord);
    if (to === null) return `${cut(name)} gone`;
    return from === null ? `${cut(name)} ${cut(to)} new` : `${cut(name)} ${cut(from)} → ${cut(to)}`;
  });
  const more = changes.length - named.length;
  return `${platform}: packages that changed: ${named.join(', ')}${more === 0 ? '' : ` and ${more} more`}`;
}

/** A name on the way to a package database, wherever links of the layers below may lead. */
const onTheWay = /(?:^|\/)(?:dpkg|apk|rpm|sysimage|pacman|opkg|status|installed|status\.d|Packages)(?:\/|$)/;
/** Folders that package databases are in: what puts something else in their place takes the database away. */
const above: ReadonlySet<string> = new Set(['var', 'var/lib', 'lib', 'usr', 'usr/lib', 'usr/share']);
/** Whether a layer certainly leaves the package databases of the layers below it as they are, whatever these hold. */
export function leavesPackages({ entries, whiteouts, opaque }: LayerFiles): boolean {
  if (whiteouts.length > 0 || opaque.length > 0) return false;
  for (const [path, { kind }] of entries) {
    if (kind !== 'directory' && (above.has(path) || onTheWay.test(path))) return false;
  }
  return true;
}
