import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { updateCommand } from '../../core/commands/update.ts';
import { loadConfig } from '../../core/config.ts';
import { describeFailure, failureOf } from '../../core/failure.ts';
import type { Digest } from '../../core/oci/digest.ts';
import { parsePlatform } from '../../core/oci/platform.ts';
import type { World } from '../../core/ports.ts';
import { createWorld } from '../../core/world.ts';
import { makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import type { TestRegistry } from '../../testing/registry.ts';
import { repository } from '../hosts/repository.ts';
import { createRecordingHost } from '../support/run.ts';

/** How an image is made: its platforms, when it says that it was made, and what tells it from others. */
export interface Offer {
  readonly platforms?: readonly string[];
  readonly created?: string;
  readonly content?: string;
}

/** Publishes an index under a tag; the digest of each platform's manifest comes with it. */
export async function offer(server: TestRegistry, name: string, tag: string, how: Offer = {}) {
  const { platforms = ['linux/amd64', 'linux/arm64'], created, content = `${name}:${tag}` } = how;
  const layer = await makeLayer({ content });
  const images = platforms.map((text) => {
    const platform = parsePlatform(text);
    if (platform === undefined) throw new Error(text);
    return makeImage({ layers: [layer], platform, ...(created === undefined ? {} : { created }) });
  });
  const index = await pushImage(server.store, name, makeIndex(images), tag);
  return { digest: index.digest, platforms: images.map(({ descriptor }) => descriptor.digest as Digest) };
}

/** Publishes many tags that all differ. */
export async function offerAll(server: TestRegistry, name: string, tags: readonly string[], how: Offer = {}) {
  for (const tag of tags) await offer(server, name, tag, how);
}

/** Runs `update` over the files, with Docker Hub read from the server. */
export async function update(
  server: Pick<TestRegistry, 'host'>,
  files: Readonly<Record<string, string>>,
  inputs: Readonly<Record<string, string>> = {},
  parts: { readonly now?: Date; readonly world?: Partial<World>; readonly root?: string } = {},
) {
  const root = parts.root ?? repository(files);
  const real = createWorld({ cwd: root });
  // What has ended is said, and depends on the day.
  const now = { now: () => parts.now ?? new Date('2026-02-01T00:00:00Z') };
  const sleep = async () => {};
  const world: World = { ...real, env: { PATH: process.env.PATH }, sleep, ...now, ...parts.world };
  let thrown = '';
  const host = createRecordingHost({ command: 'update', mirror: `docker.io=${server.host}`, ...inputs });
  try {
    const config = await loadConfig(host, world);
    const conclusion = await updateCommand(config, host, world);
    return { ...resultOf(), conclusion };
  } catch (error) {
    thrown = describeFailure(failureOf(error, 'update'));
    return { ...resultOf(), conclusion: 'thrown' };
  } finally {
    await real.close();
  }

  function resultOf() {
    const text = host.printed.join('\n');
    return {
      root,
      host,
      printed: text,
      thrown,
      document: inputs.format === 'json' && text !== '' ? JSON.parse(text) : undefined,
      lines: host.lines.map(({ level, message }) => `${level}: ${message}`),
      file: (path: string) => readFileSync(join(root, path), 'utf8'),
    };
  }
}
