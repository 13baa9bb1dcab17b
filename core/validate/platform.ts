import type { PlatformManifest } from '../baseline/published.ts';
import type { ImageConfig, Manifest } from '../oci/manifest.ts';
import { formatPlatform } from '../oci/platform.ts';
import type { Reference } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import { type ReadFiles, readImageFiles } from './image-files.ts';

/** One platform of an image, as far as its tests look at it. */
export interface TestedPlatform {
  readonly platform: string;
  readonly config: ImageConfig;
  /** Absent where no test looks at files. */
  readonly files?: ReadFiles;
}

/** Reads what the tests of one platform look at; `wanted` are the files whose text is kept, absent where none are read. */
export async function readPlatform(
  registry: Registry,
  reference: Reference,
  { platform, manifest }: PlatformManifest,
  wanted: readonly string[] | undefined,
): Promise<TestedPlatform> {
  const { document } = manifest;
  const config = await registry.config(reference, manifest);
  const name = formatPlatform(platform);
  if (wanted === undefined) return { platform: name, config };
  return { platform: name, config, files: await filesOf(registry, reference, document, platform.os, wanted) };
}

async function filesOf(
  registry: Registry,
  reference: Reference,
  manifest: Manifest,
  os: string,
  wanted: readonly string[],
): Promise<ReadFiles> {
  if (os !== 'linux') return { kind: 'unreadable', why: `the files of ${os} images are not read` };
  return readImageFiles(registry, reference, manifest, wanted);
}
