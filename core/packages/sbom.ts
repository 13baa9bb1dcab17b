import { inlineAttestations } from '../baseline/published.ts';
import { field, itemsOf, parsed } from '../json.ts';
import type { Digest } from '../oci/digest.ts';
import { type Descriptor, mediaTypes, type StoredManifest } from '../oci/manifest.ts';
import type { Reference } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import { byName, type InstalledPackage, type PackageInventory } from './inventory.ts';

const longestSbom = 64 * 1024 ** 2;

const formats: readonly (readonly [string, (document: unknown) => readonly InstalledPackage[]])[] = [
  ['https://spdx.dev/Document', inSpdx],
  ['https://cyclonedx.org/bom', inCycloneDx],
];

/** The packages that the SBOM attestation of a platform names; undefined where an index has none that names any. */
export async function fromSbom(
  registry: Registry,
  base: Reference,
  index: StoredManifest,
  platform: Digest,
): Promise<PackageInventory | undefined> {
  const attestations = await inlineAttestations(registry, { reference: base, manifest: index }, platform);
  for (const layer of attestations.flatMap(({ manifest }) => manifest.layers)) {
    const predicate = layer.annotations?.['in-toto.io/predicate-type'] ?? '';
    const [format, read] = formats.find(([type]) => predicate.startsWith(type)) ?? [];
    if (format === undefined || read === undefined || layer.mediaType !== mediaTypes.inToto) continue;
    const packages = read(field(await statement(registry, base, layer), 'predicate'));
    // An SBOM of nothing proves nothing.
    if (packages.length > 0) return { by: 'its SBOM', packages: byName(packages) };
  }
  return undefined;
}

async function statement(registry: Registry, base: Reference, layer: Descriptor): Promise<unknown> {
  return parsed(new TextDecoder().decode(await registry.blob(base, layer, longestSbom)));
}

// SPDX 2.3, clause 7; the image itself is a package of the purpose "container".
function inSpdx(document: unknown): readonly InstalledPackage[] {
  return itemsOf(field(document, 'packages')).flatMap((entry) => {
    if (field(entry, 'primaryPackagePurpose') === 'CONTAINER') return [];
    const purl = itemsOf(field(entry, 'externalRefs')).find(
      (reference) => field(reference, 'referenceType') === 'purl',
    );
    return packageOf(field(entry, 'name'), field(entry, 'versionInfo'), field(purl, 'referenceLocator'));
  });
}

// CycloneDX 1.x, components; those of the type "file" are no packages.
function inCycloneDx(document: unknown): readonly InstalledPackage[] {
  return itemsOf(field(document, 'components')).flatMap((entry) => [
    ...(field(entry, 'type') === 'file'
      ? []
      : packageOf(field(entry, 'name'), field(entry, 'version'), field(entry, 'purl'))),
    ...inCycloneDx(entry),
  ]);
}

// purl-spec: the type and namespace tell packages of one name apart; what follows the version is about where it is from.
function packageOf(name: unknown, version: unknown, purl: unknown): readonly InstalledPackage[] {
  if (typeof name !== 'string') return [];
  const path = typeof purl === 'string' ? /^pkg:([^?#@]+)/.exec(purl)?.[1] : undefined;
  return [{ name: path ?? name, version: typeof version === 'string' ? version : '' }];
}
