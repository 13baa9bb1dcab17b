import { createHash } from 'node:crypto';
import { formatPlatform } from '../../oci/platform.ts';
import { formatReference } from '../../oci/reference.ts';
import type { World } from '../../ports.ts';
import { given } from '../../table.ts';
import { absolute, type ContextEntry, contextEntries } from '../build-context.ts';
import { dockerfileOf } from '../dockerfile-text.ts';
import type { BuildOrder } from '../engine.ts';
import { engineDefinitions } from '../engines.ts';
import type { BuildSettings, EngineName } from '../settings.ts';

/** What a build is made from, as one hash: two builds with one key have the same inputs. */
export type BuildKey = string;

const mostBytes = 512 * 1024 * 1024;

/** The key of a build; undefined where its context is too large, or in part elsewhere, so that nothing is known of it. */
export async function buildKey(
  world: Pick<World, 'files' | 'platform'>,
  order: BuildOrder,
  engine: EngineName,
  settings: Pick<BuildSettings, 'freshness' | 'secrets' | 'sbomGenerator'>,
  outputDirectory: string,
): Promise<BuildKey | undefined> {
  const { build, pins, published } = order;
  const { freshness, secrets, sbomGenerator } = settings;
  const bases = pins.map(({ base, digest }) => [formatReference(base.reference), base.line, base.via, digest]);
  const facts = {
    engine,
    image: build.releases.map(formatReference),
    bases,
    args: Object.entries(build.args).toSorted(),
    contexts: Object.entries(build.contexts).toSorted(),
    target: build.target ?? null,
    platforms: build.platforms.map(formatPlatform),
    ...given('prepare', order.prepare),
    ...given('epoch', order.epoch),
    options: (build.options ?? []).map(({ name, value }) => [name, value]),
  };
  const hash = createHash('sha256');
  // A swap of layers reads the published image and nothing of the repository.
  if (engineDefinitions[engine].makes === 'layer-swap') {
    const swapped = published?.manifest.descriptor.digest;
    return hash.update(JSON.stringify({ ...facts, swapped })).digest('hex');
  }
  // Folders and repositories beside the context can change under the same name; images are held by the bases.
  if (Object.values(build.contexts).some((context) => !isImage(context))) return undefined;
  const context = await contextHash(world, order, outputDirectory);
  if (context === undefined) return undefined;
  const dockerfile = await dockerfileOf(world, order);
  const ids = secrets.map(({ id }) => id);
  return hash.update(JSON.stringify({ ...facts, dockerfile, context, freshness, ids, sbomGenerator })).digest('hex');
}

function isImage(context: string): boolean {
  return context.startsWith('docker-image://');
}

async function contextHash(
  world: Pick<World, 'files' | 'platform'>,
  order: BuildOrder,
  outputDirectory: string,
): Promise<string | undefined> {
  const entries = await contextEntries(world, order, { outputDirectory });
  const bytes = entries.reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.size : 0), 0);
  if (bytes > mostBytes) return undefined;
  const hash = createHash('sha256');
  for (const entry of entries) {
    hash.update(`${JSON.stringify([entry.kind, entry.path, detailOf(entry)])}\n`);
    if (entry.kind === 'file') hash.update(await world.files.read(absolute(world, order, entry.path)));
  }
  return hash.digest('hex');
}

function detailOf(entry: ContextEntry): string | number {
  switch (entry.kind) {
    case 'file':
      // What is left of permissions on every machine is whether a file can be run.
      return `${entry.size} ${entry.mode & 0o100}`;
    case 'directory':
      return '';
    case 'symlink':
      return entry.target;
  }
}
