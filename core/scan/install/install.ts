import { posix } from 'node:path';
import { attempt, describeFailure, fail } from '../../failure.ts';
import { digestOf } from '../../oci/digest.ts';
import type { World } from '../../ports.ts';
import { memberOf } from './archive.ts';
import { toolCache, writeProgram } from './cache.ts';
import { download } from './download.ts';
import { type InstallableTool, type ReleaseAsset, releaseOf, type ToolRelease } from './releases.ts';

/** What is to be installed. */
export interface Installation {
  readonly tool: InstallableTool;
  /** Exact; the built-in choice when absent. */
  readonly version?: string;
  /** Where releases are had in place of their publisher's address. */
  readonly downloadUrl?: string;
  /** What is logged on the way. */
  readonly log: (line: string) => void;
  /** In place of what is built in. */
  readonly release?: ToolRelease;
}

/**
 * Installs a scanner and returns its executable. The archive is kept in the tool cache; at every use its bytes must have
 * the checksum that is built in, and the program is unpacked anew from them into a private folder.
 */
export async function installScanner(world: World, installation: Installation): Promise<string> {
  const { version, log } = installation;
  const { name: tool } = installation.tool;
  const release = installation.release ?? releaseOf(installation.tool, version);
  const asset = assetFor(world, tool, release);
  const archive = await obtain(world, installation, release, asset);
  const program = await memberOf(archive, tool, asset.file);
  if (program === undefined) throw fail('malformed', asset.file, `holds no ${tool}`);
  const file = posix.join(await world.files.temporaryDirectory(tool), tool);
  await writeProgram(world, program, file);
  log(`${tool} ${release.version} is installed, SHA-256 of its release ${asset.sha256}`);
  return file;
}

function assetFor({ platform }: World, tool: string, { version, assets }: ToolRelease): ReleaseAsset {
  const name = `${platform.os}-${platform.architecture}`;
  const known = Object.entries(assets);
  const asset = known.find(([wanted]) => wanted === name)?.[1];
  if (asset !== undefined) return asset;
  throw fail(
    'missing-tool',
    tool,
    `no checksum of version ${version} for ${name} is built in, only for ${known.map(([has]) => has).join(', ')}`,
    `install ${tool} yourself and name its executable with --scanner-path`,
  );
}

async function obtain(
  world: World,
  { tool: { name: tool, publisher }, downloadUrl, log }: Installation,
  { version }: ToolRelease,
  { file, sha256 }: ReleaseAsset,
): Promise<Uint8Array> {
  const cached = posix.join(await toolCache(world), `${tool}-${version}`, file);
  if ((await world.files.stat(cached)).kind === 'file') {
    const bytes = await world.files.read(cached);
    if (digestOf(bytes) === `sha256:${sha256}`) return bytes;
    log(`${cached} is not what was put there: it is downloaded again`);
  }
  const url = new URL(`${(downloadUrl ?? publisher).replace(/\/+$/, '')}/v${version}/${file}`);
  log(`${tool} ${version} is fetched from ${url.host}`);
  const bytes = await download(world, url);
  const digest = digestOf(bytes);
  if (digest !== `sha256:${sha256}`) {
    const fact = `${file} has ${digest} and not sha256:${sha256}`;
    throw fail('digest-mismatch', url.host, fact, 'do not use it: ask its makers, or whoever keeps the mirror');
  }
  // A folder that cannot be written costs the next run a download, and this one nothing.
  const keep = await attempt(cached, () => world.files.write(cached, bytes));
  if (keep.kind === 'failed') log(`${tool} is not cached for later runs: ${describeFailure(keep.failure)}`);
  return bytes;
}
