import { coerce, gte, type SemVer } from 'semver';
import type { Exec, Exit } from '../../ports.ts';
import { lastLine } from '../../tools/tool-output.ts';
import { plainLines } from '../../untrusted.ts';
import type { Suitability } from '../engine.ts';
import { unanswered, unsuitable } from '../unsuitable.ts';

/** The first release with `--annotation index,manifest:…`; build contexts and provenance are older. */
const leastBuildx = '0.12.0';
const probeTimeout = 60_000;

type Docker = (...args: readonly string[]) => Promise<Exit>;

/** Whether docker, buildx and a builder that can attest are at hand; asked once for a run. */
export async function probeBuildx(exec: Exec, env: Readonly<Record<string, string>>): Promise<Suitability> {
  const docker: Docker = (...args) => exec({ file: 'docker', args, env, timeout: probeTimeout });
  // Side by side: each starts a client and a plugin, and the first build waits for them.
  const [client, builder, info] = await Promise.all([
    docker('buildx', 'version'),
    docker('buildx', 'inspect'),
    docker('info', '--format', '{{json .DriverStatus}}'),
  ]);
  if (client.kind !== 'exited') {
    return unanswered(client, 'docker buildx version', 'install Docker Engine 23 or later with the buildx plugin');
  }
  if (client.code !== 0) return withoutPlugin(client.stderr);
  const version = versionIn(client.stdout);
  if (version !== undefined && !gte(version, leastBuildx)) {
    return unsuitable(`buildx ${version} is too old`, `install buildx ${leastBuildx} or later`);
  }
  return suitabilityOf(builder, info);
}

// As Docker tells it up to 27, and from 28 on.
function withoutPlugin(stderr: string): Suitability {
  if (/'buildx' is not a docker command|unknown command: docker buildx/.test(stderr)) {
    return unsuitable('docker has no buildx plugin', 'install the docker-buildx plugin');
  }
  return unsuitable(`docker buildx does not work (${lastLine(stderr)})`, 'install the docker-buildx plugin again');
}

// "github.com/docker/buildx v0.29.1 1a2b3c4"; a build from a branch names no version and is believed.
function versionIn(text: string): SemVer | undefined {
  return coerce(text.trim().split(/\s+/)[1]) ?? undefined;
}

function suitabilityOf(inspected: Exit, info: Exit): Suitability {
  if (inspected.kind !== 'exited') return unanswered(inspected, 'docker buildx inspect');
  const fields = fieldsIn(inspected.stdout);
  const error = fields.get('error') ?? (inspected.code === 0 ? undefined : lastLine(inspected.stderr));
  if (error !== undefined) {
    return unsuitable(`the docker builder cannot be reached (${error})`, 'start the Docker daemon or set DOCKER_HOST');
  }
  // Other drivers run their own BuildKit, which always can attest, and start it at the first build.
  return fields.get('driver') === 'docker' ? imageStoreOf(info) : { kind: 'suitable' };
}

function imageStoreOf(info: Exit): Suitability {
  if (info.kind === 'exited' && info.code === 0 && info.stdout.includes('io.containerd.snapshotter')) {
    return { kind: 'suitable' };
  }
  return unsuitable(
    'the default builder cannot write provenance without the containerd image store',
    'create a builder with "docker buildx create --use" (docker/setup-buildx-action does), or turn on the containerd image store',
  );
}

// "Driver:  docker", one a line; of several nodes the first counts.
function fieldsIn(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of plainLines(text)) {
    const [, name, value] = /^([A-Za-z ]+):\s+(\S.*)$/.exec(line) ?? [];
    const key = name?.toLowerCase();
    if (key !== undefined && value !== undefined && !fields.has(key)) fields.set(key, value.trim());
  }
  return fields;
}
