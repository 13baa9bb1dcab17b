import { join } from 'node:path';
import { type Digest, digestOf } from '../../core/oci/digest.ts';
import { annotationKeys } from '../../core/oci/manifest.ts';
import type { World } from '../../core/ports.ts';
import { debianBase } from '../../testing/debian.ts';
import { type Image, makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { makeTrivyDatabase } from '../../testing/trivy-db.ts';
import { entrypoint, names, page, repositoryFiles } from './repository.ts';

/** Everything that the demo runs on: a registry in this process, a repository and a vulnerability database on disk. */
export interface Stage {
  readonly registry: TestRegistry;
  /** Folder of the repository. */
  readonly root: string;
  /** Trivy's cache folder, with the small database in it. */
  readonly scannerCache: string;
  readonly base: { readonly old: Digest; readonly new: Digest };
}

/** Sets the stage: two images published on a base, and then an update of that base. */
export async function setStage(world: World): Promise<Stage> {
  const registry = await startRegistry();
  const [oldBase, newBase] = await Promise.all([debianBase('v1'), debianBase('v2')]);
  const { repository, tag } = names.base;
  const published = await pushImage(registry.store, repository, makeIndex([oldBase]), tag);
  await publishApps(registry, oldBase, published.digest);
  const updated = await pushImage(registry.store, repository, makeIndex([newBase]), tag);
  return {
    registry,
    root: await writeFiles(world, 'demo-repository', repositoryFiles(registry.host)),
    scannerCache: await writeFiles(world, 'demo-scanner', databaseFiles()),
    base: { old: published.digest, new: updated.digest },
  };
}

// Both images say what they were built on, as the annotations of the image specification have it.
async function publishApps({ host, store }: TestRegistry, base: Image, baseDigest: Digest): Promise<void> {
  const platform = makeImage({
    base,
    layers: [await makeLayer({ 'opt/platform/entrypoint.sh': { content: entrypoint, mode: 0o755 } })],
    config: { Entrypoint: ['/opt/platform/entrypoint.sh'] },
    annotations: recorded(`${host}/${names.base.repository}:${names.base.tag}`, baseDigest),
  });
  for (const tag of names.platform.tags) await pushImage(store, names.platform.repository, platform, tag);
  const web = makeImage({
    base: platform,
    layers: [await makeLayer({ 'srv/www/index.html': page })],
    config: { Cmd: ['serve', '/srv/www'] },
    annotations: recorded(`${host}/${names.platform.repository}:${names.platform.tags[0]}`, digestOf(platform.bytes)),
  });
  for (const tag of names.web.tags) await pushImage(store, names.web.repository, web, tag);
}

function recorded(name: string, digest: Digest): Readonly<Record<string, string>> {
  return { [annotationKeys.baseName]: name, [annotationKeys.baseDigest]: digest };
}

function databaseFiles(): Readonly<Record<string, string | Uint8Array>> {
  const files = Object.entries(makeTrivyDatabase()).map(([name, content]) => [`db/${name}`, content]);
  return Object.fromEntries(files);
}

async function writeFiles(
  world: World,
  prefix: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<string> {
  const folder = await world.files.temporaryDirectory(prefix);
  for (const [path, content] of Object.entries(files)) await world.files.write(join(folder, path), content);
  return folder;
}
