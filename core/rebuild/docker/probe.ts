import { field, mappingOf, parsed } from '../../json.ts';
import { type Platform, parsePlatform } from '../../oci/platform.ts';
import type { Exec } from '../../ports.ts';
import { lastLine } from '../../tools/tool-output.ts';
import { type Unsuitable, unanswered, unsuitable } from '../unsuitable.ts';

const leastEngine = { major: 20, minor: 10 };
const probeTimeout = 60_000;

/** A docker daemon that can build, or why there is none. */
export type DockerDaemon =
  | { readonly kind: 'ready'; readonly platform: Platform; readonly version: string }
  | Unsuitable;

/** Asks the docker daemon what it is. */
export async function probeDocker(exec: Exec, env: Readonly<Record<string, string>>): Promise<DockerDaemon> {
  const exit = await exec({ file: 'docker', args: ['version', '--format', '{{json .}}'], env, timeout: probeTimeout });
  if (exit.kind !== 'exited') return unanswered(exit, 'docker version', 'install Docker Engine');
  const server = serverIn(exit.stdout);
  if (server === undefined) {
    const why = `the docker daemon cannot be reached (${lastLine(exit.stderr)})`;
    return unsuitable(why, 'start the Docker daemon or set DOCKER_HOST');
  }
  // Docker's months have leading zeros, so its versions are not semantic ones.
  const [major, minor] = server.version.split('.').map(Number);
  if (major !== undefined && minor !== undefined && isOlder(major, minor)) {
    return unsuitable(`Docker Engine ${server.version} is too old`, 'install 20.10 or later');
  }
  return { kind: 'ready', ...server };
}

function isOlder(major: number, minor: number): boolean {
  return major < leastEngine.major || (major === leastEngine.major && minor < leastEngine.minor);
}

function serverIn(text: string): { readonly platform: Platform; readonly version: string } | undefined {
  const server = mappingOf(field(parsed(text), 'Server'));
  const platform = server === undefined ? undefined : parsePlatform(`${server.Os}/${server.Arch}`);
  return platform === undefined ? undefined : { platform, version: String(server?.Version) };
}
