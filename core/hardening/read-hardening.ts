import { type PlatformManifest, platformManifests } from '../baseline/published.ts';
import { fail } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';
import { environmentOf } from '../oci/environment.ts';
import type { ImageConfig } from '../oci/manifest.ts';
import { formatPlatform } from '../oci/platform.ts';
import { formatReference, type Reference, withDigest } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import {
  type Hardening,
  type HardeningFact,
  type HardeningKind,
  hardeningKinds,
  type PlatformSize,
} from '../scan/hardening-facts.ts';
import { type ReadFiles, readImageFiles } from '../validate/image-files.ts';
import { credentialVariables, isRoot } from './configuration.ts';
import { deletedSecrets, filesOf } from './files.ts';

const passwd = 'etc/passwd';
/** How many files of a fact are named. */
const named = 20;

/** Reads the facts of every platform of an image from its configuration and, streamed, its layers; throws where one cannot be read. */
export async function readHardening(
  registry: Registry,
  image: Reference & { readonly digest: Digest },
): Promise<Omit<Hardening, 'slimmer'>> {
  const manifests = await platformManifests(registry, { reference: image, manifest: await registry.manifest(image) });
  const read = await Promise.all(manifests.map((entry) => readPlatform(registry, image, entry)));
  return { facts: join(read.flatMap(({ facts }) => facts)), sizes: read.map(({ size }) => size) };
}

interface ReadPlatform {
  readonly facts: readonly HardeningFact[];
  readonly size: PlatformSize;
}

async function readPlatform(
  registry: Registry,
  image: Reference & { readonly digest: Digest },
  { platform, manifest }: PlatformManifest,
): Promise<ReadPlatform> {
  const reference = withDigest(image, manifest.descriptor.digest);
  const { document } = manifest;
  const config = await registry.config(reference, manifest);
  const read = await readImageFiles(registry, reference, document, [passwd]);
  if (read.kind === 'unreadable') throw fail('unreadable', formatReference(reference), read.why);
  const name = formatPlatform(platform);
  const facts = hardeningKinds.flatMap((kind): readonly HardeningFact[] => {
    if (kind === 'root-user') {
      return isRoot(config, read.files.text(passwd)) ? [{ kind, files: [], count: 0, platforms: [name] }] : [];
    }
    const files = shownBy(kind, config, read);
    return files.length === 0 ? [] : [{ kind, files: files.slice(0, named), count: files.length, platforms: [name] }];
  });
  const bytes = document.layers.reduce((sum, { size }) => sum + size, document.config.size);
  return { facts, size: { platform: name, bytes, layers: document.layers.length } };
}

function shownBy(
  kind: Exclude<HardeningKind, 'root-user'>,
  config: ImageConfig,
  { files, layers }: Extract<ReadFiles, { readonly kind: 'read' }>,
): readonly string[] {
  if (kind === 'secret-variables') return credentialVariables(config);
  return kind === 'deleted-secrets' ? deletedSecrets(layers, files) : filesOf(kind, files, searchPathOf(config));
}

function searchPathOf({ config }: ImageConfig): string {
  return environmentOf(config).get('PATH') ?? '';
}

// Platforms of an image mostly hold the same: one fact for all that do.
function join(facts: readonly HardeningFact[]): readonly HardeningFact[] {
  const joined = new Map<string, HardeningFact>();
  for (const fact of facts) {
    const key = JSON.stringify([fact.kind, fact.count, fact.files]);
    const known = joined.get(key);
    joined.set(key, known === undefined ? fact : { ...known, platforms: [...known.platforms, ...fact.platforms] });
  }
  const order = (kind: HardeningKind) => hardeningKinds.indexOf(kind);
  return [...joined.values()].sort((a, b) => order(a.kind) - order(b.kind));
}
